package live_test

import (
	"runtime"
	"sync"
	"testing"
	"time"
	"weak"

	"github.com/lictor-dev/lictor/bundles"
	"github.com/lictor-dev/lictor/runtime/live"
)

// counter counts the memory of bundles that is not yet given back, by the revision it is of.
type counter struct {
	mu     sync.Mutex
	opened []string // revisions, in the order they were opened
	most   int      // generations in memory when one was made to stand by, that one included
	all    []weak.Pointer[bundles.Memory]
}

// open opens a generation, and counts those in memory when it was open before: then it is to stand by.
func (c *counter) open(b *bundles.Bundle) (*generation, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all = append(c.all, weak.Make(b.Tables()))
	for _, before := range c.opened {
		if before == b.Manifest.Revision {
			c.most = max(c.most, c.alive())
		}
	}
	c.opened = append(c.opened, b.Manifest.Revision)
	return &generation{b.Manifest.Revision, b.Tables().Bytes()}, nil
}

func (c *counter) alive() (n int) {
	for _, m := range c.all {
		if m.Value() != nil {
			n++
		}
	}
	return n
}

// await waits until so many generations were opened, without making the collector run.
func (c *counter) await(t *testing.T, n int) {
	t.Helper()
	eventually(t, func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return len(c.opened) >= n
	})
}

func eventually(t *testing.T, holds func() bool) {
	t.Helper()
	limit := time.After(patience)
	for !holds() {
		select {
		case <-limit:
			t.Fatal("it did not come true")
		case <-time.After(time.Millisecond):
		}
	}
}

// TestTwoGenerationsInMemory replaces large bundles: what is to stand by is opened again only when it has left memory, so that
// there are never three.
func TestTwoGenerationsInMemory(t *testing.T) {
	e, c := newEdge(t), &counter{}
	r := e.start(func(o *live.Options[generation]) { o.Open, o.PollOnly = c.open, true })
	for i, revision := range []string{"r1", "r2", "r3", "r4"} {
		replace(t, e.path, largeBundle(t, r, revision, uint64(i+1)))
		r.reload()
		c.await(t, 1+2*i) // and the one before, which stands by
	}
	if c.most != 2 {
		t.Errorf("%d generations were in memory when one was made to stand by, want it and the one that runs", c.most)
	}
}

// TestMemoryIsLookedForAgain holds a large generation in a request while the collector looks for it. When the request is over
// its memory is returned, although nothing makes the collector run any more. It does not run beside tests that do.
func TestMemoryIsLookedForAgain(t *testing.T) {
	path := t.TempDir() + "/bundle.tar.gz"
	c := &counter{}
	r := start(t, path, func(o *live.Options[generation]) { o.Open, o.PollOnly = c.open, true })
	replace(t, path, largeBundle(t, r, "r1", 1))
	r.reload()
	held := r.Current()
	replace(t, path, largeBundle(t, r, "r2", 2))
	r.reload()
	begun := collections()
	eventually(t, func() bool { return collections() >= begun+2 })
	if c.all[0].Value() == nil {
		t.Error("the memory of a generation in use was returned")
	}
	runtime.KeepAlive(held)
	eventually(t, func() bool { return c.all[0].Value() == nil })
}

func collections() uint32 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.NumGC
}
