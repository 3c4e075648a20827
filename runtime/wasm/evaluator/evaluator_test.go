package evaluator_test

import (
	"testing"

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
