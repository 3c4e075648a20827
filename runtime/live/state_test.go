package live_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"weak"

	"github.com/google/go-cmp/cmp"

	"github.com/lictor-dev/lictor/bundles"
	"github.com/lictor-dev/lictor/bundles/sign"
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

func damage(t *testing.T, path string) {
	t.Helper()
	content, err := os.ReadFile(path)
	must(t, err)
	content[len(content)/2] ^= 1
	put(t, path, content)
}

func TestLastGoodIsRestored(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		spoil   func(e *edge) // the state of an edge that ran r1, r2 and r3
		options func(*live.Options[generation])
		want    string
		refused string
	}{
		{"as it was", func(*edge) {}, nil, "r3", ""},
		{
			"only what is not older than what has run",
			func(e *edge) { damage(e.t, e.state.Path(e.stored("r3").ID)) }, nil, "", "damaged one",
		},
		{
			"another one of the same epoch", func(e *edge) {
				r := e.start()
				replace(e.t, e.path, r.signed("r3b", 3))
				r.waitFor("r3b")
				r.Close()
				must(e.t, os.Remove(e.path))
				damage(e.t, e.state.Path(e.stored("r3b").ID))
			}, nil, "r3", "damaged one",
		},
		{"nothing that is gone", func(e *edge) { must(e.t, os.Remove(e.state.Path(e.stored("r3").ID))) }, nil, "", "no such file"},
		{"nothing that somebody put there", func(e *edge) {
			put(e.t, e.state.Path(e.stored("r3").ID), bundle{revision: "r3", epoch: 3, key: newKey(e.t, 2)}.bytes(e.t))
		}, nil, "", "the signature is not by any"},
		{"nothing under another name", func(e *edge) {
			other, err := os.ReadFile(e.state.Path(e.stored("r2").ID))
			must(e.t, err)
			put(e.t, e.state.Path(e.stored("r3").ID), other)
		}, nil, "", "the file holds the generation"},
		{"nothing by a key that no longer counts", func(*edge) {}, func(o *live.Options[generation]) {
			keys, err := sign.NewKeySet(newKey(t, 3).Public())
			must(t, err)
			o.Keys = keys
		}, "", "the signature is not by any"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := newEdge(t)
			e.ran("r1", "r2", "r3")
			must(t, os.Remove(e.path))
			tt.spoil(e)
			r := e.start(func(o *live.Options[generation]) {
				if tt.options != nil {
					tt.options(o)
				}
			})
			r.expect(tt.want)
			s := r.Status()
			if !s.SourceAway || s.Restored != (tt.want != "") || len(s.Refused) == 0 {
				t.Errorf("status: %+v", s)
			}
			last := s.Refused[len(s.Refused)-1]
			if tt.refused != "" && !strings.Contains(last.Reason, tt.refused) {
				t.Errorf("refused: %+v, want %s", last, tt.refused)
			}
		})
	}
}

// TestSourceComesBack ends what is restored: with the same bundle, and with a newer one.
func TestSourceComesBack(t *testing.T) {
	t.Parallel()
	e := newEdge(t)
	e.ran("r1", "r2")
	content, err := os.ReadFile(e.path)
	must(t, err)
	must(t, os.Remove(e.path))
	r := e.start()
	if event := r.wait(live.Restored); event.Generation.Revision != "r2" || event.Path != e.state.Path(e.stored("r2").ID) {
		t.Errorf("event: %+v", event)
	}
	replace(t, e.path, content)
	r.wait(live.Unchanged)
	if s := r.Status(); s.Restored || s.SourceAway {
		t.Errorf("status: %+v", s)
	}
	replace(t, e.path, r.signed("r1", 1))
	r.wait(live.Refused)
	if s := r.Status(); s.Restored || !s.SourceAway {
		t.Errorf("status: %+v", s)
	}
	replace(t, e.path, r.signed("r3", 3))
	r.waitFor("r3")
	if s := r.Status(); s.Restored || s.SourceAway {
		t.Errorf("status: %+v", s)
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

// TestUnpinWithoutASource goes to the stored generation that took over last.
func TestUnpinWithoutASource(t *testing.T) {
	t.Parallel()
	e := newEdge(t)
	r := e.start()
	e.publish(r, "r1", "r2")
	e.pin("r1")
	r.waitPinned("r1")
	must(t, os.Remove(e.path))
	r.wait(live.Refused)
	e.unpin()
	r.wait(live.Restored)
	r.expect("r2")
	if s := r.Status(); !s.Restored || !s.SourceAway || s.Pinned != nil {
		t.Errorf("status: %+v", s)
	}
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

func TestDamagedRecordIsTold(t *testing.T) {
	t.Parallel()
	e := newEdge(t)
	e.ran("r1", "r2")
	must(t, os.Remove(e.path))
	put(t, strings.TrimSuffix(e.state.Path(e.stored("r1").ID), ".tar.gz")+".json", nil)
	r := e.start()
	r.expect("r2")
	if s := r.Status(); !strings.Contains(s.StateTrouble, "not every stored generation can be believed") {
		t.Errorf("status: %+v", s)
	}
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
