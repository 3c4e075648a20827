package evaluator_test

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/tables"
	"github.com/lictor-dev/lictor/runtime/conformance/generate"
	"github.com/lictor-dev/lictor/runtime/decision"
	"github.com/lictor-dev/lictor/runtime/guest/built"
	"github.com/lictor-dev/lictor/runtime/table"
	"github.com/lictor-dev/lictor/runtime/wasm/evaluator"
)

// newEvaluator compiles the module.
func newEvaluator(tb testing.TB, o evaluator.Options) *evaluator.Evaluator {
	tb.Helper()
	e, err := evaluator.New(tb.Context(), built.Module(tb), o)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := e.Close(); err != nil {
			tb.Error(err)
		}
	})
	return e
}

func build(tb testing.TB, m *policy.Model) []byte {
	tb.Helper()
	content, err := tables.Build(m)
	if err != nil {
		tb.Fatal(err)
	}
	return content
}

func native(tb testing.TB, content []byte) *table.Engine {
	tb.Helper()
	t, err := tables.Open(content)
	if err != nil {
		tb.Fatal(err)
	}
	e, err := table.New(t)
	if err != nil {
		tb.Fatal(err)
	}
	return e
}

func load(tb testing.TB, e *evaluator.Evaluator, p evaluator.Policy) *evaluator.Engine {
	tb.Helper()
	l, err := e.Load(p)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(l.Close)
	return l
}

// answer is what engines agree on.
type answer struct {
	Decision decision.Decision
	IDs      []policy.ID
}

func ask(tb testing.TB, e decision.Engine, r *decision.Request) answer {
	tb.Helper()
	d, ids, err := e.Deciding(r, nil)
	if err != nil {
		tb.Fatal(err)
	}
	if short, err := e.Decide(r); err != nil || short != d {
		tb.Fatalf("Decide says %v, %v; Deciding says %v", short, err, d)
	}
	return answer{d, ids}
}

// TestMemoryMoves asks what makes memory grow, and so move, between requests that are put together in it.
func TestMemoryMoves(t *testing.T) {
	t.Parallel()
	m := generate.Model(3)
	content := build(t, m)
	l := load(t, newEvaluator(t, evaluator.Options{Instances: 1}), evaluator.Policy{Tables: content})
	e, sampler := native(t, content), generate.NewSampler(m, 3)
	for n := range 60 {
		before, err := l.Memory()
		if err != nil {
			t.Fatal(err)
		}
		if n%20 == 10 {
			question := append(bytes.Repeat([]byte(" "), n<<17), "[]"...)
			if got, err := l.Ask(nil, evaluator.KindBatch, question); err != nil || string(got) != "[]" {
				t.Fatalf("%s, %v", got, err)
			}
			if after, err := l.Memory(); err != nil || after <= before {
				t.Errorf("%d bytes of memory after a large question, %d before, %v", after, before, err)
			}
		}
		r := sampler.Next()
		if got, want := ask(t, l, r), ask(t, e, r); !cmp.Equal(got, want) {
			t.Errorf("request %d: %v instead of %v", n, got, want)
		}
	}
}

func BenchmarkDecide(b *testing.B) {
	m := generate.Model(3)
	content := build(b, m)
	e := newEvaluator(b, evaluator.Options{})
	l := load(b, e, evaluator.Policy{Tables: content})
	sampler := generate.NewSampler(m, 3)
	r := sampler.Next()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := l.Decide(r); err != nil {
			b.Fatal(err)
		}
	}
}
