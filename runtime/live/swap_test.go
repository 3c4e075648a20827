package live_test

import (
	"fmt"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"
	"weak"

	"github.com/lictor-dev/lictor/bundles"
	"github.com/lictor-dev/lictor/runtime/live"
)

// TestSwapWhileReading swaps whole generations under readers; none may ever see one that is mixed, or gone.
func TestSwapWhileReading(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "bundle.tar.gz")
	put(t, path, bundle{revision: "r0", key: newKey(t, 1)}.bytes(t))
	r := start(t, path, nil)
	stop := make(chan struct{})
	var readers sync.WaitGroup
	for range 2 {
		readers.Go(func() { readUntil(t, r, stop) })
	}
	for i := range 20 {
		replace(t, path, r.signed(fmt.Sprintf("r%d", i+1), uint64(i)))
		r.reload()
	}
	close(stop)
	readers.Wait()
	r.expect("r20")
}

func readUntil(t *testing.T, r *runner, stop chan struct{}) {
	for {
		select {
		case <-stop:
			return
		default:
			if g := r.Current(); !g.whole() {
				t.Errorf("generation %s is mixed", g.revision)
				return
			}
		}
	}
}

// TestOldMemoryIsReturned holds on to one generation while others come and go: its memory stays for as
// long, and no longer.
func TestOldMemoryIsReturned(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "bundle.tar.gz")
	put(t, path, bundle{revision: "r0", key: newKey(t, 1)}.bytes(t))
	memories := make(chan weak.Pointer[bundles.Memory], 10)
	r := start(t, path, func(o *live.Options[generation]) {
		o.Open = func(b *bundles.Bundle) (*generation, error) {
			memories <- weak.Make(b.Tables())
			return openGeneration(b)
		}
	})
	held, memory := r.Current(), <-memories
	for _, revision := range []string{"r1", "r2", "r3"} {
		replace(t, path, r.signed(revision, 0))
		r.reload()
	}
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

// TestRefusedMemoryIsReturned refuses a bundle after its tables were read: nothing else makes the collector run.
func TestRefusedMemoryIsReturned(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "bundle.tar.gz")
	put(t, path, bundle{revision: "r0", key: newKey(t, 1)}.bytes(t))
	var memory weak.Pointer[bundles.Memory]
	r := start(t, path, func(o *live.Options[generation]) {
		o.Open = func(b *bundles.Bundle) (*generation, error) {
			memory = weak.Make(b.Tables())
			return openGeneration(b)
		}
	})
	replace(t, path, bundle{revision: "r1", compiler: "rejected", key: newKey(t, 1)}.bytes(t))
	r.wait(live.Refused)
	replace(t, path, r.signed("r0", 0)) // the one that runs, so that nothing is opened any more
	r.wait(live.Unchanged)
	r.Close() // and with it everything is settled
	if memory.Value() != nil {
		t.Error("the memory of a bundle that was refused was not returned")
	}
}

// TestSweepsAreShared replaces a small bundle many times: the collector runs less often than that, and in the end nothing is
// left, although nobody but the sweep makes it run. It does not run beside tests that do.
func TestSweepsAreShared(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bundle.tar.gz")
	put(t, path, bundle{revision: "r0", key: newKey(t, 1)}.bytes(t))
	var memories []weak.Pointer[bundles.Memory]
	r := start(t, path, func(o *live.Options[generation]) {
		o.Open = func(b *bundles.Bundle) (*generation, error) {
			memories = append(memories, weak.Make(b.Tables()))
			return openGeneration(b)
		}
	})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	const swaps = 40
	for i := range swaps {
		replace(t, path, r.signed(fmt.Sprintf("r%d", i+1), 0))
		r.reload()
	}
	runtime.ReadMemStats(&after)
	if n := after.NumGC - before.NumGC; n >= swaps {
		t.Errorf("%d collections for %d swaps", n, swaps)
	}
	if len(memories) != swaps+1 {
		t.Fatalf("%d generations were opened, want %d", len(memories), swaps+1)
	}
	deadline := time.After(patience)
	for _, m := range memories[:swaps] {
		for m.Value() != nil {
			select {
			case <-deadline:
				t.Fatal("the memory of an old generation was not returned")
			case <-time.After(10 * time.Millisecond):
			}
		}
	}
}
