package live_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/lictor-dev/lictor/bundles/sign"
	"github.com/lictor-dev/lictor/runtime/live"
)

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

// TestUnpinReadsNothingTwice that is known to be too old, so that what is stored returns at once.
func TestUnpinReadsNothingTwice(t *testing.T) {
	t.Parallel()
	e := newEdge(t)
	r := e.start(func(o *live.Options[generation]) { o.PollOnly = true })
	for _, revision := range []string{"r1", "r2"} {
		replace(t, e.path, r.signed(revision, uint64(revision[1]-'0')))
		r.reload()
	}
	e.pin("r1")
	r.reload()
	replace(t, e.path, r.signed("r1", 1))
	for _, step := range []func(){func() {}, e.unpin} {
		step()
		if err := r.Reload(t.Context()); err == nil {
			t.Error("an older bundle is the best one")
		}
	}
	r.expect("r2")
	refused := 0
	for len(r.events) > 0 {
		if e := <-r.events; e.Kind == live.Refused && !errors.Is(e.Err, os.ErrNotExist) {
			refused++
		}
	}
	if s := r.Status(); refused != 1 || len(s.Refused) != 1 || !s.SourceAway || !s.Restored {
		t.Errorf("%d times refused; status: %+v", refused, s)
	}
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
