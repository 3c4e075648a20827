package permission_test

import (
	"slices"
	"testing"

	"github.com/lictor-dev/lictor/bundles/permission"
)

func TestImplies(t *testing.T) {
	t.Parallel()
	tests := []struct {
		grant, request    string
		implies, overlaps bool
	}{
		{"a", "a", true, true},
		{"a", "b", false, false},
		{"a", "a:b:c", true, true},
		{"a:b", "a", false, true},
		{"a:b:c", "a:b", false, true},
		{"a", "a:*", true, true},
		{"a:*", "a", true, true},
		{"a:*:*", "a", true, true},
		{"a", "a:*:*", true, true},
		{"newsletter:*:read", "newsletter:read", false, true},
		{"newsletter:*:read", "newsletter:x:read", true, true},
		{"newsletter:*:read", "newsletter:x:write", false, false},
		{"a:b", "a:*", false, true},
		{"a:b,c", "a:b", true, true},
		{"a:b,c", "a:b,c", true, true},
		{"a:b", "a:b,c", false, true},
		{"a:b,c", "a:c,d", false, true},
		{"a:b,c", "a:d", false, false},
		{"*", "a", true, true},
		{"*", "*", true, true},
		{"a", "*", false, true},
		{"*:read", "a:read", true, true},
		{"*:read", "a:write", false, false},
		{"a:rea", "a:read", false, false},
		{"a:read", "a:rea", false, false},
		{"shop/a", "a", false, false},
		{"a", "shop/a", false, false},
		{"*", "shop/a", false, false},
		{"shop/*", "shop/a", true, true},
		{"default/a", "a", true, true},
		{"Shop/a", "shop/a", false, false},
		{"a", "A", false, false},
		{"a:%2A", "a:*", false, true},
		{"a:*", "a:%2A", true, true},
		{"a:%2A", "a:b", false, false},
		{"doc:delete:1", "doc:delete", false, true},
		{"a:b:*:*", "a:b", true, true},
		{"a:b:*:c", "a:b", false, true},
	}
	for _, tt := range tests {
		g, r := parse(t, sensitive, tt.grant), parse(t, sensitive, tt.request)
		if got := permission.Implies(&g, &r); got != tt.implies {
			t.Errorf("Implies(%q, %q) is %v", tt.grant, tt.request, got)
		}
		if got := permission.Overlaps(&g, &r); got != tt.overlaps {
			t.Errorf("Overlaps(%q, %q) is %v", tt.grant, tt.request, got)
		}
		checkPair(t, &g, &r)
	}
}

func TestImpliesInsensitive(t *testing.T) {
	t.Parallel()
	g, r := parse(t, insensitive, "Doc:READ,write"), parse(t, insensitive, "dOC:Read")
	if !permission.Implies(&g, &r) || !permission.Overlaps(&g, &r) {
		t.Errorf("%q against %q", g.String(), r.String())
	}
	other := parse(t, insensitive, "Default/doc:read")
	if permission.Implies(&g, &other) {
		t.Error("a namespace was folded")
	}
}

func TestAtoms(t *testing.T) {
	t.Parallel()
	p := parse(t, sensitive, "shop/b,a:*:2,1:x")
	var got []string
	atom := permission.Atom{Len: 16}
	for i := range atom.Parts {
		atom.Parts[i] = "stale"
	}
	for i := range p.Atoms() {
		p.Atom(i, &atom)
		got = append(got, atom.Namespace+" "+atom.String())
		if slices.Contains(atom.Parts[atom.Len:], "stale") {
			t.Fatal("stale parts stay")
		}
	}
	want := []string{"shop a:*:1:x", "shop a:*:2:x", "shop b:*:1:x", "shop b:*:2:x"}
	if !slices.Equal(got, want) {
		t.Errorf("atoms are %q, want %q", got, want)
	}
}

// checkPair checks what must hold for any two permissions.
func checkPair(t *testing.T, p, q *permission.Permission) {
	t.Helper()
	if !permission.Implies(p, p) {
		t.Errorf("%q does not imply itself", p.String())
	}
	if permission.Overlaps(p, q) != permission.Overlaps(q, p) {
		t.Errorf("Overlaps of %q and %q is not symmetric", p.String(), q.String())
	}
	if permission.Implies(p, q) && !permission.Overlaps(p, q) {
		t.Errorf("%q implies %q and does not overlap it", p.String(), q.String())
	}
	all, some := true, false
	var atom permission.Atom
	for i := range q.Atoms() {
		q.Atom(i, &atom)
		all = all && permission.ImpliesAtom(p, &atom)
		some = some || permission.OverlapsAtom(p, &atom)
	}
	if permission.Implies(p, q) != all {
		t.Errorf("Implies(%q, %q) is %v, over atoms %v", p.String(), q.String(), !all, all)
	}
	if permission.Overlaps(p, q) != some {
		t.Errorf("Overlaps(%q, %q) is %v, over atoms %v", p.String(), q.String(), !some, some)
	}
}
