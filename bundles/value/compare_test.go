package value_test

import (
	"cmp"
	"math/big"
	"testing"

	"github.com/lictor-dev/lictor/bundles/value"
)

func TestEqual(t *testing.T) {
	t.Parallel()
	tests := []struct {
		a, b string
		want bool
	}{
		{`null`, `null`, true},
		{`null`, `false`, false},
		{`true`, `true`, true},
		{`true`, `false`, false},
		{`true`, `"true"`, false},
		{`1`, `1.0`, true},
		{`1`, `"1"`, false},
		{`0`, `false`, false},
		{`0.1`, `0.10`, true},
		{`0.1`, `0.1000000000000000000001`, false},
		{`9007199254740993`, `9007199254740992`, false},
		{`9007199254740993`, `9007199254740993`, true},
		{`1e30`, `1000000000000000000000000000000`, true},
		{`"a"`, `"a"`, true},
		{`"a"`, `"A"`, false},
		{`"\u00e9"`, `"é"`, true},
		{`[]`, `[]`, true},
		{`[]`, `{}`, false},
		{`[1,2]`, `[2,1]`, false},
		{`[1,2]`, `[1]`, false},
		{`[1]`, `[1,2]`, false},
		{`[1,[9007199254740993]]`, `[1,[9007199254740993]]`, true},
		{`{"a":1,"b":2}`, `{"b":2,"a":1}`, true},
		{`{"a":1}`, `{"a":1,"b":2}`, false},
		{`{"a":1,"c":2}`, `{"a":1,"b":2}`, false},
		{`{"a":null}`, `{"b":null}`, false},
		{`{"a":{"b":[1.0]}}`, `{"a":{"b":[1]}}`, true},
	}
	for _, tt := range tests {
		a, b := parse(t, tt.a), parse(t, tt.b)
		if value.Equal(a, b) != tt.want || value.Equal(b, a) != tt.want {
			t.Errorf("Equal(%s, %s) is not %v", tt.a, tt.b, tt.want)
		}
	}
	if value.Equal(nil, nil) || value.Equal(nil, parse(t, `null`)) {
		t.Error("Missing equals something")
	}
}

func TestContains(t *testing.T) {
	t.Parallel()
	box := parse(t, `[1,"a",[2],{"x":3},null]`)
	for _, text := range []string{`1.0`, `"a"`, `[2]`, `{"x":3}`, `null`} {
		if !value.Contains(box, parse(t, text)) {
			t.Errorf("%s is not found", text)
		}
	}
	for _, text := range []string{`2`, `"A"`, `[]`, `{}`, `false`} {
		if value.Contains(box, parse(t, text)) {
			t.Errorf("%s is found", text)
		}
	}
	if value.Contains(box, nil) {
		t.Error("Missing is found")
	}
}

// numbers of every shape, for comparison with exact fractions.
var numbers = []string{
	`0`, `1`, `-1`, `9`, `10`, `-10`, `0.1`, `-0.1`, `0.01`, `0.11`, `1.5`, `-1.5`, `1e2`, `99.9999`, `100`, `100.0001`, `1e-3`, `1e-400`, `-1e-400`,
	`9007199254740991`, `9007199254740992`, `9007199254740992.5`, `9007199254740993`, `-9007199254740992`, `-9007199254740993`,
	`9007199254740993.000000000000000001`, `1e30`, `1.1e30`, `-1e30`, `1e399`, `-1e399`, `123456789012345`, `1234567890123456`, `12345678901234567`,
}

func TestOrderOfNumbersIsExact(t *testing.T) {
	t.Parallel()
	for _, a := range numbers {
		for _, b := range numbers {
			checkOrder(t, a, b)
		}
	}
}

func checkOrder(t *testing.T, a, b string) {
	t.Helper()
	x, okX := new(big.Rat).SetString(a)
	y, okY := new(big.Rat).SetString(b)
	if !okX || !okY {
		t.Fatalf("%q or %q is no number", a, b)
	}
	got, ok := value.Order(parse(t, a), parse(t, b))
	if want := x.Cmp(y); !ok || got != want {
		t.Errorf("Order(%s, %s) is %d, want %d", a, b, got, want)
	}
	if value.Equal(parse(t, a), parse(t, b)) != (x.Cmp(y) == 0) {
		t.Errorf("Equal(%s, %s) is wrong", a, b)
	}
}

func TestOrderOfOthers(t *testing.T) {
	t.Parallel()
	texts := []string{``, `A`, `a`, `aa`, `b`, `é`, `😀`, "\ufffd"}
	for _, a := range texts {
		for _, b := range texts {
			got, ok := value.Order(value.AppendString(nil, a), value.AppendString(nil, b))
			if !ok || got != cmp.Compare(a, b) {
				t.Errorf("Order(%q, %q) is %d, %v", a, b, got, ok)
			}
		}
	}
	for _, pair := range [][2]string{{`1`, `"1"`}, {`null`, `null`}, {`true`, `false`}, {`[1]`, `[2]`}, {`{}`, `{}`}, {`"a"`, `null`}} {
		if _, ok := value.Order(parse(t, pair[0]), parse(t, pair[1])); ok {
			t.Errorf("%s and %s have an order", pair[0], pair[1])
		}
	}
	if _, ok := value.Order(nil, nil); ok {
		t.Error("Missing has an order")
	}
}

func TestSets(t *testing.T) {
	t.Parallel()
	build := func(kind value.Kind, items ...string) value.Value {
		dst := value.Begin(nil, kind)
		for _, item := range items {
			dst = append(dst, parse(t, item)...)
		}
		return value.End(dst, 0, len(items))
	}
	a, b := build(value.Set, `1`, `"x"`), build(value.Set, `"x"`, `1.0`)
	if !value.Equal(a, b) {
		t.Error("sets differ by order")
	}
	if value.Equal(a, build(value.Set, `1`)) || value.Equal(a, build(value.Array, `1`, `"x"`)) || value.Equal(a, build(value.Set, `1`, `"y"`)) {
		t.Error("different values are equal")
	}
	if got := string(value.AppendJSON(nil, a)); got != `[1,"x"]` {
		t.Errorf("as JSON: %s", got)
	}
	if _, err := value.Check(a); err != nil {
		t.Error(err)
	}
}
