package agree_test

import (
	"testing"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/compiler/check"
	"github.com/lictor-dev/lictor/compiler/diag"
	"github.com/lictor-dev/lictor/compiler/lower"
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

// TestConformance runs every case against the reference engine and the table engine. OPA has its own
// run beside the generated Rego.
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
		})
	}
}
