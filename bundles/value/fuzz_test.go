package value_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"math/big"
	"strings"
	"testing"

	"github.com/lictor-dev/lictor/bundles/value"
)

// stricter are the reasons for which Parse refuses what encoding/json accepts.
var stricter = []string{"duplicate member", "invalid UTF-8", "lone surrogate", "nested too deeply", "number out of range"}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		typical, `[1,-2.5e3,"\ud83d\ude00\u0000",null,true,{"a":{"b":[]}}]`, `{"a":1,"a":2}`, "\"\xff\"", `1e400`, `[[[[]]]]`, ` 0.10 `, `"\ud800"`, `9007199254740993`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		_, v, err := value.Parse(nil, text)
		if err != nil {
			var syntax *value.SyntaxError
			if !errors.As(err, &syntax) || syntax.Offset < 0 || syntax.Offset > len(text) {
				t.Fatalf("%q: %T %+v", text, err, err)
			}
			if json.Valid(text) && !excused(syntax.Reason) {
				t.Fatalf("%q is valid JSON, refused: %v", text, err)
			}
			return
		}
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.UseNumber()
		var oracle any
		if err := decoder.Decode(&oracle); err != nil || !json.Valid(text) {
			t.Fatalf("%q was accepted, encoding/json: %v", text, err)
		}
		if !same(v, oracle) {
			t.Fatalf("%q was read as %s", text, value.AppendJSON(nil, v))
		}
		if checked, err := value.Check(v); err != nil || len(checked) != len(v) {
			t.Fatalf("%q: Check: %v", text, err)
		}
		again := value.AppendJSON(nil, v)
		if _, back, err := value.Parse(nil, again); err != nil || !bytes.Equal(back, v) {
			t.Fatalf("%q became %s, which reads back otherwise: %v", text, again, err)
		}
		if !value.Equal(v, v) {
			t.Fatalf("%q does not equal itself", text)
		}
	})
}

func excused(reason string) bool {
	for _, s := range stricter {
		if strings.Contains(reason, s) {
			return true
		}
	}
	return false
}

// same compares a value with what encoding/json made of the same text.
func same(v value.Value, oracle any) bool {
	switch o := oracle.(type) {
	case nil:
		return v.Kind() == value.Null
	case bool:
		return v.Kind() == value.True && o || v.Kind() == value.False && !o
	case string:
		return v.Kind() == value.String && v.Text() == o
	case json.Number:
		if len(o) > 500 || strings.Trim(o.String(), "-0.") == "" || strings.HasPrefix(strings.Trim(o.String(), "-0."), "e") {
			return v.IsNumber() // not worth the memory of an exact fraction
		}
		want, ok := new(big.Rat).SetString(o.String())
		got, _ := new(big.Rat).SetString(string(value.AppendJSON(nil, v)))
		return v.IsNumber() && ok && want.Cmp(got) == 0
	case []any:
		items, n := v.Items(), 0
		for ; n < len(o); n++ {
			if _, item, ok := items.Next(); !ok || !same(item, o[n]) {
				return false
			}
		}
		return v.Kind() == value.Array && v.Len() == n
	case map[string]any:
		for name := range o {
			if !same(v.Get(name), o[name]) {
				return false
			}
		}
		return v.Kind() == value.Object && v.Len() == len(o)
	default:
		return false
	}
}

// FuzzCheck sees that whatever Check accepts can be walked.
func FuzzCheck(f *testing.F) {
	for _, s := range []string{typical, `[1,2.5,1e30,"x",{"a":[]}]`} {
		_, v, err := value.Parse(nil, []byte(s))
		if err != nil {
			f.Fatal(err)
		}
		f.Add([]byte(v))
	}
	f.Add([]byte{10, 1, 0, 0, 0, 1, 0, 0, 0, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		v, err := value.Check(b)
		if err != nil {
			return
		}
		if len(v) != v.Size() || len(v) > len(b) {
			t.Fatalf("%v: size %d, %d bytes", b, v.Size(), len(v))
		}
		walk(t, v, 0)
		value.AppendJSON(nil, v)
		value.Equal(v, v)
		value.Order(v, v)
		value.Contains(v, v)
	})
}

func walk(t *testing.T, v value.Value, depth int) {
	t.Helper()
	if depth > value.MaxDepth+1 || v.Kind() == value.Missing {
		t.Fatalf("depth %d, kind %d", depth, v.Kind())
	}
	_, _ = v.Text(), v.Int()
	n := 0
	for items := v.Items(); ; n++ {
		_, item, ok := items.Next()
		if !ok {
			break
		}
		walk(t, item, depth+1)
	}
	if n != v.Len() {
		t.Fatalf("%d items, Len %d", n, v.Len())
	}
}

func FuzzOrder(f *testing.F) {
	for _, a := range numbers {
		f.Add(a, numbers[0])
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		for _, text := range []string{a, b} {
			_, v, err := value.Parse(nil, []byte(text))
			if err != nil || !v.IsNumber() || len(text) > 500 || strings.TrimSpace(text) != text {
				return
			}
			if mantissa := strings.Trim(text, "-0."); mantissa == "" || mantissa[0] == 'e' || mantissa[0] == 'E' {
				return
			}
		}
		checkOrder(t, a, b)
	})
}
