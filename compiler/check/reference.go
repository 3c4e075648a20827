package check

import (
	"github.com/lictor-dev/lictor/compiler/diag"
	"github.com/lictor-dev/lictor/compiler/source"
)

// index finds defined things by name.
type index struct {
	at    map[string]int // position in the definitions' list
	names *diag.Names
}

func newIndex[T any](items []T, name func(*T) string) *index {
	x := &index{at: make(map[string]int, len(items))}
	for i := range items {
		x.at[name(&items[i])] = i
	}
	return x
}

func (x *index) has(name string) bool {
	_, ok := x.at[name]
	return ok
}

// hint suggests a name close to one that is not defined.
func (x *index) hint(name string) string {
	if x.names == nil {
		known := make([]string, 0, len(x.at))
		for n := range x.at {
			known = append(known, n)
		}
		x.names = diag.NewNames(known)
	}
	return x.names.Hint(name, "")
}

// role reports a reference to a role that is not defined.
func (c *checker) role(t source.Text) bool {
	if !t.Set() || c.roles.has(t.Value) || c.defs.Incomplete {
		return t.Set()
	}
	d := t.Errorf(&c.list, unknownRole, "role %s is not defined", diag.Quote(t.Value))
	if c.entitlements.has(t.Value) {
		d.Hint = diag.Quote(t.Value) + " is an entitlement, which is assigned in an organisation and never included"
	} else {
		d.Hint = c.roles.hint(t.Value)
	}
	return false
}

// entitlement reports a reference to an entitlement that is not defined.
func (c *checker) entitlement(t source.Text) bool {
	if !t.Set() || c.entitlements.has(t.Value) || c.defs.Incomplete {
		return t.Set()
	}
	d := t.Errorf(&c.list, unknownEntitlement, "entitlement %s is not defined", diag.Quote(t.Value))
	if c.roles.has(t.Value) {
		d.Hint = diag.Quote(t.Value) + " is a role, which is assigned under roles"
	} else {
		d.Hint = c.entitlements.hint(t.Value)
	}
	return false
}

// organisation reports a reference to an organisation that is not defined.
func (c *checker) organisation(t source.Text) {
	if t.Set() && !c.organisations.has(t.Value) && !c.defs.Incomplete {
		t.Errorf(&c.list, unknownOrganisation, "organisation %s is not defined", diag.Quote(t.Value)).Hint = c.organisations.hint(t.Value)
	}
}

// distinct reports texts that are listed more than once.
func (c *checker) distinct(texts []source.Text) {
	if len(texts) < 2 {
		return
	}
	seen := make(map[string]source.Text, len(texts))
	for _, t := range texts {
		first, again := seen[t.Value]
		switch {
		case !t.Set():
		case again:
			d := t.Errorf(&c.list, listedTwice, "%s is listed twice", diag.Quote(t.Value))
			d.Related = []diag.Related{{Pos: first.Pos, Message: "first listed here"}}
		default:
			seen[t.Value] = t
		}
	}
}
