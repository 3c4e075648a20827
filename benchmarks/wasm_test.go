package benchmarks_test

import (
	"context"
	"slices"
	"strconv"
	"testing"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/compiler/rego"
	opawasm "github.com/lictor-dev/lictor/compiler/wasm"
	"github.com/lictor-dev/lictor/runtime/decision"
	"github.com/lictor-dev/lictor/runtime/wasm"
)

// program is a model as policy.wasm with its data.
type program struct {
	model        *policy.Model
	module, data []byte
}

func compileWasm(tb testing.TB, m *policy.Model) *program {
	tb.Helper()
	generated, err := rego.Generate(m)
	if err != nil {
		tb.Fatal(err)
	}
	module, err := opawasm.Compile(context.Background(), generated.Members(), rego.Entrypoints)
	if err != nil {
		tb.Fatal(err)
	}
	return &program{m, module, generated.Data}
}

func (p *program) engine(tb testing.TB, r *wasm.Runtime) *wasm.Engine {
	tb.Helper()
	e, err := r.Engine(p.module, p.data, p.model.Grammar(), wasm.Options{Instances: 1})
	if err != nil {
		tb.Fatal(err)
	}
	return e
}

// BenchmarkWasm measures policy.wasm on examples/springfield: allow and decision, without and with a condition.
func BenchmarkWasm(b *testing.B) {
	p := compileWasm(b, read(b, "../examples/springfield"))
	runtime := wasm.NewRuntime("")
	e := p.engine(b, runtime)
	for _, q := range springfield {
		r := ask(b, p.model, decision.Subject{Type: "user", ID: q.subject}, q.organisation, q.permission)
		b.Run("decision/"+q.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if d, err := e.Decide(r); err != nil || d.Code != q.code {
					b.Fatalf("%v, %v instead of %v", d.Code, err, q.code)
				}
			}
		})
		b.Run("allow/"+q.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if allowed, err := e.Allow(r); err != nil || allowed != (q.code == decision.Allowed) {
					b.Fatalf("%v, %v instead of %v", allowed, err, q.code)
				}
			}
		})
	}
	e.Close()
}

// BenchmarkWasmCondition measures one condition for the table engine, with and without what an edge adds to evaluating it.
func BenchmarkWasmCondition(b *testing.B) {
	p := compileWasm(b, read(b, "../examples/springfield"))
	c, err := wasm.NewRuntime("").Conditions(p.module, wasm.Options{Instances: 1})
	if err != nil {
		b.Fatal(err)
	}
	const text = "resource.id == organisation"
	rule := "c" + strconv.Itoa(1+slices.IndexFunc(p.model.Conditions, func(c policy.Condition) bool { return c.Text == text }))
	environment := []byte(`{"action":{"name":"update"},"organisation":"SNPP","resource":{"id":"SNPP","type":"organisation"}}`)
	b.ReportAllocs()
	for b.Loop() {
		if c.Condition(rule, environment) != decision.True {
			b.Fatalf("%s, which is %s, is not true", rule, text)
		}
	}
	c.Close()
}

// BenchmarkWasmGrants measures allow among a thousand and among a hundred thousand grants: what the budget compares.
func BenchmarkWasmGrants(b *testing.B) {
	for _, size := range []struct {
		name  string
		roles int
	}{{"1000", 10}, {"100000", 1000}} {
		p := compileWasm(b, rbac(size.roles, 100, 1000, 2)())
		e := p.engine(b, wasm.NewRuntime(""))
		name := own(size.roles, 100)
		var requests []*decision.Request
		for i := range 1000 {
			subject, resource, action, id := name(i)
			requests = append(requests, ask(b, p.model, decision.Subject{Type: "user", ID: subject}, "", resource+":"+action+":"+id))
		}
		b.Run(size.name, func(b *testing.B) {
			i := 0
			for b.Loop() {
				if allowed, err := e.Allow(requests[i%len(requests)]); err != nil || !allowed {
					b.Fatalf("%v, %v", allowed, err)
				}
				i++
			}
		})
		e.Close()
	}
}

// BenchmarkWasmStart measures from the bytes of policy.wasm to conditions that answered once: a process that finds machine
// code in its folder, and one that has to compile.
func BenchmarkWasmStart(b *testing.B) {
	p := compileWasm(b, read(b, "../examples/springfield"))
	start := func(folder string) {
		r := wasm.NewRuntime(folder)
		c, err := r.Conditions(p.module, wasm.Options{})
		if err != nil {
			b.Fatal(err)
		}
		c.Close()
		if err := r.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("cold", func(b *testing.B) {
		for b.Loop() {
			start("")
		}
	})
	b.Run("warm", func(b *testing.B) {
		folder := b.TempDir() + "/compiled"
		start(folder)
		for b.Loop() {
			start(folder)
		}
	})
}

// BenchmarkWasmCloud measures loading the cloud roles with 10,000 subjects into one instance whose machine code is there,
// and how much memory it has then.
func BenchmarkWasmCloud(b *testing.B) {
	p := compileWasm(b, cloud(b))
	folder := b.TempDir() + "/compiled"
	p.engine(b, wasm.NewRuntime(folder)).Close()
	for b.Loop() {
		r := wasm.NewRuntime(folder)
		e := p.engine(b, r)
		b.ReportMetric(float64(r.Usage().Bytes)/(1<<20), "MiB")
		e.Close()
	}
	b.ReportMetric(float64(len(p.data))/(1<<20), "MiB-JSON")
}
