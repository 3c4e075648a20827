package check

import (
	"strings"

	"github.com/lictor-dev/lictor/compiler/diag"
	"github.com/lictor-dev/lictor/compiler/source"
)

// manyUnused is how many warnings of one kind are given one by one. More are told as one, since a
// catalogue of roles of which a project uses a few is no mistake.
const manyUnused = 20

// warnUnused warns of roles and entitlements that hold nothing, or that nobody can hold. A project
// without subjects leaves it to tokens who holds them, so nothing is said of that there.
func (c *checker) warnUnused() {
	for _, what := range []string{"role", "entitlement"} {
		c.warnEach(c.empty[what], emptyHolder, what, "without policies that includes nothing")
	}
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
	c.warnEach(roles, unheldRole, "role", "that nobody can hold: no subject, client, birthright or other role names it")
	c.warnEach(entitlements, unusedEntitlement, "entitlement", "that nobody is given")
}

func (c *checker) warnEach(names []source.Text, code, what, why string) {
	if len(names) <= manyUnused {
		for _, n := range names {
			n.Warnf(&c.list, code, "%s is %s %s %s", diag.Quote(n.Value), article(what), what, why)
		}
		return
	}
	const shown = 3
	quoted := make([]string, shown)
	for i := range quoted {
		quoted[i] = diag.Quote(names[i].Value)
	}
	names[0].Warnf(&c.list, code, "%s and %d more are each %s %s %s", strings.Join(quoted, ", "), len(names)-shown, article(what), what, why)
}

func article(noun string) string {
	if strings.HasPrefix(noun, "e") {
		return "an"
	}
	return "a"
}
