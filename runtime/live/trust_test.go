package live_test

import (
	"errors"
	"testing"

	"github.com/lictor-dev/lictor/bundles/sign"
	"github.com/lictor-dev/lictor/runtime/live"
)

// waitSignature waits until a bundle is refused because of its signature.
func (r *runner) waitSignature() {
	r.t.Helper()
	for !errors.Is(r.wait(live.Refused).Err, sign.ErrSignature) {
	}
}

// TestOtherKeys takes up what another key signed, keeps what runs, and lets nothing return that only the old key signed,
// also what stood by or waited.
func TestOtherKeys(t *testing.T) {
	t.Parallel()
	e := newEdge(t)
	r := e.start()
	e.publish(r, "r1", "r2")
	r.reload() // so that r1 stands by
	second := newKey(t, 2)
	keys, err := sign.NewKeySet(second.Public())
	must(t, err)
	r.Trust(keys)
	r.waitSignature()
	r.expect("r2")
	e.pin("r1")
	r.wait(live.PinFailed)
	r.expect("r2")
	e.unpin()
	replace(t, e.path, bundle{revision: "r3", epoch: 3, key: second}.bytes(t))
	r.waitFor("r3")
	if g := r.Status().Generation; !g.Signed {
		t.Errorf("generation: %+v", g)
	}
}

// TestOtherKeysWhilePinned has what waits verified anew.
func TestOtherKeysWhilePinned(t *testing.T) {
	t.Parallel()
	e := newEdge(t)
	r := e.start()
	e.publish(r, "r1")
	e.pin("r1")
	r.waitPinned("r1")
	replace(t, e.path, r.signed("r2", 2))
	r.wait(live.Waiting)
	keys, err := sign.NewKeySet(newKey(t, 2).Public())
	must(t, err)
	r.Trust(keys)
	r.waitSignature()
	if s := r.Status(); s.Waiting != nil || !s.SourceAway {
		t.Errorf("status: %+v", s)
	}
	e.unpin()
	if err := r.Reload(t.Context()); err == nil {
		t.Error("what only the old key signed is the best one")
	}
	r.expect("r1")
}
