package rego_test

import (
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/compiler/condition"
	"github.com/lictor-dev/lictor/compiler/diag"
	"github.com/lictor-dev/lictor/compiler/rego"
	"github.com/lictor-dev/lictor/compiler/source"
)

// FuzzItem writes what the compiler accepts as Rego that OPA takes in strict mode. Modules are parsed as they are: there is
// one fuzzer in a process, but opa fmt writes into terms that all modules share, so nothing else may run beside it.
func FuzzItem(f *testing.F) {
	f.Add(`context.xs[_].y[i] == i; not subject.properties.x[_] = 1`)
	f.Add("some k, [a, {\"b\": _}] in context.xs\nevery x in a { x == k; some y in x; y }")
	f.Add(`{k: [v, 1][0] | some k, v in context.m; v > count({x | x := token.a[_]})}.a == concat(",", ["a", context.b])`)
	f.Add(`[a, b] = context.p; some z; [z, 2] = a; (z in b) == false`)
	f.Add(`not context.a = [1, {2}]; x := {"a": set()}[context.k]; x - {1} == set(); 1, 2 in context`)
	f.Fuzz(func(t *testing.T, text string) {
		e, list := condition.Parse([]source.Text{{Value: text, Pos: diag.Pos{File: "a.yaml", Line: 1, Col: 1}}}, nil)
		item, ok := e.(policy.Rego)
		if list.HasErrors() || !ok || item.Reads == policy.AllRoots && strings.Contains(text, "data") {
			return
		}
		out, err := rego.Generate(&policy.Model{Namespace: "default", Conditions: []policy.Condition{{Text: item.Text, Expr: item}}})
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		modules := map[string]*ast.Module{}
		for _, m := range out.Modules {
			switch m.Path {
			case "lictor/portable.rego", "lictor/builtins.rego", "lictor/operators.rego":
				modules[m.Path] = ast.MustParseModuleWithOpts(string(m.Text), ast.ParserOptions{RegoVersion: ast.RegoV1})
			}
		}
		c := ast.NewCompiler().WithStrict(true)
		if c.Compile(modules); c.Failed() {
			t.Fatalf("%q: %v\n%s", text, c.Errors, modules["lictor/portable.rego"])
		}
	})
}
