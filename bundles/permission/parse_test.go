package permission_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/lictor-dev/lictor/bundles/permission"
)

var (
	sensitive   = permission.Grammar{Namespace: "default"}
	insensitive = permission.Grammar{Namespace: "default", Case: permission.Insensitive}
)

func parse(t testing.TB, g permission.Grammar, text string) permission.Permission {
	t.Helper()
	p, err := g.Parse(text)
	if err != nil {
		t.Fatalf("Parse(%q): %v", text, err)
	}
	return p
}

func TestParse(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, text, want string }{
		{"one part", "newsletter", "default/newsletter"},
		{"any depth", "a:b:c:d:e:f", "default/a:b:c:d:e:f"},
		{"lists are sorted and unique", "a:write,read,write", "default/a:read,write"},
		{"trimmed", "  a : b , c  ", "default/a:b,c"},
		{"Unicode space is trimmed", "\u00a0a\u2003", "default/a"},
		{"empty values are dropped", "a:,b,,c,", "default/a:b,c"},
		{"wildcard", "a:*:c", "default/a:*:c"},
		{"a list with * is *", "a:b,*", "default/a:*"},
		{"a list with * before", "a:*,b", "default/a:*"},
		{"trailing wildcards stay", "a:*:*", "default/a:*:*"},
		{"inner space stays", "a:b c", "default/a:b c"},
		{"case stays", "A:b", "default/A:b"},
		{"namespace", "shop/book:read", "shop/book:read"},
		{"namespace is not folded", "Shop/book", "Shop/book"},
		{"namespace is trimmed", " shop /book", "shop/book"},
		{"only the first slash ends the namespace", "shop/a/b:c", "shop/a%2Fb:c"},
		{"a slash in later parts is ordinary", "a:/b/c", "default/a:/b/c"},
		{"namespace before a list", "shop/a,b", "shop/a,b"},
		{"namespace before *", "shop/*", "shop/*"},
		{"escaped slash is ordinary", "a%2Fb", "default/a%2Fb"},
		{"escapes", "a:%3A%2C%2A%2F%25%20", "default/a:%3A%2C%2A/%25%20"},
		{"lower-case escapes", "a:%3a", "default/a:%3A"},
		{"an escaped letter is that letter", "%61:b", "default/a:b"},
		{"escapes of one character", "%C3%A9", "default/é"},
		{"escapes in a namespace", "a%2Fb%3A/c", "a%2Fb%3A/c"},
		{"escaped star is a value beside others", "a:%2A,b", "default/a:%2A,b"},
		{"NUL is a character", "a:%00", "default/a:\x00"},
		{"sixteen parts", strings.Repeat("a:", 15) + "a", "default/" + strings.Repeat("a:", 15) + "a"},
	}
	for _, tt := range tests {
		p := parse(t, sensitive, tt.text)
		if got := p.String(); got != tt.want {
			t.Errorf("%s: Parse(%q) is %q, want %q", tt.name, tt.text, got, tt.want)
		}
		if back := parse(t, sensitive, p.String()); !back.Equal(&p) {
			t.Errorf("%s: %q does not read back", tt.name, p.String())
		}
	}
}

func TestParseFoldsInsensitive(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"Doc:READ:Ä":   "default/doc:read:ä",
		"a:B,b":        "default/a:b",
		"Shop/A":       "Shop/a",
		"a:%41":        "default/a:a",
		"a:\u212a":     "default/a:k",
		"ΑΣ":           "default/ασ",
		"Straße":       "default/straße",
		"a:%C3%89":     "default/a:é",
		"%2A:b":        "default/%2A:b",
		"x/Y/Z:RÉSUMÉ": "x/y%2Fz:résumé",
	} {
		p := parse(t, insensitive, text)
		if got := p.String(); got != want {
			t.Errorf("Parse(%q) is %q, want %q", text, got, want)
		}
	}
}

// TestFoldIsIdempotent holds for every character, so that canonical text reads back.
func TestFoldIsIdempotent(t *testing.T) {
	t.Parallel()
	for r := rune(0); r <= 0x10ffff; r++ {
		if once := insensitive.Fold(string(r)); insensitive.Fold(once) != once {
			t.Errorf("%U folds to %q and then to %q", r, once, insensitive.Fold(once))
		}
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	var many []string
	for i := range 65 {
		many = append(many, string(rune('0'+i)))
	}
	wide := strings.ReplaceAll(strings.Join(many[:64], ","), ",:", "") // holds ':' escaped below
	wide = strings.ReplaceAll(wide, ":", "%3A")
	tests := []struct {
		name, text, reason string
		offset             int
	}{
		{"empty", "", "is empty", 0},
		{"blank", " \t\n", "is empty", 0},
		{"no value between", "a::b", "has a part without a value", 2},
		{"no value at the end", "a:", "has a part without a value", 2},
		{"no value at the start", ":a", "has a part without a value", 0},
		{"only commas", "a:,,", "has a part without a value", 2},
		{"a comma", ",", "has a part without a value", 0},
		{"a colon", ":", "has a part without a value", 0},
		{"blank part", "a: :b", "has a part without a value", 2},
		{"star at the end of a value", "a:b*", "has a '*' inside a value", 2},
		{"star in a value", "a:b*c", "has a '*' inside a value", 2},
		{"two stars", "**", "has a '*' inside a value", 0},
		{"star in a list", "a:b,c*", "has a '*' inside a value", 4},
		{"escape cut short", "a:%2", "followed by two hexadecimal digits", 2},
		{"lone percent", "a:b%", "followed by two hexadecimal digits", 3},
		{"escape not hexadecimal", "a:%zz", "followed by two hexadecimal digits", 2},
		{"escape half hexadecimal", "a:%2g", "followed by two hexadecimal digits", 2},
		{"escapes not UTF-8", "a:%FF", "not valid UTF-8", 2},
		{"half a character", "a:%C3", "not valid UTF-8", 2},
		{"text not UTF-8", "a:\xff", "not valid UTF-8", 0},
		{"empty namespace", "/x", "empty namespace", 0},
		{"blank namespace", " /x", "empty namespace", 1},
		{"namespace and nothing", "x/", "has a part without a value", 2},
		{"namespace and no first part", "x/:a", "has a part without a value", 2},
		{"star as namespace", "*/x", "not one literal name", 0},
		{"star in a namespace", "a*/x", "not one literal name", 0},
		{"list as namespace", "a,b/x", "not one literal name", 0},
		{"bad escape in a namespace", "%/x", "followed by two hexadecimal digits", 0},
		{"seventeen parts", strings.Repeat("a:", 16) + "a", "more than 16 parts", 32},
		{"sixty-five values", "a:" + strings.ReplaceAll(strings.Join(many, ","), ":", "%3A"), "more than 64 values", -1},
		{"sixty-five times one value", "a:" + strings.Repeat("x,", 64) + "x", "more than 64 values", -1},
		{"too many atoms", wide + ":" + wide, "more than 1024 atoms", -1},
		{"atoms that overflow", strings.Repeat(wide+":", 15) + wide, "more than 1024 atoms", -1},
		{"too long", strings.Repeat("a", 4097), "longer than 4096 bytes", 0},
	}
	for _, tt := range tests {
		for _, g := range []permission.Grammar{sensitive, insensitive} {
			p, err := g.Parse(tt.text)
			var syntax *permission.SyntaxError
			switch {
			case !errors.As(err, &syntax):
				t.Errorf("%s: error %v of type %T", tt.name, err, err)
				continue
			case !strings.Contains(syntax.Reason, tt.reason):
				t.Errorf("%s: reason %q, want %q", tt.name, syntax.Reason, tt.reason)
			case tt.offset >= 0 && syntax.Offset != tt.offset:
				t.Errorf("%s: offset %d, want %d", tt.name, syntax.Offset, tt.offset)
			case len(err.Error()) > 250:
				t.Errorf("%s: error of %d bytes", tt.name, len(err.Error()))
			}
			if p.Len() != 0 {
				t.Errorf("%s: a permission beside the error", tt.name)
			}
		}
	}
}

func TestParseAcceptsTheLimits(t *testing.T) {
	t.Parallel()
	if p := parse(t, sensitive, strings.Repeat("a", permission.MaxBytes)); p.Len() != 1 {
		t.Error("4096 bytes")
	}
	values := make([]string, 32)
	for i := range values {
		values[i] = string(rune('a' + i))
	}
	list := strings.Join(values, ",")
	if p := parse(t, sensitive, list+":"+list); p.Atoms() != permission.MaxAtoms {
		t.Errorf("%d atoms", p.Atoms())
	}
	if p := parse(t, sensitive, "a:"+strings.Repeat("x,", 63)+"x"); len(p.Values(1)) != 1 {
		t.Errorf("%q", p.String())
	}
}

func TestParseIntoReuses(t *testing.T) {
	var p permission.Permission
	for _, text := range []string{"a:b,c:d:e", "x", "shop/*:y", "a:b,c:d:e"} {
		if err := sensitive.ParseInto(&p, text); err != nil {
			t.Fatal(err)
		}
		if fresh := parse(t, sensitive, text); !fresh.Equal(&p) {
			t.Errorf("%q into reused storage is %q", text, p.String())
		}
	}
	if err := sensitive.ParseInto(&p, "a::"); err == nil || p.Len() != 0 || p.Namespace() != "" {
		t.Errorf("after an error: %v, %d parts", err, p.Len())
	}
	text := "newsletter:read,write:17"
	if n := testing.AllocsPerRun(100, func() {
		if err := insensitive.ParseInto(&p, text); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("ParseInto allocates %v times", n)
	}
	kept := p.Clone()
	if err := sensitive.ParseInto(&p, "z:y,x:w"); err != nil || kept.String() != "default/newsletter:read,write:17" {
		t.Errorf("the clone became %q", kept.String())
	}
}

func TestSetLiteral(t *testing.T) {
	tests := []struct {
		name                       string
		typ, action, id, attribute string
		want                       string
	}{
		{"plain", "doc", "read", "1", "", "default/doc:read:1"},
		{"attribute", "doc", "read", "1", "title", "default/doc:read:1:title"},
		{"nothing is parsed", "doc", "read:public", "*", "a,b", "default/doc:read%3Apublic:%2A:a%2Cb"},
		{"an escape is text", "doc", "%2A", "%", "", "default/doc:%252A:%25"},
		{"space stays", "doc", " read ", " ", "", "default/doc:%20read%20:%20"},
		{"namespace", "shop/book", "read", "1", "", "shop/book:read:1"},
		{"first slash only", "shop/a/b", "read", "/1/", "", "shop/a%2Fb:read:/1/"},
		{"a star as type", "*", "*", "*", "", "default/%2A:%2A:%2A"},
		{"a star as namespace is a literal name", "*/doc", "read", "1", "", "%2A/doc:read:1"},
	}
	var p permission.Permission
	for _, tt := range tests {
		if err := sensitive.SetLiteral(&p, tt.typ, tt.action, tt.id, tt.attribute); err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if got := p.String(); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
		if back := parse(t, sensitive, p.String()); !back.Equal(&p) {
			t.Errorf("%s: %q does not read back", tt.name, p.String())
		}
	}
	if err := insensitive.SetLiteral(&p, "Shop/Doc", "READ", "Ä", "T"); err != nil || p.String() != "Shop/doc:read:ä:t" {
		t.Errorf("insensitive: %q, %v", p.String(), err)
	}
	if n := testing.AllocsPerRun(100, func() { _ = sensitive.SetLiteral(&p, "shop/doc", "read", "1", "t") }); n != 0 {
		t.Errorf("SetLiteral allocates %v times", n)
	}
}

func TestSetLiteralRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, typ, action, id, attribute string }{
		{"no type", "", "read", "1", ""},
		{"no action", "doc", "", "1", ""},
		{"no id", "doc", "read", "", ""},
		{"no namespace", "/doc", "read", "1", ""},
		{"no type after a namespace", "shop/", "read", "1", ""},
		{"type not UTF-8", "\xff", "read", "1", ""},
		{"namespace not UTF-8", "\xff/doc", "read", "1", ""},
		{"id not UTF-8", "doc", "read", "\xff", ""},
		{"attribute not UTF-8", "doc", "read", "1", "\xff"},
		{"too long", "doc", "read", strings.Repeat("1", 4096), ""},
	}
	for _, tt := range tests {
		var p permission.Permission
		err := sensitive.SetLiteral(&p, tt.typ, tt.action, tt.id, tt.attribute)
		var syntax *permission.SyntaxError
		if !errors.As(err, &syntax) || p.Len() != 0 {
			t.Errorf("%s: error %v, %d parts", tt.name, err, p.Len())
		}
	}
}

func TestFormat(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"a:b": "a:b", "default/a:b": "a:b", "shop/a:b": "shop/a:b", "a%2Fb": "a%2Fb", "shop/a/b": "shop/a%2Fb",
	} {
		p := parse(t, sensitive, text)
		if got := sensitive.Format(&p); got != want {
			t.Errorf("Format of %q is %q, want %q", text, got, want)
		}
	}
}
