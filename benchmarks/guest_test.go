package benchmarks_test

import (
	"testing"

	"github.com/lictor-dev/lictor/runtime/decision"
	"github.com/lictor-dev/lictor/runtime/guest/built"
	"github.com/lictor-dev/lictor/runtime/wasm/evaluator"
)

// guest loads tables into lictor-evaluator.wasm on wazero.
func guest(tb testing.TB, tables []byte) *evaluator.Engine {
	tb.Helper()
	e, err := evaluator.New(tb.Context(), built.Module(tb), evaluator.Options{Instances: 1})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = e.Close() })
	l, err := e.Load(evaluator.Policy{Tables: tables})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(l.Close)
	return l
}

// BenchmarkGuest measures the questions of BenchmarkSpringfield in the evaluator guest, its host's share included.
func BenchmarkGuest(b *testing.B) {
	m := read(b, "../examples/springfield")
	e := guest(b, build(b, m))
	for _, q := range springfield {
		b.Run(q.name, func(b *testing.B) {
			r := ask(b, m, decision.Subject{Type: "user", ID: q.subject}, q.organisation, q.permission)
			if d, err := e.Decide(r); err != nil || d.Code != q.code {
				b.Fatalf("%v, %v instead of %v", d.Code, err, q.code)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := e.Decide(r); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkGuestStart measures a cold start: the module from the cache of compiled modules, and a policy in one instance.
func BenchmarkGuestStart(b *testing.B) {
	module, tables, cache := built.Module(b), build(b, read(b, "../examples/springfield")), b.TempDir()
	start := func() {
		e, err := evaluator.New(b.Context(), module, evaluator.Options{Instances: 1, Cache: cache})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := e.Load(evaluator.Policy{Tables: tables}); err != nil {
			b.Fatal(err)
		}
		if err := e.Close(); err != nil {
			b.Fatal(err)
		}
	}
	start() // fills the cache
	for b.Loop() {
		start()
	}
}

// BenchmarkGuestCloud measures loading the cloud roles into one instance.
func BenchmarkGuestCloud(b *testing.B) {
	tables := build(b, cloud(b))
	e, err := evaluator.New(b.Context(), built.Module(b), evaluator.Options{Instances: 1})
	if err != nil {
		b.Fatal(err)
	}
	defer e.Close()
	for b.Loop() {
		l, err := e.Load(evaluator.Policy{Tables: tables})
		if err != nil {
			b.Fatal(err)
		}
		l.Close()
	}
}

// TestGuestMemory holds the cloud roles in one instance to 128 MiB.
func TestGuestMemory(t *testing.T) {
	tables := build(t, cloud(t))
	bytes, err := guest(t, tables).Memory()
	t.Logf("%d bytes of memory for %d of tables", bytes, len(tables))
	if err != nil || bytes > 128<<20 {
		t.Errorf("%d bytes of memory, %v", bytes, err)
	}
}
