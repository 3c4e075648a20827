package value_test

import (
	"testing"

	"github.com/lictor-dev/lictor/bundles"
	"github.com/lictor-dev/lictor/bundles/value"
)

func FuzzAppendCanonical(f *testing.F) {
	for _, text := range []string{
		`{"b":[1,2.5,{"z":null,"a":true}],"a":"<>&\\u003c\u2028\n"}`, `{"<":1,"\\":2,"\n":3,"":4}`, `[]`, `{}`, `"x"`, `-1`, `"\\\\u003c"`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		_, v, err := value.Parse(nil, text)
		if err != nil {
			return
		}
		want, err := bundles.Canonical(value.AppendJSON(nil, v))
		if err != nil {
			t.Fatal(err)
		}
		if got := value.AppendCanonical(nil, v); string(got) != string(want) {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	})
}
