package callers_test

import (
	"bytes"
	"crypto/sha256"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"

	"github.com/lictor-dev/lictor/cmd/internal/serve/callers"
	"github.com/lictor-dev/lictor/edge/caller"
)

var (
	one = callers.DigestOf("one")
	two = callers.DigestOf("two")
)

// secret looks as keys do.
const secret = "lictor_AbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_AbCdE"

func TestRead(t *testing.T) {
	t.Parallel()
	text := "callers:\n  gateway: {sha256: [" + one + ", \"" + two + "\"], explain: true}\n  shop:\n    sha256: " + callers.DigestOf("three") + "\n"
	got, err := callers.Read("callers.yaml", []byte(text))
	gateway := &caller.Caller{Name: "gateway", Explain: true}
	want := map[caller.Digest]*caller.Caller{
		sha256.Sum256([]byte("one")): gateway, sha256.Sum256([]byte("two")): gateway,
		sha256.Sum256([]byte("three")): {Name: "shop"},
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if got, err := callers.Read("callers.yaml", []byte("callers: {}\n")); len(got) != 0 || err != nil {
		t.Errorf("nobody: %v, %v", got, err)
	}
}

// mistaken are files that are refused, with what is said about them.
var mistaken = []struct {
	name, text string
	want       []string
}{
	{"empty", "", []string{`callers.yaml:1:1: key "callers" is missing (callers: the programs that may ask, by name)`}},
	{"nothing", "callers:\n", []string{"callers.yaml:1:1: expected a mapping, got nothing"}},
	{"no digest", "callers: {a: {}}\n", []string{
		`callers.yaml:1:14: key "sha256" is missing (sha256: SHA-256 of its API key, in hexadecimal; several while keys are rotated)`,
	}},
	{"no key in a list", "callers: {a: {sha256: []}}\n", []string{"callers.yaml:1:23: expected at least one item, got an empty list"}},
	{"two mistakes", "callers:\n  a: {sha256: " + one + ", explian: true}\n  b: {sha256: x}\n", []string{
		`callers.yaml:2:81: key "explian" is not known here (did you mean "explain"?)`,
		`callers.yaml:3:15: ` + noDigest,
	}},
	{"upper case", "callers: {a: {sha256: " + strings.ToUpper(one) + "}}\n", []string{"callers.yaml:1:23: " + noDigest}},
	{"a key", "callers: {a: {sha256: " + secret + "}}\n", []string{"callers.yaml:1:23: " + noDigest}},
	{"a key in a list", "callers: {a: {sha256: [" + one + ", {" + secret + ": 1}]}}\n", []string{"callers.yaml:1:90: " + noDigest}},
	{"a key in the place of an object", "callers: {a: " + secret + "}\n", []string{"callers.yaml:1:14: expected a mapping, got text"}},
	{"a key as a name", "callers: {" + secret + ": {sha256: " + one + "}}\n", []string{"callers.yaml:1:11: the name of a caller looks like a key"}},
	{"a key as a key", "callers: {a: {sha256: " + one + ", " + secret + ": x}}\n", []string{
		`callers.yaml:1:89: key "lictor_…" is not known here (known keys: sha256, explain)`,
	}},
	{"a key for a flag", "callers: {a: {sha256: " + one + ", explain: " + secret + "}}\n", []string{"callers.yaml:1:98: expected true or false, got text"}},
	{"a key twice", "callers: {a: {sha256: " + one + "}, b: {sha256: [" + two + "," + one + "]}}\n", []string{
		`callers.yaml:1:168: the key of "b" is there already, as one of "a"`,
	}},
	{"not YAML", "callers: {a: \"" + secret + "\n", []string{"callers.yaml:2:1: while scanning a quoted scalar: found unexpected end of stream"}},
	{"a tag", "callers: !" + secret + " {}\n", []string{
		`callers.yaml:1:10: tags are not read: "!lictor_…" (put quotes around text instead)`,
	}},
	{"an anchor", "callers: *" + secret + "\n", []string{"callers.yaml:1:10: unknown anchor 'lictor_…' referenced"}},
}

const noDigest = `expected the SHA-256 of a key: 64 hexadecimal digits in lower case ("lictor key" makes a key and prints its digest; a key itself must not stand in a file)`

// TestMistakes says what is wrong and repeats no key.
func TestMistakes(t *testing.T) {
	t.Parallel()
	for _, tt := range mistaken {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			known, err := callers.Read("callers.yaml", []byte(tt.text))
			if err == nil || known != nil {
				t.Fatalf("%v, %v", known, err)
			}
			if diff := cmp.Diff(tt.want, strings.Split(err.Error(), "\n")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if strings.Contains(err.Error(), secret[8:]) {
				t.Error("the key is in the error")
			}
		})
	}
}

func TestSchema(t *testing.T) {
	t.Parallel()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(callers.Schema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("callers.json", document); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("callers.json")
	if err != nil {
		t.Fatal(err)
	}
	valid := func(text string) bool {
		var value any
		return yaml.Unmarshal([]byte(text), &value) == nil && value != nil && schema.Validate(value) == nil
	}
	if !valid("callers: {a: {sha256: [" + one + ", " + two + "], explain: false}, b: {sha256: " + one + "}}") {
		t.Error("a good file is not valid")
	}
	for _, tt := range mistaken {
		if strings.HasPrefix(tt.name, "a key twice") || strings.HasPrefix(tt.name, "a key as a name") || tt.name == "a tag" {
			continue // beyond what a schema says
		}
		if valid(tt.text) {
			t.Errorf("%s: is valid", tt.name)
		}
	}
}

// TestNewKey makes keys that differ and that the edge takes for tokens.
func TestNewKey(t *testing.T) {
	t.Parallel()
	form := regexp.MustCompile(`^lictor_[A-Za-z0-9_-]{43}$`)
	a, b := callers.NewKey(), callers.NewKey()
	if a == b || !form.MatchString(a) || !form.MatchString(b) {
		t.Errorf("%q %q", a, b)
	}
	known, err := callers.Read("f", []byte("callers: {a: {sha256: "+callers.DigestOf(a)+"}}"))
	if err != nil {
		t.Fatal(err)
	}
	var keys caller.Keys
	keys.Replace(known)
	if who := keys.Authenticate([]byte("Bearer " + a)); who == nil || who.Name != "a" {
		t.Errorf("caller %v", who)
	}
	if keys.Authenticate([]byte("Bearer "+b)) != nil {
		t.Error("another key is let in")
	}
}

// FuzzRead lets nobody in whose digest does not stand in the file.
func FuzzRead(f *testing.F) {
	f.Add([]byte("callers: {a: {sha256: " + one + "}}"))
	for _, tt := range mistaken {
		f.Add([]byte(tt.text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		known, err := callers.Read("f", text)
		if (known == nil) != (err != nil) {
			t.Fatalf("%v, %v", known, err)
		}
		if err != nil && regexp.MustCompile(`lictor_[A-Za-z0-9_-]{8}`).MatchString(err.Error()) {
			t.Errorf("a key is in the error: %v", err)
		}
		for _, who := range known {
			if who.Name == "" {
				t.Error("a caller without a name")
			}
		}
	})
}
