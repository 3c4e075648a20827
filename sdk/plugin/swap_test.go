package plugin_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lictor-dev/lictor/compiler"
	"github.com/lictor-dev/lictor/runtime/guest/built"
	"github.com/lictor-dev/lictor/sdk/plugin"
)

// another returns an evaluator of other bytes, which does the same: with a custom section at its end.
func another(module []byte) []byte {
	return append(append([]byte{}, module...), 0, 4, 2, 'x', 'y', 1)
}

// TestSwapUnderLoad replaces bundle and evaluator while 8 goroutines ask. In bundle n, alice may read book n and no other;
// so an answer that mixes two bundles is found.
func TestSwapUnderLoad(t *testing.T) {
	t.Parallel()
	const askers, kinds = 8, 3
	swaps := 12
	if testing.Short() {
		swaps = 6
	}
	var contents [kinds][]byte
	for n := range contents {
		text := fmt.Sprintf("lictor: v1\nroles: {r: {birthright: {types: [user]}, permissions: [\"book:read:%d\"]}}\n", n)
		contents[n] = bundle(t, text, compiler.Options{Revision: fmt.Sprintf("r%d", n), Epoch: 1})
	}
	modules := [][]byte{another(built.Module(t)), built.Module(t)}
	p := open(t, contents[0])
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	var group sync.WaitGroup
	defer group.Wait()
	defer cancel()
	answered, failed := make(chan struct{}, 2*askers), make(chan error, askers)
	for range askers {
		group.Go(func() {
			for ctx.Err() == nil {
				if err := askAll(p, kinds); err != nil {
					failed <- err
					return
				}
				select {
				case answered <- struct{}{}:
				default: // nobody counts, and asking goes on
				}
			}
		})
	}
	for n := range swaps {
		var err error
		if n%6 == 5 {
			err = p.SwapEvaluator(ctx, modules[n/6%2])
		} else {
			err = p.Swap(ctx, contents[n%kinds])
		}
		if err != nil {
			t.Fatal(err)
		}
		for range 2 * cap(answered) { // those of before included
			select {
			case <-answered:
			case err := <-failed:
				t.Fatal(err)
			case <-ctx.Done():
				t.Fatal("the requests are not answered")
			}
		}
	}
}

// askAll asks for each book. Exactly the one that the revision names is allowed.
func askAll(p *plugin.Plugin, kinds int) error {
	requests := make([]*plugin.Request, kinds)
	for n := range requests {
		requests[n] = &plugin.Request{Subject: plugin.Subject{Type: "user", ID: "x"}, Permission: fmt.Sprintf("book:read:%d", n)}
	}
	decisions, err := p.CheckAll(requests)
	if err != nil {
		return err
	}
	for n, d := range decisions {
		if d.Revision != decisions[0].Revision || d.Allowed != (d.Revision == fmt.Sprintf("r%d", n)) {
			return fmt.Errorf("book %d: %+v among %+v", n, d, decisions)
		}
	}
	d, err := p.Check(requests[0])
	if err == nil && d.Allowed != (d.Revision == "r0") {
		err = fmt.Errorf("book 0 alone: %+v", d)
	}
	return err
}

// TestSwapLeaksNothing compares what is in use after many swaps with what is after few.
func TestSwapLeaksNothing(t *testing.T) {
	content := bundle(t, shop, compiler.Options{})
	p := open(t, content)
	r := &plugin.Request{Subject: alice, Permission: "book:read"}
	round := func(n int) (heap uint64, goroutines int) {
		for range n {
			if err := p.Swap(t.Context(), content); err != nil {
				t.Fatal(err)
			}
			if d, err := p.Check(r); err != nil || !d.Allowed {
				t.Fatalf("%+v, %v", d, err)
			}
		}
		runtime.GC()
		runtime.GC() // what finalizers held goes with the second
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapInuse, runtime.NumGoroutine()
	}
	heap, goroutines := round(5)
	after, goroutinesAfter := round(20)
	const room = 16 << 20 // an instance alone takes 4 MiB and more
	if after > heap+room || goroutinesAfter > goroutines {
		t.Errorf("%d bytes and %d goroutines after 5 swaps, %d and %d after 20 more", heap, goroutines, after, goroutinesAfter)
	}
}

// TestCloseUnderLoad closes while requests are being answered: each has an answer or [plugin.ErrClosed].
func TestCloseUnderLoad(t *testing.T) {
	t.Parallel()
	p := open(t, bundle(t, shop, compiler.Options{}))
	var group sync.WaitGroup
	started := make(chan struct{}, 8)
	for range cap(started) {
		group.Go(func() {
			for first := true; ; first = false {
				d, err := p.Check(&plugin.Request{Subject: alice, Permission: "book:read"})
				if err != nil {
					if !errors.Is(err, plugin.ErrClosed) || d.Allowed {
						t.Errorf("%+v, %v", d, err)
					}
					return
				}
				if first {
					started <- struct{}{}
				}
			}
		})
	}
	for range cap(started) {
		select {
		case <-started:
		case <-time.After(time.Minute):
			t.Fatal("the requests are not answered")
		}
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	group.Wait()
}

// TestRegoConditions opens a bundle with a condition that only its policy.wasm can evaluate.
func TestRegoConditions(t *testing.T) {
	t.Parallel()
	content := bundle(t, `lictor: v1
roles:
  r:
    birthright: {types: [user]}
    policies:
      - {permission: "book:read", decision: ALLOW, when: 'count([x | some x in context.tags; startswith(x, "a")]) > 1'}
`, compiler.Options{Revision: "r1"})
	p := open(t, content)
	for tags, want := range map[string]string{"a1 a2 b": "allowed", "a1 b": "condition_false", "": "condition_unknown"} {
		r := plugin.Request{Subject: alice, Permission: "book:read"}
		if tags != "" {
			r.Context = map[string]any{"tags": strings.Fields(tags)}
		}
		if d, err := p.Check(&r); err != nil || d.Code != want {
			t.Errorf("tags %q: %+v, %v, want %s", tags, d, err, want)
		}
	}
	if err := p.Swap(t.Context(), bundle(t, shop, compiler.Options{})); err != nil {
		t.Fatal(err)
	}
	if err := p.Swap(t.Context(), content); err != nil {
		t.Fatal(err)
	}
}
