package live_test

import (
	"context"
	"errors"
	"os"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lictor-dev/lictor/bundles"
	"github.com/lictor-dev/lictor/bundles/store"
	"github.com/lictor-dev/lictor/runtime/live"
)

func (e *edge) pin(revision string) {
	e.t.Helper()
	_, err := e.state.SetPin(e.stored(revision))
	must(e.t, err)
}

func (e *edge) unpin() {
	e.t.Helper()
	_, err := e.state.Unpin()
	must(e.t, err)
}

// waitPinned waits until that revision runs because it is pinned.
func (r *runner) waitPinned(revision string) {
	r.t.Helper()
	for r.wait(live.Pinned).Generation.Revision != revision {
	}
	r.expect(revision)
	if s := r.Status(); s.Pinned == nil || s.Pinned.Revision != revision || s.PinTrouble != "" {
		r.t.Errorf("status: %+v", s)
	}
}

// TestPinHolds goes back to an older epoch, keeps it against a newer bundle and a restart, and lets go.
func TestPinHolds(t *testing.T) {
	t.Parallel()
	e := newEdge(t)
	r := e.start()
	e.publish(r, "r1", "r2", "r3")
	e.pin("r1")
	r.waitPinned("r1")
	replace(t, e.path, r.signed("r4", 4))
	if event := r.wait(live.Waiting); event.Generation.Revision != "r4" {
		t.Errorf("event: %+v", event)
	}
	r.expect("r1")
	if s := r.Status(); s.Waiting == nil || s.Waiting.Revision != "r4" || s.SourceAway {
		t.Errorf("status: %+v", s)
	}
	if highest, err := e.state.Highest(); highest != 3 || err != nil {
		t.Errorf("what waits has raised the highest epoch to %d, %v", highest, err)
	}
	replace(t, e.path, []byte("nonsense"))
	r.wait(live.Refused)
	r.expect("r1")
	replace(t, e.path, r.signed("r4", 4))
	r.wait(live.Waiting)
	r.Close()

	again := e.start()
	again.expect("r1")
	if s := again.Status(); s.Restored || s.Pinned == nil || s.Waiting == nil {
		t.Errorf("status: %+v", s)
	}
	e.unpin()
	again.waitFor("r4")
	if s := again.Status(); s.Pinned != nil || s.Waiting != nil {
		t.Errorf("status: %+v", s)
	}
	replace(t, e.path, again.signed("r1", 1))
	if err := waitRefused[*bundles.EpochError](again); err.Highest != 4 {
		t.Errorf("refused: %v", err)
	}
}

// TestPinOfWhatRuns changes nothing but that it stays.
func TestPinOfWhatRuns(t *testing.T) {
	t.Parallel()
	e := newEdge(t)
	r := e.start()
	e.publish(r, "r1")
	before := r.Current()
	e.pin("r1")
	r.waitPinned("r1")
	replace(t, e.path, r.signed("r2", 2))
	r.wait(live.Waiting)
	if r.Current() != before {
		t.Error("what runs was loaded again")
	}
	e.unpin()
	r.waitFor("r2")
	if err := os.Remove(e.state.PinPath()); err != nil {
		t.Fatal(err) // as an operator may
	}
	r.reload()
	r.expect("r2")
}

// TestUnpinOfTheBest makes what was pinned before it ever took over the last that did.
func TestUnpinOfTheBest(t *testing.T) {
	t.Parallel()
	e := newEdge(t)
	r := e.start(func(o *live.Options[generation]) { o.PollOnly = true }) // one load for each step
	for _, step := range []func(){
		func() { replace(t, e.path, r.signed("r1", 1)) },
		func() { e.pin("r1") },
		func() { replace(t, e.path, r.signed("r1b", 1)) },
		func() { e.pin("r1b") },
		e.unpin,
	} {
		step()
		r.reload()
	}
	r.expect("r1b")
	r.Close()
	must(t, os.Remove(e.path))
	e.start().expect("r1b")
}

// TestPinThatCannotRun leaves what runs, and keeps everything else out; at a start nothing runs.
func TestPinThatCannotRun(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		spoil func(e *edge)
		want  string
	}{
		{"a damaged generation", func(e *edge) {
			damage(e.t, e.state.Path(e.stored("r1").ID))
			e.pin("r1")
		}, "cannot run"},
		{"one that is not stored", func(e *edge) {
			_, err := e.state.SetPin(store.Generation{ID: bundles.DigestOf(nil), Revision: "r0"})
			must(e.t, err)
		}, "no such file"},
		{"a damaged pin", func(e *edge) { put(e.t, e.state.PinPath(), []byte("{}")) }, "cannot be believed"},
		{"a pin that cannot be read", func(e *edge) { must(e.t, os.Mkdir(e.state.PinPath(), 0o700)) }, "not a plain file"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := newEdge(t)
			e.ran("r1", "r2", "r3") // r2 stands by, so that r1 has to be read
			r := e.start()
			tt.spoil(e)
			r.wait(live.PinFailed)
			r.expect("r3")
			replace(t, e.path, r.signed("r4", 4))
			err := r.Reload(context.Background())
			if refused, ok := errors.AsType[*live.RefusedError](err); !ok || !strings.Contains(refused.Refused[0].Reason, tt.want) {
				t.Errorf("Reload: %v, want %s", err, tt.want)
			}
			r.expect("r3")
			r.Close()
			again := e.start()
			again.expect("")
			if s := again.Status(); !strings.Contains(s.PinTrouble, tt.want) {
				t.Errorf("status: %+v", s)
			}
			must(t, os.RemoveAll(e.state.PinPath()))
			again.waitFor("r4")
			if s := again.Status(); s.PinTrouble != "" {
				t.Errorf("status: %+v", s)
			}
		})
	}
}

// TestReloadReadsThePin without any watch.
func TestReloadReadsThePin(t *testing.T) {
	t.Parallel()
	e := newEdge(t)
	r := e.start(func(o *live.Options[generation]) { o.PollOnly = true })
	for i, revision := range []string{"r1", "r2"} {
		replace(t, e.path, r.signed(revision, uint64(i)))
		r.reload()
	}
	e.pin("r1")
	r.expect("r2")
	r.reload()
	r.expect("r1")
	e.unpin()
	r.expect("r1")
	r.reload()
	r.expect("r2")
}

// TestUnpinLooksAtThePath and takes what has changed there unseen, not what it gave before.
func TestUnpinLooksAtThePath(t *testing.T) {
	t.Parallel()
	e := newEdge(t)
	r := e.start(func(o *live.Options[generation]) { o.PollOnly = true })
	for i, revision := range []string{"r1", "r2"} {
		replace(t, e.path, r.signed(revision, uint64(i)))
		r.reload()
	}
	e.pin("r1")
	r.reload()
	replace(t, e.path, r.signed("r3", 3))
	e.unpin()
	r.reload()
	r.expect("r3")
}

func TestPollBacksUpThePin(t *testing.T) {
	t.Parallel()
	e := newEdge(t)
	r := e.start(func(o *live.Options[generation]) { o.PollOnly, o.Poll = true, time.Millisecond })
	e.publish(r, "r1", "r2")
	e.pin("r1")
	r.waitPinned("r1")
	e.unpin()
	r.waitFor("r2")
}

// TestEdgeSaysWhatItDid is how an operator's command learns that a pin was obeyed, or why not.
func TestEdgeSaysWhatItDid(t *testing.T) {
	t.Parallel()
	e := newEdge(t)
	r := e.start()
	e.publish(r, "r1", "r2")
	pin, err := e.state.SetPin(e.stored("r1"))
	must(t, err)
	r.waitPinned("r1")
	r.reload()
	reports, err := e.state.Edges()
	must(t, err)
	if len(reports) != 1 || reports[0].Request != pin.Request || reports[0].Revision != "r1" || !reports[0].Pinned || reports[0].Trouble != "" {
		t.Errorf("reports: %+v", reports)
	}
	_, err = e.state.SetPin(store.Generation{ID: bundles.DigestOf(nil), Revision: "r0"})
	must(t, err)
	r.wait(live.PinFailed)
	if err := r.Reload(context.Background()); err == nil {
		t.Error("a pin of nothing is obeyed")
	}
	reports, err = e.state.Edges()
	must(t, err)
	if len(reports) != 1 || reports[0].Revision != "r1" || !strings.Contains(reports[0].Trouble, "no such file") {
		t.Errorf("reports: %+v", reports)
	}
	r.Close()
	if reports, err := e.state.Edges(); err != nil || len(reports) != 0 {
		t.Errorf("after the end: %+v, %v", reports, err)
	}
}

// TestReturnIsPrepared goes back and forth without reading or proving anything after the asking, and without the
// quiet time that changes of bundles are given.
func TestReturnIsPrepared(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("files are mapped on Linux only")
	}
	e := newEdge(t)
	var opened, atPin atomic.Int64
	r := e.start(func(o *live.Options[generation]) {
		o.Open = func(b *bundles.Bundle) (*generation, error) {
			opened.Add(1)
			return openGeneration(b)
		}
		tell := o.Notify
		o.Notify = func(event live.Event) {
			if event.Kind == live.Pinned {
				atPin.Store(opened.Load())
			}
			tell(event)
		}
	})
	e.publish(r, "r1", "r2")
	quickest := time.Hour
	for range 5 {
		r.reload() // so that everything before is settled
		r.reload()
		before := opened.Load()
		asked := time.Now()
		e.pin("r1")
		r.wait(live.Pinned)
		quickest = min(quickest, time.Since(asked))
		r.expect("r1")
		if got := atPin.Load() - before; got != 0 {
			t.Errorf("%d generations were opened before the return", got)
		}
		r.reload()
		r.reload()
		if got := opened.Load() - before; got != 2 {
			t.Errorf("%d generations were opened after it, want what runs, into memory of its own, and what may return", got)
		}
		e.unpin()
		r.waitFor("r2")
	}
	if quickest > 25*time.Millisecond {
		t.Errorf("the quickest of 5 rollbacks took %s", quickest)
	}
}
