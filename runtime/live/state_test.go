package live_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
	"weak"

	"github.com/google/go-cmp/cmp"

	"github.com/lictor-dev/lictor/bundles"
	"github.com/lictor-dev/lictor/bundles/store"
	"github.com/lictor-dev/lictor/runtime/live"
)

// edge is a path that is served and a state that outlives what serves it.
type edge struct {
	t     *testing.T
	path  string
	state *store.Source
}

func newEdge(t *testing.T) *edge {
	t.Helper()
	return &edge{t, filepath.Join(t.TempDir(), "bundle.tar.gz"), openSource(t, t.TempDir(), "edge")}
}

// start serves with the state.
func (e *edge) start(changes ...func(*live.Options[generation])) *runner {
	e.t.Helper()
	return start(e.t, e.path, func(o *live.Options[generation]) {
		o.State = openSource(e.t, filepath.Dir(filepath.Dir(e.state.Dir())), "edge") // as another process would
		for _, change := range changes {
			change(o)
		}
	})
}

// ran serves bundles one after the other, whose epochs are their places, and ends.
func (e *edge) ran(revisions ...string) {
	e.t.Helper()
	r := e.start()
	e.publish(r, revisions...)
	r.Close()
}

func (e *edge) publish(r *runner, revisions ...string) {
	e.t.Helper()
	for i, revision := range revisions {
		replace(e.t, e.path, r.signed(revision, uint64(i+1)))
		r.waitFor(revision)
	}
}

// stored returns the stored generation of a revision.
func (e *edge) stored(revision string) store.Generation {
	e.t.Helper()
	list, err := e.state.Generations()
	must(e.t, err)
	for _, g := range list {
		if g.Revision == revision {
			return g
		}
	}
	e.t.Fatalf("%s is not stored", revision)
	return store.Generation{}
}

// TestFullDiskKeepsNoPolicyOut runs what cannot be stored, says so, and stores it as soon as there is room.
func TestFullDiskKeepsNoPolicyOut(t *testing.T) {
	t.Parallel()
	const trouble = "the generation could not be stored"
	e := newEdge(t)
	obstacle := filepath.Join(e.state.Dir(), "generations")
	put(t, obstacle, nil)
	put(t, e.path, bundle{revision: "r1", epoch: 1, key: newKey(t, 1)}.bytes(t))
	r := e.start(func(o *live.Options[generation]) { o.Poll = time.Millisecond })
	r.waitFor("r1")
	replace(t, e.path, r.signed("r2", 2))
	r.waitFor("r2")
	if s := r.Status(); !strings.Contains(s.StateTrouble, trouble) {
		t.Errorf("status: %+v", s)
	}
	for range 3 { // it is tried again and again, without any change
		r.wait(live.Unchanged)
	}
	must(t, os.Remove(obstacle))
	for strings.Contains(r.Status().StateTrouble, trouble) {
		r.wait(live.Unchanged)
	}
	if g := e.stored("r2"); g.Sequence != 1 {
		t.Errorf("stored: %+v", g)
	}
}

// TestEdgesShareTheHighestEpoch takes nothing up that is older than what another edge on the folder has run.
func TestEdgesShareTheHighestEpoch(t *testing.T) {
	t.Parallel()
	e := newEdge(t)
	r := e.start()
	e.publish(r, "r1", "r2")
	other := &edge{t, filepath.Join(t.TempDir(), "bundle.tar.gz"), e.state}
	put(t, other.path, r.signed("r5", 5))
	other.start().expect("r5")
	for _, revision := range []string{"r2b", "r4"} { // one that equals what ran here, one that is newer
		epoch := uint64(revision[1] - '0')
		replace(t, e.path, r.signed(revision, epoch))
		if refused := waitRefused[*bundles.EpochError](r); refused.Got != epoch || refused.Highest != 5 {
			t.Errorf("refused: %v", refused)
		}
		r.expect("r2")
	}
}

// TestStoreKeepsTheNewest, and the pinned one.
func TestStoreKeepsTheNewest(t *testing.T) {
	t.Parallel()
	e := newEdge(t)
	r := e.start(func(o *live.Options[generation]) { o.Stored = 2 })
	e.publish(r, "r1", "r2", "r3", "r4")
	r.reload()
	expectStored(t, e, "r4", "r3")
	e.pin("r3")
	r.waitPinned("r3")
	for i, revision := range []string{"r5", "r6", "r7"} {
		replace(t, e.path, r.signed(revision, uint64(5+i)))
		r.wait(live.Waiting)
	}
	r.reload()
	expectStored(t, e, "r4", "r3", "r7")
}

func expectStored(t *testing.T, e *edge, want ...string) {
	t.Helper()
	list, err := e.state.Generations()
	must(t, err)
	var got []string
	for _, g := range list {
		got = append(got, g.Revision)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("stored (-want +got):\n%s", diff)
	}
}

// TestOldMemoryIsReturnedWithAState although the old generation stands by: its memory is that of a file then.
func TestOldMemoryIsReturnedWithAState(t *testing.T) {
	t.Parallel()
	e := newEdge(t)
	memories := make(chan weak.Pointer[bundles.Memory], 100)
	r := e.start(func(o *live.Options[generation]) {
		o.Open = func(b *bundles.Bundle) (*generation, error) {
			memories <- weak.Make(b.Tables())
			return openGeneration(b)
		}
	})
	e.publish(r, "r1")
	memory := <-memories
	held := r.Current()
	replace(t, e.path, r.signed("r2", 2))
	r.waitFor("r2")
	r.reload() // what stands by does so now
	if memory.Value() == nil || !held.whole() {
		t.Error("the memory of a generation in use was returned")
	}
	runtime.KeepAlive(held)
	for range 1000 {
		if memory.Value() == nil {
			return
		}
		runtime.GC()
		runtime.Gosched()
	}
	t.Error("the memory of a generation that nobody uses was not returned")
}
