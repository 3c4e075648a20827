package value_test

import (
	"bytes"
	"errors"
	"math"
	"testing"

	"github.com/lictor-dev/lictor/bundles/value"
)

// TestCheckRefuses has an encoding that breaks each rule of FORMAT.md that Check proves.
func TestCheckRefuses(t *testing.T) {
	t.Parallel()
	number := func(kind, sign byte, exponent int32, digits string) []byte {
		e := uint32(exponent)
		b := []byte{kind, sign, byte(e), byte(e >> 8), byte(e >> 16), byte(e >> 24), byte(len(digits)), byte(len(digits) >> 8)}
		return append(b, digits...)
	}
	nested := func(depth int) []byte {
		var b []byte
		for range depth {
			b = append(value.Begin(nil, value.Array), b...)
			b = value.End(b, 0, min(1, len(b)-9))
		}
		return b
	}
	tests := map[string][]byte{
		"F1 nothing":                  {},
		"F1 missing":                  {0},
		"F1 unknown kind":             {11},
		"F2 short integer":            {4, 1, 2, 3},
		"F2 integer beyond 2^53":      {4, 1, 0, 0, 0, 0, 0, 0x20, 0},
		"F2 integer below -2^53":      {4, 0, 0, 0, 0, 0, 0, 0, 0x80},
		"F3 head cut":                 {5, 0, 1, 0},
		"F3 no digits":                number(5, 0, 0, ""),
		"F3 digits cut":               number(5, 0, 0, "123")[:10],
		"F3 too many digits":          number(5, 0, 0, string(bytes.Repeat([]byte("1"), 401))),
		"F3 exponent too large":       number(6, 0, 401, "1"),
		"F3 exponent too small":       number(5, 0, -401, "1"),
		"F3 not digits":               number(5, 0, 0, "1a"),
		"F4 leading zero":             number(5, 0, 0, "01"),
		"F4 trailing zero":            number(5, 0, 0, "10"),
		"F5 integer as Decimal":       number(5, 0, 1, "5"),
		"F5 small integer as Big":     number(6, 0, 1, "5"),
		"F5 2^53 as Big":              number(6, 0, 16, "9007199254740992"),
		"F5 long fraction as Decimal": number(5, 0, 0, "1234567890123456789"),
		"F5 short fraction as Big":    number(6, 0, 0, "123456789012345678"),
		"F6 sign":                     number(5, 2, 0, "1"),
		"F7 length cut":               {7, 1, 0},
		"F7 text cut":                 {7, 2, 0, 0, 0, 'a'},
		"F7 length of 4 GiB":          {7, 0xff, 0xff, 0xff, 0xff, 'a'},
		"F7 name beyond its object":   {9, 1, 0, 0, 0, 5, 0, 0, 0, 9, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1},
		"F8 head cut":                 {8, 0, 0, 0, 0},
		"F8 items cut":                {8, 1, 0, 0, 0, 2, 0, 0, 0, 1},
		"F8 fewer items than counted": {8, 2, 0, 0, 0, 1, 0, 0, 0, 1},
		"F8 more items than counted":  {8, 1, 0, 0, 0, 2, 0, 0, 0, 1, 1},
		"F8 item beyond its array":    {8, 1, 0, 0, 0, 2, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0},
		"F8 a member without a value": {9, 1, 0, 0, 0, 5, 0, 0, 0, 1, 0, 0, 0, 'a'},
		"F8 4 billion items of none":  {8, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0},
		"F9 nested 66 deep":           nested(66),
	}
	for name, b := range tests {
		v, err := value.Check(b)
		if !errors.Is(err, value.ErrEncoding) || v != nil {
			t.Errorf("%s: %v, %v", name, v, err)
		}
	}
	if _, err := value.Check(nested(65)); err != nil {
		t.Errorf("65 deep: %v", err)
	}
	for _, b := range [][]byte{number(6, 1, 16, "9007199254740993"), number(5, 0, -400, "1"), number(6, 0, 400, "1")} {
		if _, err := value.Check(b); err != nil {
			t.Errorf("%v: %v", b, err)
		}
	}
}

func TestAppendPassesCheck(t *testing.T) {
	t.Parallel()
	integers := []int64{0, 1, -1, value.MaxInteger, -value.MaxInteger, value.MaxInteger + 1, -value.MaxInteger - 1, math.MaxInt64, math.MinInt64, 1e18}
	b := value.Begin(nil, value.Object)
	count := 0
	add := func(v []byte) {
		b = value.AppendKey(b, string(rune('a'+count)))
		b = append(b, v...)
		count++
	}
	for _, n := range integers {
		add(value.AppendInt(nil, n))
	}
	add(value.AppendNull(nil))
	add(value.AppendBool(nil, true))
	add(value.AppendBool(nil, false))
	add(value.AppendString(nil, "text"))
	b = value.End(b, 0, count)
	v, err := value.Check(b)
	if err != nil || v.Len() != count {
		t.Fatalf("%v, %d members", err, v.Len())
	}
	want := `{"a":0,"b":1,"c":-1,"d":9007199254740992,"e":-9007199254740992,"f":9007199254740993,"g":-9007199254740993,` +
		`"h":9223372036854775807,"i":-9223372036854775808,"j":1000000000000000000,"k":null,"l":true,"m":false,"n":"text"}`
	if got := string(value.AppendJSON(nil, v)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if v.Get("f").Kind() != value.Big || v.Get("d").Kind() != value.Integer || v.Get("d").Int() != value.MaxInteger {
		t.Error("kinds of integers around 2^53")
	}
}
