package exchange_test

import (
	"testing"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/edge/exchange"
	"github.com/lictor-dev/lictor/runtime/decision"
)

// watchful is an engine whose decisions have so many policies each, and which sees what it appends them to.
type watchful struct {
	decision.Engine
	policies int
	dst      []policy.ID
}

func (w *watchful) Deciding(_ *decision.Request, dst []policy.ID) (decision.Decision, []policy.ID, error) {
	w.dst = dst
	return decision.Decision{}, append(dst, make([]policy.ID, w.policies)...), nil
}

// TestClearForgetsPolicies wants nothing to pile up from question to question, also where what was decided is not answered,
// and no more than a little to be kept for the next one.
func TestClearForgetsPolicies(t *testing.T) {
	t.Parallel()
	for name, forget := range map[string]bool{"answered": false, "not answered": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			engine := new(watchful)
			var x exchange.Exchange
			for n := range 50 {
				x.Settings.Record, x.Generation = true, &exchange.Generation{Engine: engine}
				x.Reset()
				engine.policies = 100 * n
				if _, err := x.DecideAlone(); err != nil {
					t.Fatal(err)
				}
				if len(engine.dst) > 0 || cap(engine.dst) > 1024 {
					t.Fatalf("question %d begins with %d policies in memory for %d", n, len(engine.dst), cap(engine.dst))
				}
				if made := x.Made[0].Policies; len(made) != engine.policies {
					t.Fatalf("question %d has %d policies", n, len(made))
				}
				if forget {
					x.Forget(0)
				}
				x.Clear()
			}
		})
	}
}
