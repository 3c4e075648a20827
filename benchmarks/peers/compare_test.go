package peers_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/lictor-dev/lictor/benchmarks/peers"
	"github.com/lictor-dev/lictor/benchmarks/peers/casbin"
	"github.com/lictor-dev/lictor/benchmarks/peers/cedar"
	"github.com/lictor-dev/lictor/benchmarks/peers/lictor"
	"github.com/lictor-dev/lictor/benchmarks/peers/maps"
	"github.com/lictor-dev/lictor/benchmarks/peers/opa"
	"github.com/lictor-dev/lictor/benchmarks/workload"
	"github.com/lictor-dev/lictor/runtime/guest/built"
	"github.com/lictor-dev/lictor/runtime/wasm/evaluator"
)

// peer is an engine in the comparison.
type peer struct {
	name      string
	open      func(tb testing.TB, w *workload.Workload) (peers.Engine, error)
	remembers bool // answers, so that it must have been asked everything before it is timed
}

// opened is an engine for a workload, made by a function that needs no more than that.
func opened[E peers.Engine](open func(*workload.Workload) (E, error)) func(testing.TB, *workload.Workload) (peers.Engine, error) {
	return func(_ testing.TB, w *workload.Workload) (peers.Engine, error) { return open(w) }
}

var compared = []peer{
	{name: "lictor-table", open: opened(lictor.NewTable)},
	{name: "lictor-table-prepared", open: opened(lictor.NewPrepared)},
	{name: "lictor-wasm", open: opened(lictor.NewWasm)},
	{name: "lictor-guest", open: func(tb testing.TB, w *workload.Workload) (peers.Engine, error) {
		return lictor.NewGuest(guest(tb), w)
	}},
	{name: "opa-go", open: opened(opa.NewIdiomatic)},
	{name: "opa-lictor-bundle", open: opened(opa.NewBundle)},
	{name: "cedar-go", open: opened(cedar.New)},
	{name: "casbin", open: opened(casbin.NewPlain)},
	{name: "casbin-cached", open: opened(casbin.NewCached), remembers: true},
	{name: "map-of-maps", open: opened(maps.NewNested)},
	{name: "go-map", open: opened(maps.NewFlat)},
}

var evaluators = sync.OnceValues(func() (*evaluator.Evaluator, error) {
	module, err := built.Build(built.Evaluator)
	if err != nil {
		return nil, err
	}
	return evaluator.New(context.Background(), module, evaluator.Options{Instances: 1})
})

// guest returns the evaluator guest, which is compiled once.
func guest(tb testing.TB) *evaluator.Evaluator {
	tb.Helper()
	e, err := evaluators()
	if err != nil {
		tb.Fatal(err)
	}
	return e
}

// start returns an engine for a workload and closes it in the end. The error is a [*peers.UnfitError].
func (p *peer) start(tb testing.TB, w *workload.Workload) (peers.Engine, error) {
	tb.Helper()
	e, err := p.open(tb, w)
	if unfit, ok := errors.AsType[*peers.UnfitError](err); ok {
		return nil, unfit
	}
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { closed(tb, e) })
	return e, nil
}

func closed(tb testing.TB, e peers.Engine) {
	if c, ok := e.(io.Closer); ok {
		if err := c.Close(); err != nil {
			tb.Error(err)
		}
	}
}

// generated are the workloads of tests, which several of them need.
var generated sync.Map

func generate(tb testing.TB, name string) *workload.Workload {
	tb.Helper()
	if w, ok := generated.Load(name); ok {
		return w.(*workload.Workload)
	}
	w, err := workload.New(name)
	if err != nil {
		tb.Fatal(err)
	}
	if _, ok := tb.(*testing.T); ok {
		generated.Store(name, w)
	}
	return w
}

// check compares the answers to all requests, or to as many as there is time for, at least eight batches, and returns how
// many were.
func check(tb testing.TB, e peers.Engine, w *workload.Workload, atMost time.Duration) int {
	tb.Helper()
	a := peers.NewAsker(e, w)
	end := time.Now().Add(atMost)
	for i := 0; i+w.Batch <= len(w.Requests); i += w.Batch {
		if i%(8*w.Batch) == 0 && i > 0 && time.Now().After(end) {
			return i
		}
		if err := a.Check(i); err != nil {
			tb.Fatal(err)
		}
	}
	return len(w.Requests) / w.Batch * w.Batch
}

// BenchmarkCompare measures what one decision, or one batch of them, takes each engine on each workload, from the texts of a
// request to its answer, over the requests in turn. Every answer that is timed was compared with the workload's before.
func BenchmarkCompare(b *testing.B) {
	for _, name := range workload.Names() {
		b.Run("workload="+name, func(b *testing.B) {
			w := generate(b, name)
			for _, p := range compared {
				c := contender{w: w}
				b.Run("engine="+p.name, func(b *testing.B) { c.run(b, &p) })
				closed(b, c.e)
			}
		})
	}
}

// contender is an engine that is prepared once, however often it is timed.
type contender struct {
	w  *workload.Workload
	e  peers.Engine
	n  int // requests that were compared
	at int // the next one
}

// patience is how long an engine may take to see every request once.
const patience = 5 * time.Minute

// check compares the answers. Who takes long is timed on the requests that there was time for, but for one that remembers answers:
// it would be timed on few that it finds again at once. It gets five minutes for all, and is left out where that is too little.
func (c *contender) check(b *testing.B, e peers.Engine, p *peer) int {
	if !p.remembers {
		return check(b, e, c.w, 10*time.Second)
	}
	start := time.Now()
	n := check(b, e, c.w, time.Second)
	if rest := time.Since(start).Seconds() * float64(len(c.w.Requests)-n) / float64(n); rest > patience.Seconds() {
		leaveOut(b, &peers.UnfitError{Engine: p.name, Workload: c.w.Name, Reason: "deciding every request once takes more than five minutes"})
	}
	if n = check(b, e, c.w, 2*patience); n < len(c.w.Requests)/c.w.Batch*c.w.Batch {
		b.Fatalf("%s saw %d requests in %s", p.name, n, 2*patience)
	}
	return n
}

// leaveOut ends a benchmark and says why in a line that benchmarks/report reads: what is skipped says nothing without -v.
func leaveOut(b *testing.B, why *peers.UnfitError) {
	fmt.Println("unfit:", why)
	b.Skip(why)
}

func (c *contender) run(b *testing.B, p *peer) {
	if c.e == nil {
		e, err := p.open(b, c.w)
		if unfit, ok := errors.AsType[*peers.UnfitError](err); ok {
			leaveOut(b, unfit)
		}
		if err != nil {
			b.Fatal(err)
		}
		c.n = c.check(b, e, p)
		c.e = e
	}
	a := peers.NewAsker(c.e, c.w)
	runtime.GC() // what was made on the way does not count
	b.ReportAllocs()
	for b.Loop() {
		if err := a.Ask(c.at); err != nil {
			b.Fatal(err)
		}
		if c.at += c.w.Batch; c.at == c.n {
			c.at = 0
		}
	}
}

// unable is who cannot do what.
var unable = map[string][]string{
	"default-deny-explained": {"lictor-wasm", "opa-lictor-bundle", "cedar-go", "casbin", "casbin-cached", "go-map"},
}

// TestCompare compares the answers of every engine on every workload that is not large, as many as there are in a moment: those of
// slow engines not all. BenchmarkCompare compares every answer that it times.
func TestCompare(t *testing.T) {
	large := []string{"rbac-100000", "cloud", "instances-100000", "subjects-100000", "subjects-1000000"}
	for _, name := range workload.Names() {
		if slices.Contains(large, name) {
			continue
		}
		t.Run("workload="+name, func(t *testing.T) {
			w := generate(t, name)
			for _, p := range compared {
				t.Run("engine="+p.name, func(t *testing.T) {
					e, err := p.start(t, w)
					if want := slices.Contains(unable[name], p.name); (err != nil) != want {
						t.Fatalf("unfit: %v, want %t", err, want)
					}
					if err == nil {
						check(t, e, w, 100*time.Millisecond)
					}
				})
			}
		})
	}
}
