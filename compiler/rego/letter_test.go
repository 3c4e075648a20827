package rego_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/lictor-dev/lictor/bundles/permission"
)

// TestCaseOfLetters maps the case of every character in OPA and in its wasm: both do as Go does, except for the letters that
// every engine leaves unknown.
func TestCaseOfLetters(t *testing.T) {
	t.Parallel()
	const lower, upper = `some i, x in context.xs; lower(x) != context.lower[i]`, `some i, x in context.xs; upper(x) != context.upper[i]`
	b := newBoth(t, []string{lower, upper}, nil)
	ask := func(xs ...string) string {
		t.Helper()
		var lowered, uppered []string
		for _, x := range xs {
			lowered, uppered = append(lowered, strings.ToLower(x)), append(uppered, strings.ToUpper(x))
		}
		text, err := json.Marshal(map[string]any{"context": map[string]any{"xs": xs, "lower": lowered, "upper": uppered}})
		if err != nil {
			t.Fatal(err)
		}
		differs := b.ask(t, lower, string(text))
		if got := b.ask(t, upper, string(text)); got != differs {
			t.Errorf("%q: lower %s, upper %s", xs, differs, got)
		}
		return differs
	}
	var texts []string
	var some strings.Builder
	last := rune(unicode.MaxRune)
	if testing.Short() {
		last = 0x3000 // most letters that have a case
	}
	for r := range last {
		switch {
		case !utf8.ValidRune(r):
		case !permission.HasNewCase(string(r)):
			some.WriteRune(r)
		case unicode.ToLower(r) == r && unicode.ToUpper(r) == r: // within a range, and nothing yet
		default:
			if got := ask("a" + string(r) + "a"); got != "unknown" {
				t.Errorf("%U: %s", r, got)
			}
		}
		if r&0xFF == 0xFF {
			texts = append(texts, some.String())
			some.Reset()
		}
	}
	for len(texts) > 0 {
		n := min(len(texts), 16)
		if got := ask(texts[:n]...); got != "false" {
			t.Errorf("case is mapped otherwise than in Go in a text from %q on: %s", texts[0][:20], got)
		}
		texts = texts[n:]
	}
	if got := ask("Éß-Ωſ", "plain", ""); got != "false" {
		t.Error(got)
	}
}
