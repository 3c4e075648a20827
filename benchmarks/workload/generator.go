package workload

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
)

// seed is what all workloads depend on.
const seed = 5

// generator makes choices.
type generator struct{ *rand.Rand }

func newGenerator(seed uint64) *generator { return &generator{rand.New(rand.NewPCG(seed, seed))} }

func subjectName(n int) string  { return fmt.Sprintf("subject-%07d", n) }
func roleName(n int) string     { return fmt.Sprintf("role-%06d", n) }
func resourceName(n int) string { return "resource-" + strconv.Itoa(n) }
func actionName(n int) string   { return "action-" + strconv.Itoa(n) }

// people gives each of a number of subjects some roles in a row.
func (p *Policy) people(subjects, rolesEach int) {
	for s := range subjects {
		one := Subject{ID: subjectName(s)}
		for n := range rolesEach {
			one.Holdings = append(one.Holdings, Holding{Role: (s + n) % len(p.Roles)})
		}
		p.Subjects = append(p.Subjects, one)
	}
}

// index lets subjects and included roles be found. It is called once all are there, and all grants.
func (p *Policy) index() *Policy {
	for i := range p.Roles {
		p.closures = append(p.closures, p.closure(i))
		p.instances = p.instances || slices.ContainsFunc(p.Roles[i].Grants, func(g Grant) bool { return g.Instance != "" })
	}
	p.numbers = make(map[string]int, len(p.Subjects))
	for i := range p.Subjects {
		p.numbers[p.Subjects[i].ID] = i
	}
	return p
}

// draw makes one request, which should get the given answer.
type draw func(p *Policy, allowed bool) Request

// ask draws n requests, of which three in every four are allowed.
func (g *generator) ask(p *Policy, n int, by draw) []Request {
	asked := make([]Request, n)
	for i := range asked {
		asked[i] = g.answered(p, i%4 != 3, by)
	}
	return asked
}

// answered draws until the answer is the one that is wanted, and gives the request memory of its own, so that no engine
// gains from strings that are the same as the policy's.
func (g *generator) answered(p *Policy, allowed bool, by draw) Request {
	for range 1000 {
		r := by(p, allowed)
		if r.Resource != "" && p.Allows(&r) == allowed {
			r.Allowed = allowed
			return p.own(r)
		}
	}
	panic(fmt.Sprintf("BUG: no request is answered with %t", allowed))
}

func (p *Policy) own(r Request) Request {
	for _, text := range []*string{&r.Subject, &r.Resource, &r.Action, &r.Instance, &r.Organisation} {
		*text = strings.Clone(*text)
	}
	parts := []string{r.Subject, r.Organisation, r.Resource, r.Action}
	if p.instances {
		parts = append(parts, r.Instance)
	}
	if x := r.Properties; x != nil {
		parts = append(parts, x.Owner, x.Status, x.Path, x.Region, strconv.Itoa(x.Level))
	}
	r.Key = strings.Join(parts, "\x00")
	return r
}

// grant draws a subject with a grant: of its own when it is to be allowed, and otherwise of anybody's.
func (g *generator) grant(p *Policy, allowed bool) Request {
	return g.grantOf(p, g.IntN(len(p.Subjects)), allowed)
}

// grantOf is grant for a given subject.
func (g *generator) grantOf(p *Policy, subject int, allowed bool) Request {
	s := &p.Subjects[subject]
	h := Holding{Role: g.IntN(len(p.Roles))}
	if allowed {
		h = s.Holdings[g.IntN(len(s.Holdings))]
	}
	closure := p.Closure(h.Role)
	role := &p.Roles[closure[g.IntN(len(closure))]]
	if len(role.Grants) == 0 {
		return Request{} // which nobody is asked
	}
	r := g.to(&role.Grants[g.IntN(len(role.Grants))])
	r.Subject, r.Organisation = s.ID, h.Organisation
	return r
}

// to makes a request that a grant covers, by whomever, its conditions left aside.
func (g *generator) to(granted *Grant) Request {
	r := Request{Resource: granted.Resource, Action: granted.Action, Instance: granted.Instance}
	if r.Resource == Any {
		r.Resource = resourceName(g.IntN(10))
	}
	if r.Action == Any {
		r.Action = actionName(g.IntN(10))
	}
	if r.Instance == "" {
		r.Instance = "instance-" + strconv.Itoa(g.IntN(1000))
	}
	return r
}
