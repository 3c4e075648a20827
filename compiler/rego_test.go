package compiler_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

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

// TestRegoReadsTime sees that a test needs a time when a condition in Rego may read it: it names now, or calls a rule.
func TestRegoReadsTime(t *testing.T) {
	t.Parallel()
	tests := map[string]bool{
		`context.xs[_] == 1`:      false,
		`context.xs[_] == now`:    true,
		`data.custom.ok == false`: true,
	}
	for when, needs := range tests {
		files := fstest.MapFS{
			"a.yaml": {Data: []byte("lictor: v1\nroles: {r: {birthright: {types: [user]}, policies: [{permission: a, decision: ALLOW, when: '" + when + "'}]}}\n" +
				"subjects: {ann: {}}\ntests: [{name: n, subject: ann, permission: a, context: {xs: [2]}, expect: DENY}]\n")},
			"custom/a.rego": {Data: []byte("package custom\n\ndefault ok := true\n")},
		}
		r, err := compiler.Compile(t.Context(), files, compiler.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var codes []string
		for _, d := range r.Diagnostics {
			codes = append(codes, d.Code)
		}
		if slices.Contains(codes, "E0702") != needs || !needs && len(codes) > 0 {
			t.Errorf("%s: %q", when, codes)
		}
	}
}

// TestTwoValues compiles a module with a rule that has two values for what is asked. That only a test of the definitions hits the
// rule changes nothing.
func TestTwoValues(t *testing.T) {
	t.Parallel()
	const tested = "tests: [{name: n, subject: ann, permission: a, context: {both: [7]}, now: 5, expect: DENY}]\n"
	for when, tests := range map[string]string{"input.subject.id": "", "input.context.both == [7]": tested} {
		files := fstest.MapFS{
			"a.yaml": {Data: []byte("lictor: v1\nroles: {r: {birthright: {types: [user]}, policies: [{permission: a, decision: ALLOW, when: data.custom.level == 1}]}}\n" +
				"subjects: {ann: {}}\n" + tests)},
			"rules.rego": {Data: []byte("package custom\n\ndefault level := 0\n\nlevel := 1 if input.subject.type\n\nlevel := 2 if " + when + "\n")},
		}
		r, err := compiler.Compile(t.Context(), files, compiler.Options{})
		if err != nil {
			t.Fatal(err)
		}
		said := fmt.Sprint(r.Diagnostics)
		if !strings.Contains(said, "rules.rego:7:1: error E0610: ") || r.Bundle != nil || r.Manifest != nil {
			t.Errorf("%s: %s", when, said)
		}
	}
}
