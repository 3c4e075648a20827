package rego

import (
	"slices"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/value"
)

// subjects writes the stored subjects. Assignments are grouped by organisation, "" for none: those
// without dates are held, the others bounded. A subject with policies of its own holds itself. One is nested if
// something that it holds, or its birthright, includes something else.
func (t *tables) subjects(d *document) {
	d.key("subjects")
	d.open('{')
	for i := range t.m.Subjects {
		s := &t.m.Subjects[i]
		d.key(s.ID)
		d.open('{')
		t.bounded(d, s)
		t.held(d, s)
		if s.Inactive {
			d.mark("inactive")
		}
		if t.includesAny(s) {
			d.mark("nested")
		}
		d.key("properties")
		if s.Properties.Kind() == value.Object {
			d.value(s.Properties)
		} else {
			d.open('{')
			d.shut('}')
		}
		d.key("type")
		d.text(s.Type)
		d.shut('}')
	}
	d.shut('}')
}

// includesAny reports whether anything that a stored subject may hold includes something else.
func (t *tables) includesAny(s *policy.Subject) bool {
	includes := func(h policy.HolderIndex) bool { return len(t.m.Holders[h].Closure) > 1 }
	for _, a := range s.Assignments {
		if includes(a.Holder) {
			return true
		}
	}
	return slices.ContainsFunc(t.nested, func(h policy.HolderIndex) bool {
		return slices.Contains(t.m.Holders[h].Birthright.Types, s.Type)
	})
}

func undated(v policy.Validity) bool {
	return v.From == policy.Always.From && v.To == policy.Always.To
}

func (t *tables) bounded(d *document, s *policy.Subject) {
	g := groups{tables: t, d: d, name: "bounded"}
	for _, a := range s.Assignments {
		if undated(a.Validity) {
			continue
		}
		g.item(a.Validity.Organisation)
		d.open('{')
		t.from(d, a.Validity)
		d.key("holder")
		d.text(holderKey(a.Holder))
		to(d, a.Validity)
		d.shut('}')
	}
	g.end()
}

func (t *tables) held(d *document, s *policy.Subject) {
	g := groups{tables: t, d: d, name: "held"}
	if len(s.Policies) > 0 {
		g.item(policy.NoOrganisation)
		d.text("@" + s.ID)
	}
	for _, a := range s.Assignments {
		if undated(a.Validity) {
			g.item(a.Validity.Organisation)
			d.text(holderKey(a.Holder))
		}
	}
	g.end()
}

// groups writes a member whose value holds lists by organisation, if there are any.
type groups struct {
	*tables
	d            *document
	name         string
	open         bool
	organisation policy.OrganisationIndex
}

// item makes sure that the list of an organisation is open. They are opened in their order.
func (g *groups) item(o policy.OrganisationIndex) {
	switch {
	case g.open && o == g.organisation:
		return
	case g.open:
		g.d.shut(']')
	default:
		g.d.key(g.name)
		g.d.open('{')
	}
	g.open, g.organisation = true, o
	g.d.key(g.code(o))
	g.d.open('[')
}

func (g *groups) end() {
	if g.open {
		g.d.shut(']')
		g.d.shut('}')
	}
}

func (t *tables) code(o policy.OrganisationIndex) string {
	if o == policy.NoOrganisation {
		return ""
	}
	return t.m.Organisations[o].Code
}
