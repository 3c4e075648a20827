package rego_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"

	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/compiler/source"
)

func parseModel(t testing.TB, text string) *policy.Model {
	t.Helper()
	d, list := source.Load(fstest.MapFS{"policy.yaml": {Data: []byte(text)}})
	if list.HasErrors() {
		t.Fatalf("definitions: %v", list)
	}
	return model(t, d)
}

// grammarTexts are permission strings at the borders of the grammar.
func grammarTexts() []string {
	texts := []string{
		"", " ", "a", " a ", "a:b", "a::b", "a:", ":a", ":", ",", "a:,,", "a:b,,c", "a:b,c,b", "a:*,b", "*", "**", "a*", "a:b*",
		"ns/a", "/a", "ns/", "ns /a", " ns/a", "n*s/a", "n,s/a", "ns/a/b", "a:b/c", "ns%2Fx/a", "%/a", "%20/a", "n%C3%A9/a",
		"a%3Ab", "a%3ab", "a%2C%2A", "%", "a%2", "a%zz", "a%é1", "%%", "%25", "%00", "a%20", "%20a", "%41%42", "%C3%A9", "%C3%a9x%C3%A9",
		"%C3", "%A9", "%C3x%A9", "%C3%A9%A9", "%E2%82%AC", "%E2%82", "%E2%82x%AC", "%E0%80%80", "%E0%A0%80", "%ED%A0%80", "%ED%9F%BF",
		"%F0%9F%98%80", "%F0%8F%BF%BF", "%F4%8F%BF%BF", "%F4%90%80%80", "%F5%80%80%80", "%F0%9F%98", "%C0%80", "%C1%BF", "%FF", "%EF%BB%BF", "%EF%BF%BF",
		"%F0%9F%98%80%C3%A9%41%E2%82%AC:x", "É:ÉÀ", "İ:ı", "ß", "a\u00a0", "\u00a0a:b\u2003,c", "a\tb", "a\nb", "\"\\", "\u2028", "😀",
		"a:b c,d", "default/a", "a b/c",
	}
	repeat := strings.Repeat
	return append(texts,
		repeat("a:", 15)+"a", repeat("a:", 16)+"a", repeat("a:", 15), "ns/"+repeat("a:", 15)+"a",
		repeat("a,", 64), repeat("a,", 65), repeat("a,", 63)+"*", repeat("a,", 64)+"*", "a,*,%",
		list32("x")+":"+list32("y"), list32("x")+":"+list32("y")+":a,b", list32("x")+":"+list32("y")+":*", list32("x")+":"+list32("x")+":b,b",
		repeat("a", 4096), repeat("a", 4097), repeat(" ", 4095)+"a", repeat("é", 2048), repeat("é", 2048)+"a", repeat("a", 1100)+repeat("é", 1498), repeat("a", 1101)+repeat("é", 1498),
	)
}

func list32(prefix string) string {
	var values []string
	for i := range 32 {
		values = append(values, fmt.Sprintf("%s%d", prefix, i))
	}
	return strings.Join(values, ",")
}

// TestParsesAsTheGrammar compares the parser in Rego with package permission, by the atoms they give.
func TestParsesAsTheGrammar(t *testing.T) {
	t.Parallel()
	for _, c := range []permission.Case{permission.Sensitive, permission.Insensitive} {
		g := permission.Grammar{Namespace: "default", Case: c}
		o := load(t, &policy.Model{Namespace: "default", Case: c})
		for _, text := range grammarTexts() {
			compareAtoms(t, o, g, text)
		}
		rapid.Check(t, func(r *rapid.T) {
			pieces := rapid.SampledFrom([]string{"a", "B", ":", ",", "*", "/", " ", "%", "%41", "%C3", "%A9", "%2", "é", "%E2", "%82", "%AC", "%F0%9F%98%80"})
			compareAtoms(r, o, g, strings.Join(rapid.SliceOfN(pieces, 0, 12).Draw(r, "pieces"), ""))
		})
	}
}

type failer interface {
	Helper()
	Errorf(string, ...any)
	Fatalf(string, ...any)
}

func compareAtoms(t failer, o *opa, g permission.Grammar, text string) {
	t.Helper()
	quoted, err := json.Marshal(text)
	if err != nil {
		t.Fatalf("%v", err)
	}
	got, err := o.eval("atoms", `{"permission":`+string(quoted)+`}`)
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	if want := atoms(g, text); got != want {
		t.Errorf("%q\ngot  %.300s\nwant %.300s", text, got, want)
	}
}

func atoms(g permission.Grammar, text string) string {
	p, err := g.Parse(text)
	if err != nil {
		return "undefined"
	}
	all := make([][]string, p.Atoms())
	for i := range all {
		var a permission.Atom
		p.Atom(i, &a)
		all[i] = append([]string{a.Namespace}, a.Parts[:max(p.Len(), 4)]...)
	}
	b, err := json.Marshal(all)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// TestScopesReadAsTheGrammar compares what scope items mean.
func TestScopesReadAsTheGrammar(t *testing.T) {
	t.Parallel()
	m := parseModel(t, "lictor: v1\noptions: {case: insensitive}\nscopes: {books: {permission: \"Book:READ,list\"}, \"a:b:c\": {permission: x}}\nroles: {r: {permissions: [\"book:read,list\", x]}}\n")
	o := load(t, m)
	items := append(grammarTexts(), "openid", "OPENID", "books", "a:b:c", "Book:17:Read", "book:*:read", "book:17:*", "*:*:*", "a:b:c:d", "a,b", "a b")
	for _, item := range items {
		quoted, err := json.Marshal(item)
		if err != nil {
			t.Fatal(err)
		}
		got, err := o.eval("meaning", `{"item":`+string(quoted)+`}`)
		if err != nil {
			t.Fatalf("%q: %v", item, err)
		}
		if want := meaning(m, item); got != want {
			t.Errorf("%q\ngot  %.300s\nwant %.300s", item, got, want)
		}
	}
}

func meaning(m *policy.Model, item string) string {
	p, err := m.Grammar().ParseScope(item)
	for i := range m.Scopes {
		if m.Scopes[i].Name == item {
			p, err = m.Scopes[i].Permission, nil
		}
	}
	if err != nil || permission.IsProtocolScope(item) {
		return "undefined"
	}
	parts := make([][]string, p.Len())
	for i := range parts {
		parts[i] = append([]string{}, p.Values(i)...)
	}
	b, err := json.Marshal(map[string]any{"namespace": p.Namespace(), "parts": parts})
	if err != nil {
		panic(err)
	}
	return string(b)
}
