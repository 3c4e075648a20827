package edge

import (
	"time"

	"github.com/valyala/fasthttp"

	"github.com/lictor-dev/lictor/edge/exchange"
	"github.com/lictor-dev/lictor/runtime/live"
)

// standing is what an operator may have to act on: what was kept out, and what does not go as usual.
type standing struct {
	Restored     bool      `json:"restored,omitempty"`    // what runs came from the state folder
	SourceAway   bool      `json:"source_away,omitempty"` // where bundles come from gave none that may run
	Pinned       *pinned   `json:"pinned,omitempty"`
	PinTrouble   string    `json:"pin_trouble,omitempty"`   // why the pin is not obeyed
	Waiting      *waiting  `json:"waiting,omitempty"`       // what would run without the pin
	StateTrouble string    `json:"state_trouble,omitempty"` // what could not be stored
	Refused      []refusal `json:"refused,omitempty"`       // by the last reload
}

// pinned is the generation that an operator holds on to.
type pinned struct {
	Revision string    `json:"revision"`
	ID       string    `json:"id"`
	At       time.Time `json:"at"`
}

// waiting is a good bundle that does not run.
type waiting struct {
	Revision string `json:"revision"`
	Epoch    uint64 `json:"epoch"`
	ID       string `json:"id"`
	Path     string `json:"path,omitempty"`
}

// refusal says why a bundle is kept out.
type refusal struct {
	Path   string    `json:"path"`
	Reason string    `json:"reason"`
	At     time.Time `json:"at"`
}

// standing tells how it stands with g, which may be nil.
func (s *Server) standing(g *exchange.Generation) standing {
	status := s.options.Status()
	is := standing{
		Restored: status.Restored && same(g, status.Generation), SourceAway: status.SourceAway,
		PinTrouble: status.PinTrouble, StateTrouble: status.StateTrouble,
	}
	if p := status.Pinned; p != nil {
		is.Pinned = &pinned{p.Revision, p.ID.String(), p.At.UTC()}
	}
	if w := status.Waiting; w != nil {
		is.Waiting = &waiting{w.Revision, w.Epoch, w.ID.String(), w.Path}
	}
	for _, r := range status.Refused {
		is.Refused = append(is.Refused, refusal{r.Path, r.Reason, r.At.UTC()})
	}
	return is
}

// same reports whether the status speaks of g: another generation may have taken over meanwhile.
func same(g *exchange.Generation, status *live.Generation) bool {
	return g != nil && g.Bundle != nil && status != nil && g.Bundle.ID == status.ID
}

// running is the answer of /v1/generation.
type running struct {
	Revision string    `json:"revision"`
	Epoch    uint64    `json:"epoch"`
	Since    time.Time `json:"since"`
	Age      int64     `json:"age_seconds"`
	ID       string    `json:"id,omitempty"`     // digest of the bundle's manifest
	KeyID    string    `json:"key_id,omitempty"` // of the key that signed it
	Signed   bool      `json:"signed"`           // the signature was checked
	Path     string    `json:"path,omitempty"`   // where it was read from
	standing
}

// idle is the answer of /v1/generation without a generation.
type idle struct {
	Error string `json:"error"`
	standing
}

func (s *Server) generation(v *visit) {
	g := v.generation
	if g == nil {
		report(v.ctx, fasthttp.StatusServiceUnavailable, idle{noGeneration, s.standing(nil)})
		return
	}
	age := max(0, s.options.Clock().Sub(g.Since))
	r := running{Revision: g.Revision, Epoch: g.Epoch, Since: g.Since.UTC(), Age: int64(age.Seconds()), standing: s.standing(g)}
	if b := g.Bundle; b != nil {
		r.ID = b.ID.String()
		if b.Signature != nil {
			r.Signed, r.KeyID = true, b.Signature.KeyID
		}
	}
	if of := s.options.Status().Generation; same(g, of) {
		r.Path = of.Path
	}
	report(v.ctx, fasthttp.StatusOK, r)
}
