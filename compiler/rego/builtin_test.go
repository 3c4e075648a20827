package rego_test

import (
	"context"
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
	oparego "github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/util"

	"github.com/lictor-dev/lictor/compiler/portable"
)

// calls are calls of every portable built-in beyond the operations. Values come from context.a and so on; sets, which JSON
// does not have, are made of arrays.
var calls = []string{
	`array.concat(context.a, context.b)`, `array.reverse(context.a)`, `array.slice(context.a, context.b, context.c)`,
	`base64.encode(context.a)`, `base64url.encode(context.a)`, `bits.and(context.a, context.b)`, `bits.or(context.a, context.b)`, `bits.xor(context.a, context.b)`,
	`ceil(context.a)`, `floor(context.a)`, `round(context.a)`, `concat(context.a, context.b)`, `concat(context.a, {x | some x in context.b})`,
	`format_int(context.a, context.b)`, `indexof(context.a, context.b)`, `sort(intersection({{x | some x in context.a}, {x | some x in context.b}}))`,
	`sort(union({{x | some x in context.a}, {x | some x in context.b}}))`, `is_set(context.a)`, `is_set({context.a})`,
	`max(context.a)`, `min(context.a)`, `max({x | some x in context.a})`, `min({x | some x in context.a})`, `net.cidr_intersects(context.a, context.b)`,
	`numbers.range(context.a, context.b)`, `object.filter(context.a, context.b)`, `object.get(context.a, context.b, context.c)`,
	`sort(object.keys(context.a))`, `object.remove(context.a, context.b)`, `object.remove(context.a, {x | some x in context.b})`,
	`object.union(context.a, context.b)`, `product(context.a)`, `product({x | some x in context.a})`, `replace(context.a, context.b, context.c)`,
	`sort(context.a)`, `sort({x | some x in context.a})`, `split(context.a, context.b)`, `strings.reverse(context.a)`,
	`substring(context.a, context.b, context.c)`, `sum(context.a)`, `sum({x | some x in context.a})`, `to_number(context.a)`,
	`trim(context.a, context.b)`, `trim_left(context.a, context.b)`, `trim_right(context.a, context.b)`, `type_name(context.a)`,
}

// values are put into calls: of every type, and at the edges of each.
var values = []string{
	`""`, `"a"`, `"abcabc"`, `"a,b"`, `","`, `"é"`, `"日本é"`, `"a\u0000b"`, `" \ta "`, `"👍x👍"`, `"YQ=="`, `"YQ"`, `"4pyT_-"`, `"10.0.0.0/8"`,
	`"10.1.0.0/16"`, `"::ffff:a00:0/104"`, `"fe80::/10"`, `"10.0.0.0"`, `"12"`, `"-0"`, `"007"`, `"1.5"`, `"1e3"`, `"{\"a\":1}"`, `"[1"`,
	`0`, `1`, `-1`, `2`, `10`, `16`, `1.0`, `1.5`, `-2.5`, `2147483647`, `2147483648`, `-2147483649`, `9007199254740992`, `9007199254740993`, `1e300`, `0.1`,
	`[]`, `[1,2,3]`, `[3,1,2]`, `["b","a","é"]`, `["a",1]`, `[[1],[2]]`, `[3.5,1]`, `[9007199254740993,1]`, `[9007199254740992,9007199254740992]`, `[0.1,0.2]`, `[""]`,
	`{}`, `{"a":1}`, `{"a":{"b":2},"c":[1]}`, `{"a":{"c":3}}`, `null`, `true`,
}

// few are the values for calls with three arguments.
var few = []string{`""`, `"a"`, `"abcabc"`, `"日本é"`, `0`, `1`, `-1`, `1.5`, `2147483648`, `9007199254740993`, `[1,2,3]`, `["a"]`, `{"a":1}`, `null`}

// TestBuiltins calls every portable built-in in OPA and in its wasm. Where the guarded one has a value, it is that of OPA's
// own; where it has none, it has none in both.
func TestBuiltins(t *testing.T) {
	t.Parallel()
	var texts []string
	for _, call := range calls {
		texts = append(texts, call+" == context.want")
	}
	b := newBoth(t, texts, nil)
	definite := map[string]int{}
	for i, call := range calls {
		raw := query(t, "x := "+call)
		for _, arguments := range combinations(call) {
			want := `"none"`
			if !strings.HasPrefix(call, "numbers.range") || isNear(t, arguments) { // OPA's own would not end
				want = raw(t, arguments)
			}
			environment := `{"context":` + strings.TrimSuffix(arguments, "}") + `,"want":` + want + `}}`
			switch b.ask(t, texts[i], environment) {
			case "true":
				definite[call]++
			case "false":
				t.Errorf("%s of %s is not %s", call, arguments, want)
			}
		}
		if definite[call] < 2 {
			t.Errorf("%s has a value for %d arguments", call, definite[call])
		}
	}
	everyBuiltin(t)
}

// everyBuiltin sees that no built-in is left out.
func everyBuiltin(t *testing.T) {
	t.Helper()
	all := strings.Join(calls, " ")
	for _, name := range portable.Functions() {
		if _, isOperation := portable.Operations[name]; !isOperation && !strings.Contains(all, name+"(") {
			t.Errorf("%s is not called", name)
		}
	}
}

// combinations returns what the context holds for a call, as JSON.
func combinations(call string) []string {
	var all []string
	switch {
	case strings.Contains(call, "context.c"):
		for _, a := range few {
			for _, b := range few {
				for _, c := range few {
					all = append(all, `{"a":`+a+`,"b":`+b+`,"c":`+c+`}`)
				}
			}
		}
	case strings.Contains(call, "context.b"):
		for i, a := range values {
			for j, b := range values {
				if (i+j)%4 == 0 || !testing.Short() {
					all = append(all, `{"a":`+a+`,"b":`+b+`}`)
				}
			}
		}
	default:
		for _, a := range values {
			all = append(all, `{"a":`+a+`}`)
		}
	}
	return all
}

// isNear reports whether a and b are numbers that are not far from one another.
func isNear(t *testing.T, arguments string) bool {
	t.Helper()
	var v struct{ A, B any }
	if err := json.Unmarshal([]byte(arguments), &v); err != nil {
		t.Fatal(err)
	}
	a, okA := v.A.(float64)
	b, okB := v.B.(float64)
	return okA && okB && math.Abs(a-b) < 10_000
}

// query returns what OPA gives x in a query as JSON, "none" where there is none.
func query(t *testing.T, text string) func(t *testing.T, arguments string) string {
	t.Helper()
	q, err := oparego.New(oparego.Query(strings.ReplaceAll(text, "context.", "input.")),
		oparego.SetRegoVersion(ast.RegoV1)).PrepareForEval(context.Background())
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return func(t *testing.T, arguments string) string {
		t.Helper()
		var input any
		if err := util.UnmarshalJSON([]byte(arguments), &input); err != nil {
			t.Fatal(err)
		}
		results, err := q.Eval(t.Context(), oparego.EvalInput(input))
		if err != nil || len(results) == 0 {
			return `"none"`
		}
		text, err := json.Marshal(results[0].Bindings["x"])
		if err != nil { // a number that OPA took from text as it was, such as 007
			return `"none"`
		}
		return string(text)
	}
}
