package rego_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/compiler/condition"
	"github.com/lictor-dev/lictor/compiler/diag"
	"github.com/lictor-dev/lictor/compiler/rego"
	"github.com/lictor-dev/lictor/compiler/source"
	opawasm "github.com/lictor-dev/lictor/compiler/wasm"
	"github.com/lictor-dev/lictor/runtime/conformance"
	"github.com/lictor-dev/lictor/runtime/conformance/generate"
	"github.com/lictor-dev/lictor/runtime/decision"
	"github.com/lictor-dev/lictor/runtime/wasm"
)

// leaf reads an item that must be one that only Rego can evaluate.
func leaf(t *testing.T, text string) policy.Rego {
	t.Helper()
	e, list := condition.Parse([]source.Text{{Value: text, Pos: diag.Pos{File: "a.yaml", Line: 1, Col: 1}}}, nil)
	if len(list) > 0 {
		t.Fatalf("%s: %v", text, list)
	}
	r, ok := e.(policy.Rego)
	if !ok {
		t.Fatalf("%s is evaluated natively, as %s", text, condition.Text(e))
	}
	return r
}

// both evaluates the items of conditions in OPA and in its wasm.
type both struct {
	opa   *opa
	wasm  *wasm.Conditions
	rules map[string]string // names of rules by the text of the item
}

// newBoth compiles items, with modules of the project's own.
func newBoth(t *testing.T, texts []string, modules map[string]string) *both {
	t.Helper()
	m := &policy.Model{Namespace: "default"}
	for _, text := range texts {
		m.Conditions = append(m.Conditions, policy.Condition{Text: text, Expr: leaf(t, text)})
	}
	b := &both{opa: load(t, m, modules), rules: map[string]string{}}
	for i, r := range m.Rego() {
		b.rules[r.Text] = policy.RegoName(i + 1)
	}
	out, err := rego.Generate(m)
	if err != nil {
		t.Fatal(err)
	}
	members := out.Members()
	for name, text := range modules {
		members[name] = []byte(text)
	}
	compiled, err := opawasm.Compile(t.Context(), members, rego.Entrypoints)
	if err != nil {
		t.Fatal(err)
	}
	runtime := wasm.NewRuntime("")
	t.Cleanup(func() { _ = runtime.Close() })
	if b.wasm, err = runtime.Conditions(compiled, wasm.Options{Deadline: 10e9}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.wasm.Close)
	return b
}

// ask returns what both engines say, which must be the same: "true", "false" or "unknown".
func (b *both) ask(t *testing.T, text, environment string) string {
	t.Helper()
	rule := b.rules[strings.TrimSpace(text)]
	answer := b.opa.ask(t, "conditions", `{"conditions":["`+rule+`"],"environment":`+environment+`}`)
	answer = strings.TrimSuffix(strings.TrimPrefix(answer, `{"`+rule+`":`), "}")
	if answer == "{" {
		answer = "unknown"
	}
	fromWasm := map[decision.Truth]string{decision.True: "true", decision.False: "false", decision.Unknown: "unknown"}[b.wasm.Condition(rule, []byte(environment))]
	if answer != fromWasm {
		t.Errorf("%s\nin %s: OPA says %s, its wasm %s", text, environment, answer, fromWasm)
	}
	for f := range wasm.FailureCount {
		if n := b.wasm.Failures(wasm.Failure(f)); n > 0 {
			t.Fatalf("%s\nin %s: wasm failed: %s", text, environment, wasm.Failure(f))
		}
	}
	return answer
}

const customModule = `package custom

default ok := false

ok if input.context.ok == true

default double(_) := 0

double(n) := n * 2

default limits := {}

limits := {"low": 1, "high": 3}

admins contains "ann"
`

// TestPortable evaluates what is true, false and unknown in OPA and in its wasm. What stands before "|" is the
// environment's context.
func TestPortable(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text string
		want []string // context -> value
	}{
		{`context.xs[_] == "a"`, []string{`{"xs":["b","a"]} true`, `{"xs":["b"]} false`, `{"xs":[]} false`, `{} unknown`, `{"xs":"a"} unknown`, `{"xs":{"k":"a"}} true`, `{"xs":[9007199254740993,"a"]} unknown`}},
		{`not context.xs[_] == "a"`, []string{`{"xs":["b","a"]} false`, `{"xs":["b"]} true`, `{"xs":[]} true`, `{} unknown`, `{"xs":null} unknown`}},
		{`count([x | some x in context.xs; x.a > 3]) > 1`, []string{`{"xs":[{"a":4},{"a":5}]} true`, `{"xs":[{"a":4},{"a":2}]} false`, `{"xs":[{"a":4},{"a":5},{}]} unknown`, `{"xs":[{"a":4},{"a":5},{"a":"z"}]} unknown`, `{"xs":3} unknown`}},
		{`every x in context.xs { x > 1 }`, []string{`{"xs":[2,3]} true`, `{"xs":[2,1]} false`, `{"xs":[]} true`, `{"xs":[2,"z"]} unknown`, `{"xs":7} unknown`, `{} unknown`}},
		{`every k, v in context.m { startswith(k, "a"); some y in v; y == k }`, []string{`{"m":{"ab":["ab"]}} true`, `{"m":{"ab":["b"]}} false`, `{"m":{"ab":"ab"}} unknown`, `{"m":{"b":"ab"}} false`, `{"m":[["x"]]} unknown`}},
		{`(context.a == 1) == false`, []string{`{"a":1} false`, `{"a":2} true`, `{"a":"1"} true`, `{} unknown`}},
		{`not (context.a == 1) == false`, []string{`{"a":1} true`, `{"a":2} false`, `{} unknown`}},
		{`some u in context.us; u.role == "admin"; u.level > count(context.ys)`, []string{`{"us":[{"role":"admin","level":3}],"ys":[]} true`, `{"us":[{"role":"x"}],"ys":[]} false`, `{"us":[{"role":"admin"}],"ys":[]} unknown`, `{"us":[],"ys":[]} false`, `{"us":[]} unknown`, `{"us":[{}],"ys":[]} unknown`}},
		{`context.kind == "a"; some x in context.xs; x.b`, []string{`{"kind":"a","xs":[{"b":true}]} true`, `{"kind":"b","xs":[{"b":true}]} false`, `{"kind":"b","xs":[{}]} unknown`, `{"kind":"a","xs":[{"b":"yes"}]} unknown`, `{"kind":"a","xs":[{"b":false}]} false`}},
		{`x := context.a; y := x.b; y == x.c`, []string{`{"a":{"b":1,"c":1}} true`, `{"a":{"b":1,"c":2}} false`, `{"a":{"b":1}} unknown`, `{} unknown`}},
		{`x := context.a`, []string{`{"a":false} true`, `{} unknown`}},
		{`some x in context.xs`, []string{`{"xs":[false]} true`, `{"xs":[]} false`, `{} unknown`}},
		{`some i; context.xs[i] == context.ys[i]`, []string{`{"xs":[1,2],"ys":[3,2]} true`, `{"xs":[1,2],"ys":[3,4]} false`, `{"xs":[1,2],"ys":[1]} unknown`, `{"xs":{"a":1},"ys":{"a":1}} true`, `{"xs":{"a":1},"ys":[1]} unknown`}},
		{`some k, v in context.m; k == v`, []string{`{"m":{"a":"a"}} true`, `{"m":{"a":"b"}} false`, `{"m":[1,1]} true`, `{"m":[1,2]} false`}},
		{`some k, v in {"a", context.a}; k == v; k == "b"`, []string{`{"a":"b"} true`, `{"a":"c"} false`, `{} unknown`}},
		{`{k: v | some k, v in context.m; v > 1} == {"a": 2}`, []string{`{"m":{"a":2,"b":1}} true`, `{"m":{"a":3}} false`, `{"m":{"a":"2"}} unknown`, `{"m":[2]} unknown`}},
		{`{x.k: x.v | some x in context.xs} == {"a": 1}`, []string{`{"xs":[{"k":"a","v":1},{"k":"a","v":1}]} true`, `{"xs":[{"k":"a","v":1},{"k":"a","v":2}]} unknown`, `{"xs":[]} false`}},
		{`[a, b] := context.p; a < b`, []string{`{"p":[1,2]} true`, `{"p":[2,1]} false`, `{"p":[1]} unknown`, `{"p":[1,2,3]} unknown`, `{"p":{"0":1,"1":2}} unknown`, `{"p":"ab"} unknown`, `{"p":[1,"z"]} unknown`, `{} unknown`}},
		{`some {"a": q} in context.xs; q == 1`, []string{`{"xs":[{"a":1}]} true`, `{"xs":[{"b":1}]} unknown`, `{"xs":[{"a":1},{"a":1,"b":1}]} unknown`, `{"xs":[{"a":1},7]} unknown`, `{"xs":[]} false`, `{"xs":[{"a":2}]} false`}},
		{`some x; [x, 2] = context.p; x == 1`, []string{`{"p":[1,2]} true`, `{"p":[1,3]} false`, `{"p":[1,"2"]} false`, `{"p":[2,2]} false`, `{"p":[1]} unknown`, `{"p":7} unknown`, `{} unknown`}},
		{`not [_, 2] = context.p`, []string{`{"p":[1,2]} false`, `{"p":[1,3]} true`, `{"p":[1]} unknown`, `{} unknown`}},
		{`some v; {"k": v, "l": [1, "a"]} = context.o; v > 1`, []string{`{"o":{"k":2,"l":[1,"a"]}} true`, `{"o":{"k":1,"l":[1,"a"]}} false`, `{"o":{"k":2,"l":[1]}} false`, `{"o":{"k":2,"l":7}} false`, `{"o":{"l":[1,"a"]}} unknown`, `{"o":[]} unknown`}},
		{`some [x, [y, {}]] in context.xs; x == y`, []string{`{"xs":[[1,[1,{}]]]} true`, `{"xs":[[1,[2,{}]]]} false`, `{"xs":[[1,[1,{"a":1}]]]} false`, `{"xs":[[1,[1,{}]],[1,2]]} unknown`, `{"xs":[[2]]} unknown`, `{"xs":{"a":[1,[1,{}]]}} true`}},
		{`some "a", [_, y] in context.m; y == 1`, []string{`{"m":{"a":[1,1]}} true`, `{"m":{"b":[1,1]}} false`, `{"m":{"b":7}} unknown`}},
		{`some x in []; [a, b] := context.p; a == x`, []string{`{"p":[1,2]} false`, `{"p":[1]} unknown`, `{} unknown`}},
		{`some x; [x, x] = context.p`, []string{`{"p":[1,1]} true`, `{"p":[1,2]} false`, `{"p":[1,"1"]} false`, `{"p":[1]} unknown`}},
		{`some x in []; every y in context.ys { y.b }`, []string{`{"ys":[{"b":true}]} false`, `{"ys":[{"b":false}]} false`, `{"ys":[{}]} unknown`, `{"ys":7} unknown`, `{} unknown`}},
		{`some x in context.xs; every y in context.ys { y.b }; x == 1`, []string{`{"xs":[1],"ys":[{"b":true}]} true`, `{"xs":[1],"ys":[{"b":false}]} false`, `{"xs":[2],"ys":[{"b":true}]} false`, `{"xs":[],"ys":[{}]} unknown`, `{"xs":["a"],"ys":[]} false`}},
		{`count([x | some x in []; every y in context.ys { some z in y; z.b }]) == 0`, []string{`{"ys":[[{"b":true}]]} true`, `{"ys":[[{}]]} unknown`, `{"ys":[7]} unknown`}},
		{`every x in [] { every y in context.ys { y.b } }`, []string{`{"ys":[{"b":false}]} true`, `{"ys":[{}]} unknown`}},
		{`context.a = 3`, []string{`{"a":3} true`, `{"a":"3"} false`, `{} unknown`}},
		{`not context.a = 3`, []string{`{"a":3} false`, `{"a":"3"} true`, `{} unknown`}},
		{`subject == context.s`, []string{`{"s":{"type":"user","id":"ann","properties":{"level":3}}} true`, `{"s":{}} false`, `{} unknown`}},
		{`count(context) == 1`, []string{`{"a":1} true`, `{} false`}},
		{`resource.properties[context.name] == 1`, []string{`{"name":"a"} true`, `{"name":"b"} false`, `{"name":"c"} unknown`, `{"name":1} unknown`, `{} unknown`}},
		{`context.xs[0] == 1`, []string{`{"xs":[1]} true`, `{"xs":[2]} false`, `{"xs":[]} unknown`, `{"xs":{"0":1}} unknown`}},
		{`context.xs[context.i] == 1`, []string{`{"xs":[1],"i":0} true`, `{"xs":[1],"i":0.0} true`, `{"xs":[1],"i":-1} unknown`, `{"xs":[1],"i":0.5} unknown`, `{"xs":[1],"i":9} unknown`, `{"xs":[1],"i":"0"} unknown`, `{"xs":[1],"i":1e300} unknown`}},
		{`{"a": context.a, "b": [context.b, {1, context.a}]}.b[0] == 2`, []string{`{"a":1,"b":2} true`, `{"a":1,"b":3} false`, `{"a":1} unknown`, `{"b":2} unknown`, `{"a":9007199254740993,"b":2} unknown`}},
		{`{1, 2} == {x | some x in context.xs}`, []string{`{"xs":[1,2,1]} true`, `{"xs":[1]} false`, `{"xs":null} unknown`}},
		{`count(context.xs) > 0; not context.xs[0].a; context.b == true`, []string{`{"xs":[{"a":false}],"b":true} true`, `{"xs":[{"a":true}],"b":true} false`, `{"xs":[],"b":true} unknown`, `{"xs":[{"a":0}],"b":true} unknown`}},
		{`[y | some x in context.xs; some y in x.ys; y != 2] == [1, 3]`, []string{`{"xs":[{"ys":[1,2]},{"ys":[3]}]} true`, `{"xs":[{"ys":[1]}]} false`, `{"xs":[{"ys":[1]},{}]} unknown`}},
		{`some x in context.xs; not x.off; not x.gone == true`, []string{`{"xs":[{"off":false,"gone":false}]} true`, `{"xs":[{"off":true}]} false`, `{"xs":[{"off":false}]} unknown`}},
		{`some x in context.xs; every y in x.ys { y == x.z }`, []string{`{"xs":[{"ys":[1],"z":1}]} true`, `{"xs":[{"ys":[1],"z":2}]} false`, `{"xs":[{"ys":[]}]} true`, `{"xs":[{"ys":[1]}]} unknown`}},
		{`some x in context.xs; count([y | some y in x.ys; y > x.z]) == 1`, []string{`{"xs":[{"ys":[1,2],"z":1}]} true`, `{"xs":[{"ys":[1,2],"z":0}]} false`, `{"xs":[{"ys":[1,2]}]} unknown`, `{"xs":[{"ys":[]}]} false`}},
		{`"a", 1 in context.m`, []string{`{"m":{"a":1}} true`, `{"m":{"a":2}} false`, `{"m":{"b":1}} false`, `{"m":[1]} false`, `{"m":3} unknown`}},
		{`data.custom.ok`, []string{`{"ok":true} true`, `{"ok":1} false`, `{} false`}},
		{`data.custom.double(context.n) == 4`, []string{`{"n":2} true`, `{"n":3} false`, `{"n":"2"} false`, `{} unknown`}},
		{`data.custom.limits[context.name] == 3`, []string{`{"name":"high"} true`, `{"name":"low"} false`, `{"name":"x"} unknown`}},
		{`data.custom.limits.high == context.n`, []string{`{"n":3} true`, `{"n":4} false`, `{} unknown`}},
		{`subject.id in data.custom.admins`, []string{`{} true`}},
		{`data.custom.double(2)`, []string{`{} unknown`}},
		{"context.xs[_] == `a#\"` # comment\ncontext.b # other", []string{"{\"xs\":[\"a#\\\"\"],\"b\":true} true", "{\"xs\":[\"a\"],\"b\":true} false"}},
		{`context.xs[_].y[_] > 1`, []string{`{"xs":[{"y":[1]},{"y":[2]}]} true`, `{"xs":[{"y":[1]},{"y":[]}]} false`, `{"xs":[{"y":[5]},{}]} unknown`}},
		{`context.xs[i].y == i`, []string{`{"xs":[{"y":1},{"y":1}]} true`, `{"xs":[{"y":1}]} false`}},
	}
	var texts []string
	for _, tt := range tests {
		if tt.want != nil {
			texts = append(texts, tt.text)
		}
	}
	b := newBoth(t, texts, map[string]string{"custom/custom.rego": customModule})
	for i, tt := range tests {
		for _, want := range tt.want {
			at := strings.LastIndexByte(want, ' ')
			environment := `{"subject":{"type":"user","id":"ann","properties":{"level":3}},"resource":{"type":"doc","properties":{"a":1,"b":2}},"now":5,"token":{},"action":{"properties":{}},"context":` + want[:at] + `}`
			text := tt.text
			if strings.Contains(text, "#") {
				text = leaf(t, text).Text
			}
			if got := b.ask(t, text, environment); got != want[at+1:] {
				t.Errorf("%d: %s\nin %s is %s, want %s", i, tt.text, want[:at], got, want[at+1:])
			}
		}
	}
}

// TestGeneratedItems reads the items of generated models as the compiler would.
func TestGeneratedItems(t *testing.T) {
	t.Parallel()
	found := map[string]bool{}
	for seed := range uint64(40) {
		for _, want := range generate.RegoModel(seed).Rego() {
			found[want.Text] = true
			if got := leaf(t, want.Text); got != want {
				t.Errorf("%s reads %b, not %b", want.Text, got.Reads, want.Reads)
			}
		}
	}
	if len(found) < 15 {
		t.Errorf("%d items", len(found))
	}
}

// TestItemsMeanWhatNativeOnesDo turns native conditions into items that only Rego can evaluate, by an expression beside
// them that is always true, and compares OPA on these with the reference engine on the native ones.
func TestItemsMeanWhatNativeOnesDo(t *testing.T) {
	t.Parallel()
	models, turned := uint64(25), 0
	if testing.Short() {
		models = 5
	}
	for seed := range models {
		native, m := generate.Model(seed), generate.Model(seed)
		for i := range m.Conditions {
			if e := m.Conditions[i].Expr; !hasList(e) && isStatement(e) {
				m.Conditions[i].Expr = leaf(t, condition.Text(e)+"; [1][0] == 1")
				turned++
			}
		}
		o, s, engine := load(t, m), generate.NewSampler(native, seed), conformance.NewReference(native)
		for i := range 40 {
			compare(t, fmt.Sprintf("seed %d request %d", seed, i), m, o, engine, s.Next())
		}
	}
	t.Logf("%d conditions", turned)
	if turned < int(models) {
		t.Errorf("only %d conditions", turned)
	}
}

// hasList reports whether an expression holds what only lists of definitions can say.
func hasList(e policy.Expr) bool {
	c, ok := e.(policy.Call)
	return ok && (c.Op == policy.And || c.Op == policy.Or || slices.ContainsFunc(c.Args, hasList))
}

// isStatement reports whether the text of an expression is read back: "not" stands only before a whole one, and nothing else
// than a value that may be a boolean stands alone.
func isStatement(e policy.Expr) bool {
	body := []source.Text{{Value: condition.Text(e) + "; [1][0] == 1", Pos: diag.Pos{File: "a.yaml", Line: 1, Col: 1}}}
	_, list := condition.Parse(body, nil)
	return !list.HasErrors()
}

// TestManyItems evaluates items whose Rego alone takes more memory than OPA's modules ask for.
func TestManyItems(t *testing.T) {
	t.Parallel()
	var texts []string
	for i := range 150 {
		texts = append(texts, fmt.Sprintf(`some x in context.xs; x.level > %d; x.kind == "kind %d"`, i, i))
	}
	b := newBoth(t, texts, nil)
	for i, text := range texts {
		if i%30 > 0 {
			continue
		}
		if got := b.ask(t, text, fmt.Sprintf(`{"context":{"xs":[{"level":%d,"kind":"kind %d"}]}}`, i+1, i)); got != "true" {
			t.Errorf("%s is %s", text, got)
		}
	}
}

// TestLargeItem evaluates one of the largest items that are accepted.
func TestLargeItem(t *testing.T) {
	t.Parallel()
	all := []string{`some x in context.xs`}
	for i := range 190 {
		all = append(all, fmt.Sprintf(`lower(x.a[%d]) == "b"`, i))
	}
	text := strings.Join(all, "; ")
	b := newBoth(t, []string{text}, nil)
	for item, want := range map[string]string{`"B"`: "true", `"C"`: "false", `7`: "unknown"} {
		environment := `{"context":{"xs":[{"a":[` + strings.Repeat(`"b",`, 189) + item + `]}]}}`
		if got := b.ask(t, text, environment); got != want {
			t.Errorf("with %s at the end it is %s, want %s", item, got, want)
		}
	}
}

// TestTwoValues asks for a rule of the project's own that has two values, which ends OPA's wasm: it is unknown, and what is
// asked next is answered.
func TestTwoValues(t *testing.T) {
	t.Parallel()
	const text = `data.custom.level == 1`
	b := newBoth(t, []string{text}, map[string]string{"custom/a.rego": "package custom\n\ndefault level := 0\n\nlevel := 1 if input.context.a\n\nlevel := 2 if input.context.b\n"})
	for range 20 {
		for environment, want := range map[string]decision.Truth{
			`{"context":{"a":true,"b":true}}`:  decision.Unknown,
			`{"context":{"a":true,"b":false}}`: decision.True,
			`{"context":{"b":true}}`:           decision.False,
		} {
			if got := b.wasm.Condition(b.rules[text], []byte(environment)); got != want {
				t.Fatalf("in %s it is %v, want %v", environment, got, want)
			}
		}
	}
	failed := uint64(0)
	for f := range wasm.FailureCount {
		failed += b.wasm.Failures(wasm.Failure(f))
	}
	if failed != 20 {
		t.Errorf("%d failures are counted", failed)
	}
}
