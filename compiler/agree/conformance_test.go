package agree_test

import (
	"testing"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/compiler/agree"
	"github.com/lictor-dev/lictor/compiler/check"
	"github.com/lictor-dev/lictor/compiler/custom"
	"github.com/lictor-dev/lictor/compiler/diag"
	"github.com/lictor-dev/lictor/compiler/lower"
	"github.com/lictor-dev/lictor/compiler/rego"
	"github.com/lictor-dev/lictor/compiler/source"
	"github.com/lictor-dev/lictor/runtime/conformance"
	"github.com/lictor-dev/lictor/runtime/conformance/native"
	"github.com/lictor-dev/lictor/runtime/decision"
)

// compile turns a case's definitions into a model and the project's own modules.
func compile(t *testing.T, c *conformance.Case) (*policy.Model, map[string][]byte) {
	t.Helper()
	definitions, list := source.Load(c.Files)
	if !list.HasErrors() {
		list = append(list, check.Run(definitions)...)
	}
	modules, faults := custom.Read(definitions)
	list.Add(faults...)
	var model *policy.Model
	if !list.HasErrors() {
		var more diag.List
		model, more = lower.Lower(definitions)
		list = append(list, more...)
	}
	if list.HasErrors() {
		t.Fatalf("the definitions do not compile: %v", list)
	}
	return model, modules
}

// conditions evaluates in OPA what only Rego can; nil where the model has nothing of the kind.
func conditions(t *testing.T, m *policy.Model, modules map[string][]byte) decision.Conditions {
	t.Helper()
	if len(m.Rego()) == 0 {
		return nil
	}
	out, err := rego.Generate(m)
	if err != nil {
		t.Fatal(err)
	}
	out.Add(modules)
	c, err := agree.NewConditions(t.Context(), out)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestConformance runs every case against the reference engine and the table engine. OPA has its own
// run beside the generated Rego.
func TestConformance(t *testing.T) {
	t.Parallel()
	cases, err := conformance.Cases()
	if err != nil {
		t.Fatal(err)
	}
	withRego, err := conformance.RegoCases()
	if err != nil {
		t.Fatal(err)
	}
	cases = append(cases, withRego...)
	for i := range cases {
		c := &cases[i]
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			model, modules := compile(t, c)
			conditions := conditions(t, model, modules)
			t.Run("reference", func(t *testing.T) {
				conformance.Run(t, c, model, conformance.NewReferenceWith(model, conditions))
			})
			t.Run("table", func(t *testing.T) { conformance.Run(t, c, model, native.Open(t, model, conditions)) })
		})
	}
}
