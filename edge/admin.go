package edge

import (
	"encoding/json"
	"time"
	"unsafe"

	"github.com/valyala/fasthttp"

	"github.com/lictor-dev/lictor/edge/exchange"
)

// health answers 200 for as long as the process serves at all.
func (s *Server) health(v *visit) {
	report(v.ctx, fasthttp.StatusOK, map[string]string{"status": "ok"})
}

// ready is the answer of /readyz.
type ready struct {
	Ready    bool      `json:"ready"`
	Reason   string    `json:"reason,omitempty"` // why not
	Revision string    `json:"revision,omitempty"`
	Refused  []refusal `json:"refused,omitempty"` // bundles that the last reload kept out
}

// refusal says why a bundle is kept out.
type refusal struct {
	Path   string    `json:"path"`
	Reason string    `json:"reason"`
	At     time.Time `json:"at"`
}

func (s *Server) refusals() []refusal {
	var list []refusal
	for _, r := range s.options.Status().Refused {
		list = append(list, refusal{r.Path, r.Reason, r.At.UTC()})
	}
	return list
}

// readiness answers 200 when questions are answered, 503 while there is no good bundle or the server
// is draining. A bundle that was refused while another one runs leaves the edge ready.
func (s *Server) readiness(v *visit) {
	g := v.generation
	answer := ready{Ready: true, Refused: s.refusals()}
	if g != nil {
		answer.Revision = g.Revision
	}
	switch {
	case s.draining.Load():
		answer.Ready, answer.Reason = false, "draining"
	case g == nil:
		answer.Ready, answer.Reason = false, noGeneration
	}
	status := fasthttp.StatusOK
	if !answer.Ready {
		status = fasthttp.StatusServiceUnavailable
	}
	report(v.ctx, status, answer)
}

// noGeneration says why there is no answer yet.
const noGeneration = "no good bundle to answer from"

// running is the answer of /v1/generation.
type running struct {
	Revision string    `json:"revision"`
	Epoch    uint64    `json:"epoch"`
	Since    time.Time `json:"since"`
	ID       string    `json:"id,omitempty"`     // digest of the bundle's manifest
	KeyID    string    `json:"key_id,omitempty"` // of the key that signed it
	Signed   bool      `json:"signed"`           // the signature was checked
	Path     string    `json:"path,omitempty"`   // where it was read from
	Refused  []refusal `json:"refused,omitempty"`
}

// waiting is the answer of /v1/generation without a generation.
type waiting struct {
	Error   string    `json:"error"`
	Refused []refusal `json:"refused,omitempty"`
}

func (s *Server) generation(v *visit) {
	g := v.generation
	if g == nil {
		report(v.ctx, fasthttp.StatusServiceUnavailable, waiting{noGeneration, s.refusals()})
		return
	}
	r := running{Revision: g.Revision, Epoch: g.Epoch, Since: g.Since.UTC(), Refused: s.refusals()}
	if b := g.Bundle; b != nil {
		r.ID = b.ID.String()
		if b.Signature != nil {
			r.Signed, r.KeyID = true, b.Signature.KeyID
		}
	}
	if of := s.options.Status().Generation; of != nil && of.ID.String() == r.ID {
		r.Path = of.Path
	}
	report(v.ctx, fasthttp.StatusOK, r)
}

func report(ctx *fasthttp.RequestCtx, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		panic("BUG: a report that is not JSON: " + err.Error())
	}
	ctx.SetStatusCode(status)
	ctx.Response.Header.SetContentType(contentJSON)
	ctx.Response.SetBody(append(body, '\n'))
}

// revisionBytes returns the revision without copying it; the result is only read.
func revisionBytes(g *exchange.Generation) []byte {
	return unsafe.Slice(unsafe.StringData(g.Revision), len(g.Revision))
}
