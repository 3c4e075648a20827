package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lictor-dev/lictor/bundles"
	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/tables"
)

// wasmBundle is a bundle with the given policy.wasm and a policy of each kind of condition.
func wasmBundle(t *testing.T, module string) *bundles.Bundle {
	t.Helper()
	rego := func(text string) policy.Expr { return policy.Rego{Text: text} }
	native := policy.Call{Op: policy.IsString, Args: []policy.Expr{policy.Ref{Root: policy.Context, Path: []string{"x"}}}}
	m := &policy.Model{Namespace: "default", Files: []string{"a.yaml"}, Conditions: []policy.Condition{
		{Text: "native", Expr: native},
		{Text: "both", Expr: policy.Call{Op: policy.And, Args: []policy.Expr{native, rego("b"), rego("a")}}},
		{Text: "one\n\tline", Expr: rego("b")},
	}}
	table, err := tables.Build(m)
	if err != nil {
		t.Fatal(err)
	}
	d := bundles.Draft{Revision: "r1", Compiler: "v", Parts: map[string][]byte{bundles.DataName: []byte(`{}`), bundles.TablesName: table}}
	if module != "" {
		d.Parts[bundles.WasmName] = []byte(module)
	}
	var file bytes.Buffer
	if err := d.Write(&file); err != nil {
		t.Fatal(err)
	}
	b, err := bundles.Open(&file, bundles.Options{AllowUnsigned: true})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// twoRules is a module with the rules r1 and c3 and a function of OPA. The first calls both others.
const twoRules = "\x00asm\x01\x00\x00\x00" + "\x03\x04\x03\x00\x00\x00" +
	"\x0a\x11\x03\x07\x00\x10\x01\x10\x02\x01\x0b\x03\x00\x01\x0b\x03\x00\x01\x0b" +
	"\x00\x4b\x04name\x01\x44\x03" + "\x00\x1cg0.data.lictor.conditions.r1" + "\x01\x1cg0.data.lictor.conditions.c3" + "\x02\x05opa_f"

func TestConditionsSayWhereTheyRun(t *testing.T) {
	t.Parallel()
	const heading = "RULE  RUNS IN      POLICIES  OPERATIONS  CALLS  INSTRUCTIONS  CONDITION\n"
	for name, test := range map[string]struct{ module, want string }{
		"counted": {twoRules, "policy.wasm  110 bytes, 5 instructions in 3 functions\n" + heading +
			"c1    tables       0         1           0      -             native\n" +
			"c2    both         0         2           2      -             both\n" +
			"c3    policy.wasm  0         0           1      1             one  line\n" +
			"r1    policy.wasm  -         -           -      4             a\n" +
			"r2    policy.wasm  -         -           -      -             b\n"},
		"unknown": {"\x00asm\x01\x00\x00\x00\x0a\x06\x01\x04\x00\xfd\x00\x0b", "policy.wasm  16 bytes, wasm module, byte 13: unknown instruction 0xfd\n" + heading +
			"c1    tables       0         1           0      -             native\n" +
			"c2    both         0         2           2      -             both\n" +
			"c3    policy.wasm  0         0           1      -             one  line\n" +
			"r1    policy.wasm  -         -           -      -             a\n" +
			"r2    policy.wasm  -         -           -      -             b\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i, err := newInspected(wasmBundle(t, test.module))
			if err != nil {
				t.Fatal(err)
			}
			var out strings.Builder
			if err := i.writeConditions(&out); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, out.String()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestInspectBundleWithoutWasm(t *testing.T) {
	t.Parallel()
	i, err := newInspected(wasmBundle(t, ""))
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	i.write(&out)
	if i.Wasm != nil || !strings.Contains(out.String(), "\npolicy.wasm  none\n") || !strings.Contains(out.String(), "\n  policy.wasm  one  line\n") {
		t.Errorf("%+v\n%s", i.Wasm, &out)
	}
}
