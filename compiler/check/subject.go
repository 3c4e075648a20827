package check

import (
	"github.com/lictor-dev/lictor/compiler/diag"
	"github.com/lictor-dev/lictor/compiler/source"
)

func (c *checker) checkSubjects() {
	for i := range c.defs.Subjects {
		s := &c.defs.Subjects[i]
		for _, a := range s.Roles {
			if c.role(a.Name) {
				c.held[a.Name.Value] = true
			}
			c.organisation(a.Validity.Organisation)
		}
		for _, a := range s.Entitlements {
			if c.entitlement(a.Name) {
				c.given[a.Name.Value] = true
			}
			c.organisation(a.Validity.Organisation)
		}
		c.checkBreaches(s)
		if len(s.Permissions)+len(s.Policies) > 0 {
			c.policies(s.Namespace, s.Permissions, s.Policies)
		}
	}
}

// place is an entitlement in an organisation.
type place struct{ organisation, entitlement string }

// checkBreaches reports entitlements of one subject that lack what they require, or conflict, within
// one organisation. Dates are left aside.
func (c *checker) checkBreaches(s *source.Subject) {
	if len(s.Entitlements) == 0 {
		return
	}
	held := make(map[place]source.Text, len(s.Entitlements))
	for _, a := range s.Entitlements {
		at := place{a.Validity.Organisation.Value, a.Name.Value}
		if _, again := held[at]; !again {
			held[at] = a.Name
		}
	}
	for _, a := range s.Entitlements {
		i, ok := c.entitlements.at[a.Name.Value]
		if !ok {
			continue
		}
		e := &c.defs.Entitlements[i]
		for _, t := range e.Requires {
			if _, ok := held[place{a.Validity.Organisation.Value, t.Value}]; !ok && c.entitlements.has(t.Value) {
				d := a.Name.Errorf(&c.list, lacksRequired, "%s has entitlement %s in organisation %s without %s, which it requires",
					diag.Quote(s.ID.Value), diag.Quote(a.Name.Value), diag.Quote(a.Validity.Organisation.Value), diag.Quote(t.Value))
				d.Related = []diag.Related{{Pos: t.Pos, Message: "required here"}}
			}
		}
		for _, t := range e.Conflicts {
			if other, ok := held[place{a.Validity.Organisation.Value, t.Value}]; ok && t.Value != a.Name.Value {
				c.reportConflict(s, a, t, other)
			}
		}
	}
}

// reportConflict reports a pair at the later of the two assignments, so that a conflict that both
// entitlements declare is reported once.
func (c *checker) reportConflict(s *source.Subject, a source.Assignment, declared, other source.Text) {
	here, there := a.Name, other
	if here.Pos.Compare(there.Pos) < 0 {
		here, there = there, here
	}
	d := here.Errorf(&c.list, conflicting, "%s has entitlement %s in organisation %s, which conflicts with %s",
		diag.Quote(s.ID.Value), diag.Quote(here.Value), diag.Quote(a.Validity.Organisation.Value), diag.Quote(there.Value))
	d.Related = []diag.Related{{Pos: there.Pos, Message: "assigned here"}, {Pos: declared.Pos, Message: "the conflict is declared here"}}
}
