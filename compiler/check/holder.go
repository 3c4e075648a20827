package check

import (
	"maps"
	"slices"

	"github.com/lictor-dev/lictor/compiler/diag"
	"github.com/lictor-dev/lictor/compiler/source"
)

func (c *checker) checkRoles() {
	for i := range c.defs.Roles {
		r := &c.defs.Roles[i]
		c.checkHolder("role", r)
		if r.Birthright != nil {
			c.distinct(r.Birthright.Types)
			c.held[r.Name.Value] = true
		}
	}
}

func (c *checker) checkEntitlements() {
	for i := range c.defs.Entitlements {
		e := &c.defs.Entitlements[i]
		c.checkHolder("entitlement", e)
		c.distinct(e.Requires)
		c.distinct(e.Conflicts)
		for _, t := range e.Requires {
			c.entitlement(t)
		}
		for _, t := range e.Conflicts {
			c.entitlement(t)
		}
	}
	for i := range c.defs.Entitlements {
		c.checkContradiction(&c.defs.Entitlements[i])
	}
}

// checkHolder checks what roles and entitlements share.
func (c *checker) checkHolder(what string, r *source.Role) {
	c.distinct(r.Includes)
	for _, t := range r.Includes {
		if c.role(t) {
			c.included[t.Value] = true
		}
	}
	if len(r.Includes)+len(r.Permissions)+len(r.Policies) == 0 {
		c.empty[what] = append(c.empty[what], r.Name)
	}
	c.policies(r.Namespace, r.Permissions, r.Policies)
}

// policies checks everything that one holder or one subject is written with, and warns of policies
// that stand in one another's way.
func (c *checker) policies(namespace string, short []source.Text, long []source.Policy) {
	c.cover.reset()
	for _, t := range short {
		c.cover.add(rule{text: t, permission: c.permission(namespace, t), validity: always})
	}
	for i := range long {
		p := &long[i]
		c.organisation(p.Validity.Organisation)
		read := c.permission(namespace, p.Permission)
		if !p.Decision.Set() {
			continue // a mistake, reported before
		}
		c.cover.add(rule{
			text: p.Permission, permission: read, deny: p.Decision.Value == "DENY", condition: conditionKey(p), validity: p.Validity,
		})
	}
	c.cover.warn(&c.list)
}

// checkContradiction reports an entitlement whose requirements, followed all the way, conflict with one
// another or with itself.
func (c *checker) checkContradiction(e *source.Role) {
	if len(e.Requires)+len(e.Conflicts) == 0 {
		return
	}
	needed := map[string]bool{e.Name.Value: true}
	queue := []*source.Role{e}
	for len(queue) > 0 {
		next := queue[0]
		queue = queue[1:]
		for _, t := range next.Requires {
			if at, ok := c.entitlements.at[t.Value]; ok && !needed[t.Value] {
				needed[t.Value] = true
				queue = append(queue, &c.defs.Entitlements[at])
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(needed)) {
		for _, t := range c.defs.Entitlements[c.entitlements.at[name]].Conflicts {
			if needed[t.Value] {
				c.reportContradiction(e, name, t)
				return
			}
		}
	}
}

func (c *checker) reportContradiction(e *source.Role, name string, conflict source.Text) {
	why := "requires both " + diag.Quote(name) + " and " + diag.Quote(conflict.Value) + ", which conflict"
	switch e.Name.Value {
	case conflict.Value, name:
		why = "conflicts with itself"
		if name != conflict.Value {
			why = "requires what it conflicts with"
		}
	}
	d := e.Name.Errorf(&c.list, contradictory, "entitlement %s can be held by nobody: it %s", diag.Quote(e.Name.Value), why)
	d.Related = []diag.Related{{Pos: conflict.Pos, Message: "the conflict is declared here"}}
}
