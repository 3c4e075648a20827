package live

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/lictor-dev/lictor/bundles"
)

// Generation says which bundle runs.
type Generation struct {
	Revision string
	Epoch    uint64
	ID       bundles.Digest // of the bundle
	KeyID    string         // of the key that signed it; empty when it named none or nobody checked
	Signed   bool           // the signature was checked
	Path     string         // where it was read from
	LoadedAt time.Time
}

// Refusal says why a bundle is kept out.
type Refusal struct {
	Path   string
	Reason string // capped; it holds nothing secret
	At     time.Time
}

// Status is what runs and what does not.
type Status struct {
	Generation *Generation // nil when no good bundle was found yet
	Refused    []Refusal   // by the last load; at most [MaxRefusals], best candidates first
	Watching   bool        // changes are reported by the system; otherwise only the poll sees them
	SourceAway bool        // the path gave no bundle that may run when it was last read
	Restored   bool        // what runs came from the state, because the source was away
	Pinned     *Pin        // the generation that an operator holds on to; nil for none
	PinTrouble string      // why the pin is not obeyed: nothing takes over then; capped, empty when all is well
	Waiting    *Generation // while pinned: what else would run; nil when that is what runs, or nothing
	// StateTrouble says what could not be stored, such as on a full disk; empty when all is well. What runs does
	// not depend on it, but what can be restored or returned to later does.
	StateTrouble string
}

// Pin says which generation is to run, whatever the path gives.
type Pin struct {
	ID       bundles.Digest
	Revision string
	At       time.Time // when it was asked for
}

// Ready reports whether there is a generation to answer from.
func (s Status) Ready() bool { return s.Generation != nil }

// MaxRefusals is how many refusals a status lists.
const MaxRefusals = 8

// maxReason caps the reason of a refusal, in bytes.
const maxReason = 500

// RefusedError says that the best candidates were kept out, or that there were none.
type RefusedError struct {
	Refused []Refusal // at least one
}

func (e *RefusedError) Error() string {
	first := e.Refused[0]
	if more := len(e.Refused) - 1; more > 0 {
		return fmt.Sprintf("%q: %s (and %d more refused)", first.Path, first.Reason, more)
	}
	return fmt.Sprintf("%q: %s", first.Path, first.Reason)
}

func newRefusal(path string, err error) Refusal {
	text := err.Error()
	if len(text) > maxReason {
		text = strings.ToValidUTF8(text[:maxReason], "") + "…"
	}
	return Refusal{Path: path, Reason: text, At: time.Now()}
}

// board is where the status is read and written.
type board struct {
	mu     sync.Mutex
	status Status
}

func (b *board) get() Status {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.status
	s.Refused = slices.Clone(s.Refused)
	s.Generation, s.Waiting, s.Pinned = clone(s.Generation), clone(s.Waiting), clone(s.Pinned)
	return s
}

func clone[T any](p *T) *T {
	if p == nil {
		return nil
	}
	v := *p
	return &v
}

func (b *board) set(change func(*Status)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	change(&b.status)
}
