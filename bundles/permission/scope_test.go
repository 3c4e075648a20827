package permission_test

import (
	"errors"
	"testing"

	"github.com/lictor-dev/lictor/bundles/permission"
)

func TestParseScope(t *testing.T) {
	t.Parallel()
	for item, want := range map[string]string{
		"book":             "default/book",
		"book:read":        "default/book:read",
		"book:17:read":     "default/book:read:17",
		"book:*:read":      "default/book:read:*",
		"book:17:*":        "default/book:*:17",
		"book:*:*":         "default/book:*:*",
		"*":                "default/*",
		"*:read":           "default/*:read",
		"*:17:read":        "default/*:read:17",
		"*:*:read":         "default/*:read:*",
		"*:17:*":           "default/*:*:17",
		"Book:READ":        "default/Book:READ",
		"book:%2A:a%3Ab":   "default/book:a%3Ab:%2A",
		"book:z:a":         "default/book:a:z",
		"book:a%2Fb/c:get": "default/book:get:a/b/c",
		"a%2Fb":            "default/a%2Fb",
	} {
		for _, g := range []permission.Grammar{sensitive, insensitive} {
			p, err := g.ParseScope(item)
			if err != nil || p.String() != want {
				t.Errorf("ParseScope(%q) is %q, %v, want %q", item, p.String(), err, want)
				continue
			}
			if back := parse(t, sensitive, p.String()); !back.Equal(&p) {
				t.Errorf("ParseScope(%q) is not in canonical form", item)
			}
		}
	}
}

func TestParseScopeRefuses(t *testing.T) {
	t.Parallel()
	for _, item := range []string{
		"", " ", "a b", "a,b", "a:b,c", "a:b:c:d", "shop/a", "a:", ":a", "a::b", "a:b*", "%", "a:%FF", "a\tb", "/a", "*,a",
	} {
		p, err := sensitive.ParseScope(item)
		var syntax *permission.SyntaxError
		if !errors.As(err, &syntax) || p.Len() != 0 {
			t.Errorf("ParseScope(%q) is %q, %v", item, p.String(), err)
		}
	}
}

func TestIsProtocolScope(t *testing.T) {
	t.Parallel()
	for _, item := range []string{"openid", "profile", "email", "phone", "address", "offline_access"} {
		if !permission.IsProtocolScope(item) {
			t.Errorf("%q is none", item)
		}
	}
	for _, item := range []string{"", "OpenID", "book", "email:read", "openid "} {
		if permission.IsProtocolScope(item) {
			t.Errorf("%q is one", item)
		}
	}
}

// TestScopeImpliesAgreesWithParsing holds the short way against parsing and Implies.
func TestScopeImpliesAgreesWithParsing(t *testing.T) {
	t.Parallel()
	g := permission.Grammar{Namespace: "default"}
	items := []string{
		"", "doc", "*", "doc:read", "doc:*", "*:read", "doc:1:read", "doc:*:read", "doc:1:*", "doc:read:1", "doc:1:read:x", ":",
		"doc:", "doc::read", "shop/doc", "doc:a/b", "d*", "doc:re*d", "doc,book", "doc:%72ead", "doc\v", "\u00a0doc", "doc:%zz", "é:read",
	}
	requests := []string{"doc", "doc:read", "doc:read:1", "doc:*:1", "doc:read:1:title", "*", "shop/doc:read", "é:read", "doc:a%2Fb", "doc:%3A"}
	for _, item := range items {
		for _, text := range requests {
			r, err := g.Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			var a permission.Atom
			r.Atom(0, &a)
			p, err := g.ParseScope(item)
			want := err == nil && permission.ImpliesAtom(&p, &a)
			if got := g.ScopeImplies(item, &a); got != want {
				t.Errorf("ScopeImplies(%q, %q) = %t, want %t", item, text, got, want)
			}
		}
	}
}
