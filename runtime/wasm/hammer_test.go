package wasm_test

import (
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lictor-dev/lictor/runtime/decision"
	"github.com/lictor-dev/lictor/runtime/wasm"
)

// hammered has a condition of each kind; %s makes policies different.
const hammered = `
lictor: v1
roles:
  reader:
    permissions: ["newsletter:read", "unused:%s"]
    policies:
      - {permission: "newsletter:update", decision: ALLOW, when: 'count([x | some x in context.tags; startswith(x, "a")]) > 1'}
subjects:
  rosa: {roles: [reader]}
`

// generation is what is swapped.
type generation struct {
	table decision.Engine // asks conditions
	whole decision.Engine
}

// TestMillionChecks has eight goroutines ask both engines while bundles are swapped under them. What was dropped must be given
// back, whoever used it last.
func TestMillionChecks(t *testing.T) {
	checks, swaps := int64(1_000_000), 100
	if testing.Short() {
		checks, swaps = 16_000, 16
	}
	r := wasm.NewRuntime(t.TempDir() + "/compiled")
	policies := []*compiled{
		compile(t, files(strings.ReplaceAll(hammered, "%s", "a"))), compile(t, files(strings.ReplaceAll(hammered, "%s", "b"))),
		compile(t, files(strings.ReplaceAll(hammered, "%s", "c"))),
	}
	l := &load{policy: policies[0], checks: checks, every: checks / int64(swaps)}
	swap := func(n int) {
		c := policies[n%len(policies)]
		options := wasm.Options{Instances: 2, Deadline: patient}
		whole, err := r.Engine(c.module, c.data, c.model.Grammar(), options)
		if err != nil {
			t.Error(err)
			return
		}
		engine, _ := mixed(t, r, c, options)
		l.current.Store(&generation{engine, whole})
	}
	swap(0)
	var held footprint
	var once sync.Mutex // one swap at a time
	swapped := 0
	l.due = func() {
		once.Lock()
		defer once.Unlock()
		swapped++
		swap(swapped)
		if swapped == swaps/4 {
			held = measure(r)
		}
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() { l.hammer(t) })
	}
	all.Wait()
	if l.asked.Load() < checks || swapped < swaps-1 {
		t.Errorf("only %d checks and %d swaps", l.asked.Load(), swapped)
	}
	if now := measure(r); now.heap > held.heap+32<<20 || now.instances > 8*2*2 {
		t.Errorf("held %+v after a quarter, %+v at the end", held, now)
	}
	for f := range wasm.Failure(wasm.FailureCount) {
		if n := r.Failures(f); n > 0 {
			t.Errorf("%d failures: %s", n, f)
		}
	}
	l.current.Store(nil)
	for until := time.Now().Add(patient); r.Usage() != (wasm.Usage{}); runtime.GC() {
		if time.Now().After(until) {
			t.Fatalf("left over: %+v", r.Usage())
		}
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}

// footprint is what is held in memory.
type footprint struct {
	heap      uint64 // bytes
	instances int
}

func measure(r *wasm.Runtime) footprint {
	runtime.GC()
	runtime.GC() // what cleanups let go
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return footprint{m.HeapInuse, r.Usage().Instances}
}

// load is what eight goroutines do together.
type load struct {
	policy  *compiled
	current atomic.Pointer[generation]
	asked   atomic.Int64
	checks  int64  // to ask in all
	every   int64  // how many before each swap
	due     func() // swaps
}

// hammer asks until enough was asked.
func (l *load) hammer(t *testing.T) {
	plain := ask(t, l.policy, "rosa", "newsletter:read")
	tagged, untagged := ask(t, l.policy, "rosa", "newsletter:update:7"), ask(t, l.policy, "rosa", "newsletter:update:7")
	tagged.Context, untagged.Context = object(t, `{"tags": ["aa", "ab"]}`), object(t, `{"tags": ["aa", "b"]}`)
	for n := l.asked.Add(4); n <= l.checks && !t.Failed(); n = l.asked.Add(4) {
		if n/l.every != (n-4)/l.every {
			l.due()
		}
		g := l.current.Load()
		for _, q := range []struct {
			engine decision.Engine
			r      *decision.Request
			want   decision.Code
		}{
			{g.table, tagged, decision.Allowed},
			{g.table, untagged, decision.ConditionFalse},
			{g.table, tagged, decision.Allowed},
			{g.whole, plain, decision.Allowed},
		} {
			if d, err := q.engine.Decide(q.r); err != nil || d.Code != q.want {
				t.Errorf("%v, %v, want %v", d, err, q.want)
			}
		}
	}
}
