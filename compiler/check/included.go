package check

import "github.com/lictor-dev/lictor/compiler/source"

// maxIncluded bounds how many policies are looked at a second time because a holder includes them, over
// the whole project. Beyond it warnings are left out.
const maxIncluded = 1 << 18

// warnIncluded warns of policies that those of an included role make pointless: whoever holds the one
// holds the other too. It comes after every permission was read.
func (c *checker) warnIncluded() {
	budget := maxIncluded
	for _, holders := range [][]source.Role{c.defs.Roles, c.defs.Entitlements} {
		for i := range holders {
			if len(holders[i].Includes) > 0 && budget > 0 {
				budget -= c.compareIncluded(&holders[i], budget)
			}
		}
	}
}

// compareIncluded returns how many policies it looked at; at budget it gives up.
func (c *checker) compareIncluded(r *source.Role, budget int) int {
	c.cover.reset()
	c.addRules(r)
	own := len(c.cover.rules)
	if own == 0 {
		return 1
	}
	queue, seen := []*source.Role{r}, map[*source.Role]bool{r: true}
	looked := own
	for len(queue) > 0 {
		next := queue[0]
		queue = queue[1:]
		for _, t := range next.Includes {
			at, ok := c.roles.at[t.Value]
			if !ok || seen[&c.defs.Roles[at]] {
				continue
			}
			included := &c.defs.Roles[at]
			seen[included] = true
			queue = append(queue, included)
			if looked += 1 + len(included.Permissions) + len(included.Policies); looked > budget {
				return looked
			}
			c.addRules(included)
		}
	}
	c.cover.warnAgainst(own, &c.list)
	return looked
}

// addRules adds the policies of a holder whose permissions were read before.
func (c *checker) addRules(r *source.Role) {
	for _, t := range r.Permissions {
		if read := c.read[written{r.Namespace, t.Value}]; read != nil && read.err == nil {
			c.cover.add(rule{text: t, permission: &read.permission, validity: always})
		}
	}
	for i := range r.Policies {
		p := &r.Policies[i]
		read := c.read[written{r.Namespace, p.Permission.Value}]
		if read == nil || read.err != nil || !p.Decision.Set() {
			continue
		}
		c.cover.add(rule{
			text: p.Permission, permission: &read.permission, deny: p.Decision.Value == "DENY", condition: conditionKey(p), validity: p.Validity,
		})
	}
}
