package manifest_test

import (
	"bytes"
	"testing"

	"github.com/lictor-dev/lictor/bundles"
	"github.com/lictor-dev/lictor/bundles/manifest"
)

// texts are in canonical form and not, with every escape there is.
var texts = []string{
	`{"a":1,"b":[true,false,null,"x"]}`, `{"b":1,"a":1}`, `{"a":1,"a":2}`, `{"a": 1}`, ``, `[]`, `{}`, `[1,]`, `01`, `-0`, `1.50e+7`, `1.`, `.5`,
	`"\"\\\n\r\t\b\f\u0000\u001f\u2028\u2029"`, `"\u000a"`, `"\/"`, `"\u003c"`, `"<"`, `"\u001F"`, `"\ud800"`, "\"\u2028\"", "\"\x01\"", "\"\xff\"",
	`{"\n":1,"a":2}`, `{"a":1,"\n":2}`, `{"\"":1,"#":2}`, `{"\\":1,"]":2}`, `{"[":1,"\\":2}`, `{"\u2028":1,"ÿ":2}`, `{"ÿ":1,"\u2028":2}`,
	`{"\n":1,"\n":2}`, `{"a\n":1,"a\u000b":2}`, `{"\u000b":1,"\n":2}`, `1 `, `nul`, `"a`, `{"a":1`, `{"a"}`, `{1:2}`,
}

// TestIsCanonical compares with package bundles, which writes the canonical form by encoding/json.
func TestIsCanonical(t *testing.T) {
	t.Parallel()
	for _, text := range texts {
		canonical, err := bundles.Canonical([]byte(text))
		want := err == nil && string(canonical) == text
		if got := manifest.IsCanonical([]byte(text)); got != want {
			t.Errorf("%q: %t, want %t (%q, %v)", text, got, want, canonical, err)
		}
	}
}

func FuzzIsCanonical(f *testing.F) {
	for _, text := range texts {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		canonical, err := bundles.Canonical(text)
		want := err == nil && bytes.Equal(canonical, text)
		if got := manifest.IsCanonical(text); got != want {
			t.Fatalf("%q: %t, want %t (%q, %v)", text, got, want, canonical, err)
		}
		if err == nil && !manifest.IsCanonical(canonical) {
			t.Fatalf("%q is canonical", canonical)
		}
	})
}
