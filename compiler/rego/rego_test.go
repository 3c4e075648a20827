package rego_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/format"
	oparego "github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/util"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/compiler/rego"
	"github.com/lictor-dev/lictor/runtime/conformance/generate"
)

// opa is a policy loaded into OPA, compiled in strict mode.
type opa struct {
	compiler *ast.Compiler
	data     map[string]any
	queries  map[string]oparego.PreparedEvalQuery
}

func load(t testing.TB, m *policy.Model, custom ...map[string]string) *opa {
	t.Helper()
	out, err := rego.Generate(m)
	if err != nil {
		t.Fatal(err)
	}
	modules := map[string]*ast.Module{}
	for _, module := range out.Modules {
		parsed, err := ast.ParseModuleWithOpts(module.Path, string(module.Text), ast.ParserOptions{RegoVersion: ast.RegoV1, ProcessAnnotation: true})
		if err != nil {
			t.Fatalf("%s: %v\n%s", module.Path, err, module.Text)
		}
		modules[module.Path] = parsed
	}
	for _, texts := range custom {
		for path, text := range texts {
			modules[path] = ast.MustParseModuleWithOpts(text, ast.ParserOptions{RegoVersion: ast.RegoV1})
		}
	}
	o := &opa{compiler: ast.NewCompiler().WithStrict(true), queries: map[string]oparego.PreparedEvalQuery{}}
	if o.compiler.Compile(modules); o.compiler.Failed() {
		t.Fatal(o.compiler.Errors)
	}
	var data any
	if err := util.UnmarshalJSON(out.Data, &data); err != nil {
		t.Fatal(err)
	}
	o.data = map[string]any{"lictor": data}
	store := inmem.NewFromObjectWithOpts(o.data, inmem.OptRoundTripOnWrite(false))
	for name, query := range queries {
		q, err := oparego.New(oparego.Query("result := "+query), oparego.Compiler(o.compiler), oparego.Store(store)).PrepareForEval(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		o.queries[name] = q
	}
	return o
}

var queries = map[string]string{
	"allow": "data.lictor.authz.allow", "decision": "data.lictor.authz.decision", "policies": "data.lictor.authz.policies",
	"scopes": "data.lictor.authz.scopes", "conditions": "data.lictor.authz.conditions",
	"atoms": "data.lictor.request.atoms(input)", "meaning": "data.lictor.scope.meaning(input.item)",
}

// ask returns the answer to a query as JSON, "undefined" when there is none.
func (o *opa) ask(t testing.TB, query, input string) string {
	t.Helper()
	answer, err := o.eval(query, input)
	if err != nil {
		t.Fatalf("%s of %s: %v", query, input, err)
	}
	return answer
}

func (o *opa) eval(query, input string) (string, error) {
	var parsed any
	if err := util.UnmarshalJSON([]byte(input), &parsed); err != nil {
		return "", err
	}
	results, err := o.queries[query].Eval(context.Background(), oparego.EvalInput(parsed))
	if err != nil || len(results) == 0 {
		return "undefined", err
	}
	b, err := json.Marshal(results[0].Bindings["result"])
	return string(b), err
}

// TestModulesAreFormatted runs alone: opa fmt writes into terms that all modules of a process share.
func TestModulesAreFormatted(t *testing.T) {
	for seed := range uint64(30) {
		out, err := rego.Generate(generate.RegoModel(seed))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range out.Modules {
			formatted, err := format.SourceWithOpts(m.Path, m.Text, format.Opts{RegoVersion: ast.RegoV1})
			if err != nil {
				t.Fatal(err)
			}
			if string(formatted) != string(m.Text) {
				t.Errorf("seed %d: opa fmt changes %s to\n%s", seed, m.Path, formatted)
			}
		}
	}
}

func TestModulesPassStrictCheck(t *testing.T) {
	t.Parallel()
	load(t, &policy.Model{Namespace: "default"})
	for seed := range uint64(30) {
		load(t, generate.RegoModel(seed))
	}
}
