package workload

import (
	"slices"
	"strconv"
	"strings"
)

// roles has a number of roles with so many grants each, every role on a resource of its own.
func roles(n, grantsEach int) *Policy {
	p := &Policy{}
	for r := range n {
		role := Role{Name: roleName(r)}
		for a := range grantsEach {
			role.Grants = append(role.Grants, Grant{Resource: resourceName(r), Action: actionName(a)})
		}
		p.Roles = append(p.Roles, role)
	}
	return p
}

// rbac is plain roles, and subjects that hold some.
func rbac(n, grantsEach, subjects, rolesEach int) func(*generator) *Workload {
	return func(g *generator) *Workload {
		p := roles(n, grantsEach)
		p.people(subjects, rolesEach)
		return &Workload{Policy: p.index(), Requests: g.ask(p, max(requests, subjects, n*grantsEach), g.grant)}
	}
}

// hierarchy is ten chains of ten roles, each of which includes the next. Subjects hold the first.
func hierarchy(g *generator) *Workload {
	const deep = 10
	p := roles(10*deep, 10)
	for i := range p.Roles {
		if i%deep != deep-1 {
			p.Roles[i].Includes = []int{i + 1}
		}
	}
	for s := range 100 {
		p.Subjects = append(p.Subjects, Subject{ID: subjectName(s), Holdings: []Holding{{Role: s * deep % len(p.Roles)}}})
	}
	return &Workload{Policy: p.index(), Requests: g.ask(p, requests, g.grant)}
}

// wildcards is roles that grant every action on a resource, an action on every resource, every action on one instance, and
// some plain ones.
func wildcards(g *generator) *Workload {
	p := roles(10, 5)
	for i := range p.Roles {
		p.Roles[i].Grants = append(p.Roles[i].Grants,
			Grant{Resource: resourceName((i + 1) % 10), Action: Any},
			Grant{Resource: Any, Action: actionName(10 + i)},
			Grant{Resource: resourceName((i + 2) % 10), Action: Any, Instance: "instance-" + strconv.Itoa(i)})
	}
	p.people(100, 1)
	return &Workload{Policy: p.index(), Requests: g.ask(p, requests, g.grant)}
}

// instances is roles that grant reading and writing single documents.
func instances(n, grantsEach int) func(*generator) *Workload {
	return func(g *generator) *Workload {
		p := &Policy{}
		for r := range n {
			role := Role{Name: roleName(r)}
			for i := range grantsEach {
				role.Grants = append(role.Grants, Grant{Resource: "document", Action: []string{"read", "write"}[i%2], Instance: strconv.Itoa(i*n + r)})
			}
			p.Roles = append(p.Roles, role)
		}
		p.people(1000, 1)
		return &Workload{Policy: p.index(), Requests: g.ask(p, max(requests, n*grantsEach), g.grant)}
	}
}

// conditions is roles whose grants have conditions. What is denied has one of them false.
func conditions(needed ...Condition) func(*generator) *Workload {
	return func(g *generator) *Workload {
		p := roles(10, 10)
		for i := range p.Roles {
			for k := range p.Roles[i].Grants {
				p.Roles[i].Grants[k].Conditions = needed
			}
		}
		p.people(100, 1)
		return &Workload{Policy: p.index(), Requests: g.ask(p, requests, func(p *Policy, allowed bool) Request {
			r := g.grant(p, true)
			r.Properties = &Properties{r.Subject, Active, Documents + "a.txt", Regions[g.IntN(len(Regions))], LevelNeeded + g.IntN(5)}
			if !allowed {
				r.Properties.refute(needed[g.IntN(len(needed))])
			}
			r.Properties.Owner = strings.Clone(r.Properties.Owner)
			return r
		})}
	}
}

func (x *Properties) refute(c Condition) {
	switch c {
	case OwnerAsks:
		x.Owner = "somebody-else"
	case IsActive:
		x.Status = "archived"
	case LevelReached:
		x.Level = LevelNeeded - 1
	case RegionListed:
		x.Region = "ap-south"
	case BelowDocuments:
		x.Path = "/private/a.txt"
	}
}

// deny is roles that grant every action on a resource, and deny some of them, some on one instance. Every request that is
// denied is denied by one of these.
func deny(g *generator) *Workload {
	p := &Policy{}
	for r := range 10 {
		role := Role{Name: roleName(r)}
		for a := range 20 {
			role.Grants = append(role.Grants, Grant{Resource: resourceName(r), Action: actionName(a)})
		}
		for a := range 5 {
			role.Grants = append(role.Grants,
				Grant{Deny: true, Resource: resourceName(r), Action: actionName(a)},
				Grant{Deny: true, Resource: resourceName(r), Action: actionName(5 + a), Instance: "instance-" + strconv.Itoa(a)})
		}
		p.Roles = append(p.Roles, role)
	}
	p.people(100, 2)
	return &Workload{Policy: p.index(), Requests: g.ask(p, requests, func(p *Policy, allowed bool) Request {
		for {
			r := g.grant(p, true)
			if allowed || p.denies(&r) {
				return r
			}
		}
	})}
}

// denies reports whether some grant that denies covers r, whoever holds it.
func (p *Policy) denies(r *Request) bool {
	for i := range p.Roles {
		for k := range p.Roles[i].Grants {
			if g := &p.Roles[i].Grants[k]; g.Deny && g.covers(r) {
				return true
			}
		}
	}
	return false
}

// batch is rbac-1000, asked by one subject many things at a time.
func batch(size int) func(*generator) *Workload {
	return func(g *generator) *Workload {
		p := roles(10, 100)
		p.people(100, 2)
		w := &Workload{Policy: p.index(), Batch: size}
		for len(w.Requests)+size <= requests {
			s := g.IntN(len(p.Subjects))
			for range size {
				w.Requests = append(w.Requests, g.answered(p, len(w.Requests)%4 != 3, func(p *Policy, allowed bool) Request {
					return g.grantOf(p, s, allowed)
				}))
			}
		}
		return w
	}
}

// Nearest is how many grants an explanation names.
const Nearest = 3

// explained is roles of three grants on a resource of their own each, and requests for an action that nobody has.
func explained(g *generator) *Workload {
	p := roles(100, Nearest)
	p.people(100, 2)
	w := &Workload{Policy: p.index(), Explained: true}
	for range requests {
		w.Requests = append(w.Requests, g.answered(p, false, func(p *Policy, _ bool) Request {
			r := g.grant(p, true)
			r.Action = "unheard-of"
			return r
		}))
	}
	return w
}

// Explain returns what an explanation of a request that is denied for want of a grant names: the grants on the same
// resource, each as "resource:action", sorted.
func (p *Policy) Explain(r *Request) []string {
	var near []string
	for i := range p.Roles {
		for _, g := range p.Roles[i].Grants {
			if g.Resource == r.Resource {
				near = append(near, g.Resource+":"+g.Action)
			}
		}
	}
	slices.Sort(near)
	return near
}
