package exchange_test

import (
	"testing"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/edge/exchange"
	"github.com/lictor-dev/lictor/runtime/decision"
)

// watchful is an engine that always decides alike, by so many policies, and which sees what it appends them to.
type watchful struct {
	decision.Engine
	made     decision.Decision
	policies int
	dst      []policy.ID
}

func (w *watchful) Deciding(_ *decision.Request, dst []policy.ID) (decision.Decision, []policy.ID, error) {
	w.dst = dst
	return w.made, append(dst, make([]policy.ID, w.policies)...), nil
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

// TestContradictionHasNoPolicies wants a deny that stands in the place of an answer which contradicts itself to be nobody's.
func TestContradictionHasNoPolicies(t *testing.T) {
	t.Parallel()
	engine := &watchful{made: decision.Decision{Allowed: true, Code: decision.NoGrant}, policies: 3}
	x := exchange.Exchange{Settings: exchange.Settings{Record: true}, Generation: &exchange.Generation{Engine: engine}}
	for range 2 {
		x.Reset()
		if d, err := x.DecideAlone(); err != nil || d.Allowed {
			t.Errorf("%+v, %v", d, err)
		}
	}
	for _, made := range x.Made {
		if made.Code != decision.NoGrant || len(made.Policies) > 0 {
			t.Errorf("recorded %+v", made)
		}
	}
	if len(x.Made) != 2 || len(engine.dst) > 0 {
		t.Errorf("%d decisions, %d policies kept", len(x.Made), len(engine.dst))
	}
}
