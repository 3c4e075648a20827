package agree_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/open-policy-agent/opa/v1/ast"
	oparego "github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/util"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/compiler/check"
	"github.com/lictor-dev/lictor/compiler/diag"
	"github.com/lictor-dev/lictor/compiler/lower"
	"github.com/lictor-dev/lictor/compiler/rego"
	"github.com/lictor-dev/lictor/compiler/source"
	"github.com/lictor-dev/lictor/runtime/conformance"
)

// compile turns a case's definitions into a model.
func compile(t *testing.T, c *conformance.Case) *policy.Model {
	t.Helper()
	definitions, list := source.Load(c.Files)
	if !list.HasErrors() {
		list = append(list, check.Run(definitions)...)
	}
	var model *policy.Model
	if !list.HasErrors() {
		var more diag.List
		model, more = lower.Lower(definitions)
		list = append(list, more...)
	}
	if list.HasErrors() {
		t.Fatalf("the definitions do not compile: %v", list)
	}
	return model
}

// TestConformance runs every case against the reference engine, the table engine and OPA.
func TestConformance(t *testing.T) {
	t.Parallel()
	cases, err := conformance.Cases()
	if err != nil {
		t.Fatal(err)
	}
	for i := range cases {
		c := &cases[i]
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			model := compile(t, c)
			t.Run("reference", func(t *testing.T) { conformance.Run(t, c, model, conformance.NewReference(model)) })
			t.Run("table", func(t *testing.T) { conformance.Run(t, c, model, open(t, model)) })
			t.Run("opa", func(t *testing.T) { runOPA(t, c, model) })
		})
	}
}

// runOPA puts the inputs of a case to OPA as they are. A malformed one has no decision and allow is
// false.
func runOPA(t *testing.T, c *conformance.Case, model *policy.Model) {
	t.Helper()
	query := prepare(t, model)
	for i := range c.Requests {
		r := &c.Requests[i]
		if !r.Plain() || r.Code == "" && r.Malformed == "" {
			continue
		}
		var asked any
		if err := util.UnmarshalJSON(r.Input, &asked); err != nil {
			t.Fatal(err)
		}
		results, err := query.Eval(t.Context(), oparego.EvalInput(asked))
		if err != nil || len(results) != 1 {
			t.Fatalf("%s: %v, %v", r.Input, results, err)
		}
		want := said{Decision: r.Decision, Code: r.Code, Policies: r.Policies, Allow: r.Decision == "ALLOW"}
		if diff := cmp.Diff(want, read(t, model, results[0].Bindings["x"])); diff != "" {
			t.Errorf("%s (-want +got):\n%s", r.Input, diff)
		}
	}
}

// said is what OPA says of a request; no decision when it is malformed.
type said struct {
	Decision, Code string
	Policies       []string
	Allow          bool
}

func prepare(t *testing.T, model *policy.Model) oparego.PreparedEvalQuery {
	t.Helper()
	out, err := rego.Generate(model)
	if err != nil {
		t.Fatal(err)
	}
	var data any
	if err := util.UnmarshalJSON(out.Data, &data); err != nil {
		t.Fatal(err)
	}
	options := []func(*oparego.Rego){
		oparego.Query("x := {\"allow\": data.lictor.authz.allow, \"decisions\": [d | d := data.lictor.authz.decision]}"),
		oparego.SetRegoVersion(ast.RegoV1), oparego.Store(inmem.NewFromObject(map[string]any{"lictor": data})),
	}
	for _, m := range out.Modules {
		options = append(options, oparego.Module(m.Path, string(m.Text)))
	}
	query, err := oparego.New(options...).PrepareForEval(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return query
}

func read(t *testing.T, model *policy.Model, result any) said {
	t.Helper()
	text, err := json.Marshal(result)
	if err != nil {
		t.Fatal(err)
	}
	var answer struct {
		Allow     bool
		Decisions []struct {
			Decision, Code string
			Policies       []policy.ID
		}
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	s := said{Allow: answer.Allow}
	for _, d := range answer.Decisions {
		s.Decision, s.Code = d.Decision, d.Code
		if !slices.IsSorted(d.Policies) {
			t.Errorf("ids are not sorted: %s", text)
		}
		for _, id := range d.Policies {
			s.Policies = append(s.Policies, conformance.PolicyText(model, id))
		}
	}
	return s
}
