package wasm_test

import (
	"testing"
	"testing/fstest"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/compiler/check"
	"github.com/lictor-dev/lictor/compiler/custom"
	"github.com/lictor-dev/lictor/compiler/lower"
	"github.com/lictor-dev/lictor/compiler/rego"
	"github.com/lictor-dev/lictor/compiler/source"
	opawasm "github.com/lictor-dev/lictor/compiler/wasm"
	"github.com/lictor-dev/lictor/runtime/conformance"
	"github.com/lictor-dev/lictor/runtime/conformance/native"
	"github.com/lictor-dev/lictor/runtime/decision"
	"github.com/lictor-dev/lictor/runtime/table"
	"github.com/lictor-dev/lictor/runtime/wasm"
)

// compiled is a policy in the forms that these tests need.
type compiled struct {
	model        *policy.Model
	module, data []byte
}

// compile compiles definitions as a bundle holds them.
func compile(tb testing.TB, c *conformance.Case) *compiled {
	tb.Helper()
	definitions, list := source.Load(c.Files)
	list = append(list, check.Run(definitions)...)
	model, more := lower.Lower(definitions)
	if list = append(list, more...); list.HasErrors() {
		tb.Fatalf("the definitions do not compile: %v", list)
	}
	generated, err := rego.Generate(model)
	if err != nil {
		tb.Fatal(err)
	}
	modules, more := custom.Read(definitions)
	if more.HasErrors() {
		tb.Fatalf("the modules do not compile: %v", more)
	}
	generated.Add(modules)
	module, err := opawasm.Compile(tb.Context(), generated.Members(), rego.Entrypoints)
	if err != nil {
		tb.Fatal(err)
	}
	return &compiled{model, module, generated.Data}
}

// files are definitions in one file.
func files(text string) *conformance.Case {
	return &conformance.Case{Files: fstest.MapFS{"policy.yaml": &fstest.MapFile{Data: []byte(text), Mode: 0o644}}}
}

func newRuntime(tb testing.TB) *wasm.Runtime {
	tb.Helper()
	r := wasm.NewRuntime("")
	tb.Cleanup(func() {
		if err := r.Close(); err != nil {
			tb.Error(err)
		}
	})
	return r
}

func newEngine(tb testing.TB, r *wasm.Runtime, c *compiled, o wasm.Options) *wasm.Engine {
	tb.Helper()
	e, err := r.Engine(c.module, c.data, c.model.Grammar(), o)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(e.Close)
	return e
}

// ask returns a request for a permission string.
func ask(tb testing.TB, c *compiled, subject, permissions string) *decision.Request {
	tb.Helper()
	p, err := c.model.Grammar().Parse(permissions)
	if err != nil {
		tb.Fatal(err)
	}
	r := &decision.Request{Subject: decision.Subject{Type: "user", ID: subject}, Now: conformance.Now}
	r.Permissions = append(r.Permissions, p)
	return r
}

// mixed returns the table engine that asks policy.wasm for what only Rego can evaluate.
func mixed(tb testing.TB, r *wasm.Runtime, c *compiled, o wasm.Options) (*table.Engine, *wasm.Conditions) {
	tb.Helper()
	conditions, err := r.Conditions(c.module, o)
	if err != nil {
		tb.Fatal(err)
	}
	return native.Open(tb, c.model, conditions), conditions
}
