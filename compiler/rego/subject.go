package rego

import (
	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/value"
)

// subjects writes the stored subjects. Assignments are grouped by organisation, "" for none: those
// without dates are held, the others bounded.
func (t *tables) subjects(d *document) {
	d.key("subjects")
	d.open('{')
	for i := range t.m.Subjects {
		s := &t.m.Subjects[i]
		d.key(s.ID)
		d.open('{')
		t.assignments(d, "bounded", s.Assignments, func(v policy.Validity) bool { return !undated(v) })
		t.assignments(d, "held", s.Assignments, undated)
		if s.Inactive {
			d.key("inactive")
			d.separate()
			d.b = append(d.b, "true"...)
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

func undated(v policy.Validity) bool {
	return v.From == policy.Always.From && v.To == policy.Always.To
}

// assignments writes those that are wanted, by organisation. They are sorted by it.
func (t *tables) assignments(d *document, name string, all []policy.Assignment, wanted func(policy.Validity) bool) {
	open := false
	organisation := policy.NoOrganisation
	for _, a := range all {
		if !wanted(a.Validity) {
			continue
		}
		if !open {
			d.key(name)
			d.open('{')
		}
		if !open || a.Validity.Organisation != organisation {
			if open {
				d.shut(']')
			}
			organisation = a.Validity.Organisation
			d.key(t.code(organisation))
			d.open('[')
		}
		open = true
		t.assignment(d, a)
	}
	if open {
		d.shut(']')
		d.shut('}')
	}
}

func (t *tables) code(o policy.OrganisationIndex) string {
	if o == policy.NoOrganisation {
		return ""
	}
	return t.m.Organisations[o].Code
}

func (t *tables) assignment(d *document, a policy.Assignment) {
	if undated(a.Validity) {
		d.text(holderKey(a.Holder))
		return
	}
	d.open('{')
	t.from(d, a.Validity)
	d.key("holder")
	d.text(holderKey(a.Holder))
	to(d, a.Validity)
	d.shut('}')
}
