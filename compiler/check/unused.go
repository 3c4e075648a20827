package check

import (
	"strings"

	"github.com/lictor-dev/lictor/compiler/diag"
	"github.com/lictor-dev/lictor/compiler/source"
)

// manyUnused is how many warnings of one kind are given one by one. More are told as one, since a
// catalogue of roles of which a project uses a few is no mistake.
const manyUnused = 20

// warnUnused warns of roles and entitlements that nobody can hold. A project without subjects leaves
// them to tokens, so nothing is said there.
func (c *checker) warnUnused() {
	if len(c.defs.Subjects) == 0 || c.defs.Incomplete {
		return
	}
	var roles, entitlements []source.Text
	for _, r := range c.defs.Roles {
		if name := r.Name.Value; !c.held[name] && !c.included[name] {
			roles = append(roles, r.Name)
		}
	}
	for _, e := range c.defs.Entitlements {
		if !c.given[e.Name.Value] {
			entitlements = append(entitlements, e.Name)
		}
	}
	c.warnEach(roles, unheldRole, "role", "can be held by nobody: no subject, client, birthright or other role names it")
	c.warnEach(entitlements, unusedEntitlement, "entitlement", "is given to nobody")
}

func (c *checker) warnEach(names []source.Text, code, what, why string) {
	if len(names) <= manyUnused {
		for _, n := range names {
			n.Warnf(&c.list, code, "%s %s %s", what, diag.Quote(n.Value), why)
		}
		return
	}
	const shown = 3
	quoted := make([]string, shown)
	for i := range quoted {
		quoted[i] = diag.Quote(names[i].Value)
	}
	names[0].Warnf(&c.list, code, "%ss %s and %d more are held by nobody", what, strings.Join(quoted, ", "), len(names)-shown)
}
