package permission_test

import (
	"errors"
	"testing"

	"github.com/lictor-dev/lictor/bundles/permission"
)

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"a:b:c", " a , b :*", "shop/a/b:%2A,%3A", "*", "a::b", "%C3%A9:Ä", "\u00a0x\u2003y", "a:,,", "a%20:%20b", "/x", "x/*:*",
	} {
		f.Add(s, true)
		f.Add(s, false)
	}
	f.Fuzz(func(t *testing.T, text string, fold bool) {
		g := sensitive
		if fold {
			g = insensitive
		}
		p, err := g.Parse(text)
		if err != nil {
			var syntax *permission.SyntaxError
			if !errors.As(err, &syntax) || syntax.Offset < 0 || syntax.Offset > len(text) {
				t.Fatalf("Parse(%q): %T %+v", text, err, err)
			}
			return
		}
		if p.Len() < 1 || p.Len() > permission.MaxParts || p.Atoms() < 1 || p.Atoms() > permission.MaxAtoms {
			t.Fatalf("Parse(%q) has %d parts, %d atoms", text, p.Len(), p.Atoms())
		}
		for _, canonical := range []string{p.String(), g.Format(&p)} {
			if len(canonical) > permission.MaxBytes {
				continue
			}
			back, err := g.Parse(canonical)
			if err != nil || !back.Equal(&p) {
				t.Fatalf("Parse(%q) is %q, which reads back as %q, %v", text, canonical, back.String(), err)
			}
		}
		checkPair(t, &p, &p)
	})
}

func FuzzImplies(f *testing.F) {
	f.Add("a:b", "a", "a:*:c")
	f.Add("a:b,c", "a:*", "*")
	f.Add("x/a", "x/a:*:*", "x/*:b")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		var ps [3]permission.Permission
		for i, text := range []string{a, b, c} {
			p, err := sensitive.Parse(text)
			if err != nil {
				return
			}
			ps[i] = p
		}
		for i := range ps {
			for j := range ps {
				checkPair(t, &ps[i], &ps[j])
			}
		}
		if permission.Implies(&ps[0], &ps[1]) && permission.Implies(&ps[1], &ps[2]) && !permission.Implies(&ps[0], &ps[2]) {
			t.Fatalf("%q implies %q implies %q, not transitively", a, b, c)
		}
		checkTrailing(t, &ps[0], &ps[1])
	})
}

// checkTrailing checks that trailing wildcards change nothing.
func checkTrailing(t *testing.T, p, q *permission.Permission) {
	t.Helper()
	if p.Len() == permission.MaxParts || len(p.String())+2 > permission.MaxBytes {
		return
	}
	longer := parse(t, sensitive, p.String()+":*")
	if permission.Implies(p, q) != permission.Implies(&longer, q) || permission.Implies(q, p) != permission.Implies(q, &longer) ||
		permission.Overlaps(p, q) != permission.Overlaps(&longer, q) {
		t.Fatalf("a trailing wildcard on %q changes its relation to %q", p.String(), q.String())
	}
	if !permission.Implies(p, &longer) || !permission.Implies(&longer, p) {
		t.Fatalf("%q and %q do not imply one another", p.String(), longer.String())
	}
}

// FuzzSetLiteral sees that a literal is that text, in every part.
func FuzzSetLiteral(f *testing.F) {
	f.Add("doc", "read", "1", "")
	f.Add("ns/a/b", "read:public", "*", "a,b")
	f.Fuzz(func(t *testing.T, typ, action, id, attribute string) {
		var p permission.Permission
		if err := sensitive.SetLiteral(&p, typ, action, id, attribute); err != nil {
			return
		}
		if p.Atoms() != 1 || p.Values(1)[0] != action || p.Values(2)[0] != id || (p.Len() == 4) != (attribute != "") {
			t.Fatalf("%q %q %q %q became %q", typ, action, id, attribute, p.String())
		}
		if text := p.String(); len(text) <= permission.MaxBytes {
			if back, err := sensitive.Parse(text); err != nil || !back.Equal(&p) {
				t.Fatalf("%q reads back as %q, %v", text, back.String(), err)
			}
		}
	})
}
