package value_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/lictor-dev/lictor/bundles/value"
)

func parse(t testing.TB, text string) value.Value {
	t.Helper()
	_, v, err := value.Parse(nil, []byte(text))
	if err != nil {
		t.Fatalf("Parse(%s): %v", text, err)
	}
	return v
}

func TestParse(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text string
		kind value.Kind
		json string
	}{
		{`null`, value.Null, `null`},
		{`true`, value.True, `true`},
		{"\t\r\n false ", value.False, `false`},
		{`0`, value.Integer, `0`},
		{`-0`, value.Integer, `0`},
		{`-0.0e5`, value.Integer, `0`},
		{`0e2000000000`, value.Integer, `0`},
		{`17`, value.Integer, `17`},
		{`-999999999999999`, value.Integer, `-999999999999999`},
		{`1.0`, value.Integer, `1`},
		{`1e2`, value.Integer, `100`},
		{`1200e-2`, value.Integer, `12`},
		{`9007199254740992`, value.Integer, `9007199254740992`},
		{`-9007199254740992`, value.Integer, `-9007199254740992`},
		{`9007199254740993`, value.Big, `9007199254740993`},
		{`-9007199254740993`, value.Big, `-9007199254740993`},
		{`1e30`, value.Big, `1000000000000000000000000000000`},
		{`1E+50`, value.Big, `0.1e51`},
		{`0.1`, value.Decimal, `0.1`},
		{`0.10`, value.Decimal, `0.1`},
		{`-12.50`, value.Decimal, `-12.5`},
		{`1e-3`, value.Decimal, `0.001`},
		{`9007199254740992.5`, value.Decimal, `9007199254740992.5`},
		{`1e-300`, value.Decimal, `0.1e-299`},
		{`1e399`, value.Big, `0.1e400`},
		{`0.` + strings.Repeat("0", 400) + `1`, value.Decimal, `0.1e-400`},
		{`0.0000001e406`, value.Big, `0.1e400`},
		{`""`, value.String, `""`},
		{`"a\"\\\/\b\f\n\r\té\u0000"`, value.String, `"a\"\\/\b\f\n\r\té\u0000"`},
		{`"\ud83d\ude00"`, value.String, `"😀"`},
		{`"\uFFFD"`, value.String, `"` + "\ufffd" + `"`},
		{`[]`, value.Array, `[]`},
		{` [ 1 , [ ] , { } ] `, value.Array, `[1,[],{}]`},
		{`{}`, value.Object, `{}`},
		{`{"b":1,"a":{"b":[2]},"":null}`, value.Object, `{"b":1,"a":{"b":[2]},"":null}`},
	}
	for _, tt := range tests {
		v := parse(t, tt.text)
		if v.Kind() != tt.kind || v.Size() != len(v) {
			t.Errorf("%s: kind %d, size %d of %d", tt.text, v.Kind(), v.Size(), len(v))
		}
		if got := string(value.AppendJSON(nil, v)); got != tt.json {
			t.Errorf("%s: %s, want %s", tt.text, got, tt.json)
		}
		if back := parse(t, tt.json); string(back) != string(v) {
			t.Errorf("%s: %s reads back otherwise", tt.text, tt.json)
		}
		if checked, err := value.Check(append([]byte(v), 0xff)); err != nil || string(checked) != string(v) {
			t.Errorf("%s: Check: %v", tt.text, err)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct{ text, want string }{
		{``, "offset 0: not a JSON value"},
		{` `, "offset 1: not a JSON value"},
		{"\ufeff1", "offset 0: not a JSON value"},
		{"\x00", "offset 0: not a JSON value"},
		{`nul`, "offset 0: not a JSON value"},
		{`True`, "offset 0: not a JSON value"},
		{`nullx`, "offset 4: unexpected text after the value"},
		{`1 2`, "offset 2: unexpected text after the value"},
		{`{} //`, "offset 3: unexpected text after the value"},
		{`01`, "offset 0: not a JSON value"},
		{`-`, "offset 0: not a JSON value"},
		{`+1`, "offset 0: not a JSON value"},
		{`.5`, "offset 0: not a JSON value"},
		{`NaN`, "offset 0: not a JSON value"},
		{`1.`, "offset 2: number without digits after its point"},
		{`1e`, "offset 2: number without digits in its exponent"},
		{`1e+`, "offset 3: number without digits in its exponent"},
		{`1e400`, "offset 0: number out of range"},
		{`[1e-402]`, "offset 1: number out of range"},
		{`1e99999999999999999999`, "offset 0: number out of range"},
		{strings.Repeat("1", 401), "offset 0: number out of range"},
		{`"`, "offset 1: control character or end of text in a string"},
		{"\"a\nb\"", "offset 2: control character or end of text in a string"},
		{"\"a\xffb\"", "offset 4: invalid UTF-8 in a string"},
		{"\"\xed\xa0\x80\"", "offset 4: invalid UTF-8 in a string"},
		{`"\x"`, "offset 3: invalid escape in a string"},
		{`"\`, "offset 1: invalid escape in a string"},
		{`"\u12`, "offset 3: invalid escape in a string"},
		{`"\u12g4"`, "offset 3: invalid escape in a string"},
		{`"\ud800"`, "offset 7: lone surrogate in a string"},
		{`"\udc00\ud800"`, "offset 13: lone surrogate in a string"},
		{`"\ud800\u0041"`, "offset 13: lone surrogate in a string"},
		{`"\ud800\n"`, "offset 7: lone surrogate in a string"},
		{`[`, "offset 1: not a JSON value"},
		{`[1`, "offset 2: expected ',' or ']'"},
		{`[1,]`, "offset 3: not a JSON value"},
		{`[,1]`, "offset 1: not a JSON value"},
		{`[1 2]`, "offset 3: expected ',' or ']'"},
		{`{`, "offset 1: expected a member name"},
		{`{"a"}`, "offset 4: expected ':'"},
		{`{"a":}`, "offset 5: not a JSON value"},
		{`{"a":1,}`, "offset 7: expected a member name"},
		{`{"a":1 "b":2}`, "offset 7: expected ',' or '}'"},
		{`{1:2}`, "offset 1: expected a member name"},
		{`{'a':1}`, "offset 1: expected a member name"},
		{`{"a":1,"a":1}`, `offset 7: duplicate member "a"`},
		{`{"x":{"a":1,"\u0061":2}}`, `offset 12: duplicate member "a"`},
		{`{"` + strings.Repeat("n", 100) + `":1,"` + strings.Repeat("n", 100) + `":1}`, `offset 106: duplicate member "` + strings.Repeat("n", 64) + `"`},
		{strings.Repeat("[", 65) + strings.Repeat("]", 65), "offset 64: nested too deeply"},
		{strings.Repeat(`{"a":`, 65) + "1" + strings.Repeat("}", 65), "offset 320: nested too deeply"},
		{strings.Repeat("[", 100000), "offset 64: nested too deeply"},
	}
	for _, tt := range tests {
		dst := []byte("before")
		buf, v, err := value.Parse(dst, []byte(tt.text))
		var syntax *value.SyntaxError
		if !errors.As(err, &syntax) || err.Error() != tt.want {
			t.Errorf("%.60q: %T %v, want %s", tt.text, err, err, tt.want)
		}
		if v.Kind() != value.Missing || string(buf) != "before" {
			t.Errorf("%.60q: %q in the buffer beside the error", tt.text, buf)
		}
	}
}

func TestParseDuplicatesAmongMany(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for i := range 1000 {
		b.WriteString(`"` + strings.Repeat("k", i+1) + `":1,`)
	}
	parse(t, "{"+b.String()+`"x":1}`)
	for _, name := range []string{"k", strings.Repeat("k", 16), strings.Repeat("k", 17), strings.Repeat("k", 1000)} {
		_, _, err := value.Parse(nil, []byte("{"+b.String()+`"`+name+`":1}`))
		if err == nil || !strings.Contains(err.Error(), "duplicate member") {
			t.Errorf("%d letters: %v", len(name), err)
		}
	}
	parse(t, strings.Repeat("[", 64)+strings.Repeat("]", 64))
}

func TestParseAppends(t *testing.T) {
	t.Parallel()
	buf, first, err := value.Parse([]byte("x"), []byte(`{"a":[1]}`))
	if err != nil {
		t.Fatal(err)
	}
	buf, second, err := value.Parse(buf, []byte(`"two"`))
	if err != nil || buf[0] != 'x' {
		t.Fatalf("%v, %q", err, buf)
	}
	if second.Text() != "two" || first.Get("a").Len() != 1 || cap(first) != len(first) {
		t.Errorf("%q, %q", first, second)
	}
}

const typical = `{"subject":{"type":"user","id":"homer.simpson@springfield.com","properties":{"level":3,"tags":["a","b"]}},
	"action":{"name":"read"},"resource":{"type":"doc","id":"17","properties":{"owner":"marge","\u006cocked":false}},"context":{"ip":"10.1.2.3"}}`

func TestParseIntoAWarmBufferDoesNotAllocate(t *testing.T) {
	text := []byte(typical)
	buf, _, err := value.Parse(nil, text)
	if err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(100, func() {
		var v value.Value
		buf, v, err = value.Parse(buf[:0], text)
		if err != nil || v.Get("subject").Get("properties").Get("level").Int() != 3 || v.Get("resource").Get("properties").Get("locked").Kind() != value.False {
			t.Fatal("parsed otherwise")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestAccessorsOfOtherKinds(t *testing.T) {
	t.Parallel()
	for _, text := range []string{`null`, `true`, `1`, `1.5`, `1e30`, `"a"`, `[1]`, `{"a":1}`} {
		v := parse(t, text)
		if v.Kind() != value.Integer && v.Int() != 0 || v.Kind() != value.String && v.Text() != "" || v.Kind() < value.Array && v.Len() != 0 {
			t.Errorf("%s: Int %d, Text %q, Len %d", text, v.Int(), v.Text(), v.Len())
		}
		if v.Get("x").Kind() != value.Missing || v.Get("").Kind() != value.Missing {
			t.Errorf("%s has a member", text)
		}
	}
	var missing value.Value
	if missing.Kind() != value.Missing || missing.Size() != 0 || missing.Get("a") != nil || missing.Len() != 0 {
		t.Error("the zero Value is something")
	}
	items := missing.Items()
	if _, _, ok := items.Next(); ok {
		t.Error("the zero Value has items")
	}
}
