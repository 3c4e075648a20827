package compiler_test

import (
	"testing"

	"github.com/lictor-dev/lictor/bundles"
	"github.com/lictor-dev/lictor/compiler"
	"github.com/lictor-dev/lictor/runtime/conformance"
)

// TestCompileWithRego compiles definitions with conditions that only Rego can evaluate, and the modules of their own.
func TestCompileWithRego(t *testing.T) {
	t.Parallel()
	cases, err := conformance.RegoCases()
	if err != nil || len(cases) < 20 {
		t.Fatalf("%d cases, %v", len(cases), err)
	}
	for i := range cases {
		if i%4 != 0 { // the others are compiled by the engines' own tests
			continue
		}
		c := &cases[i]
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			r, err := compiler.Compile(t.Context(), c.Files, compiler.Options{})
			if err != nil || r.Diagnostics.HasErrors() {
				t.Fatalf("%v\n%v", err, r.Diagnostics)
			}
			if r.Manifest.Agreement.Requests < 50 || len(r.Model.Rego()) == 0 {
				t.Errorf("agreement %+v, %d items for Rego", r.Manifest.Agreement, len(r.Model.Rego()))
			}
			members := map[string]bool{}
			for _, p := range r.Manifest.Parts {
				members[p.Name] = true
			}
			for _, name := range []string{"lictor/portable.rego", "lictor/builtins.rego", bundles.WasmName} {
				if !members[name] {
					t.Errorf("no member %s", name)
				}
			}
		})
	}
}
