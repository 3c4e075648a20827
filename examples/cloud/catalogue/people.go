package catalogue

import (
	"fmt"
	"slices"
)

// Options say how much is made up around the roles.
type Options struct {
	Subjects int    // how many subjects hold roles; at least 1
	Projects int    // how many organisations roles are given in; at least 1
	Tests    int    // how many expectations are written
	Seed     uint64 // what all choices depend on
}

// Standard is what examples/cloud ships with.
var Standard = Options{Subjects: 10_000, Projects: 50, Tests: 400, Seed: 1}

// Subject is one made-up holder of roles.
type Subject struct {
	ID         string
	Type       string // "user" or "service_account"
	Department string
	Bindings   []Binding
}

// Binding gives a subject a role.
type Binding struct {
	Role    int  // index into the roles
	Project int  // number of the project; 0: everywhere
	Expired bool // it ended on 1 January 2026
}

// Expectation is one decision that the roles alone settle.
type Expectation struct {
	Subject    int // index into the subjects
	Project    int // number of the project asked for; 0: none
	Permission string
	Allowed    bool
}

// random is splitmix64 (Steele, Lea and Flood, 2014), which will give the same numbers for ever.
type random uint64

func (r *random) below(n int) int {
	*r += 0x9e3779b97f4a7c15
	z := uint64(*r)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return int((z ^ z>>31) % uint64(n))
}

var departments = [...]string{"engineering", "finance", "operations", "research", "security"}

// people makes up o.Subjects subjects with one to eight roles each. Every role is held by somebody as
// long as there are as many subjects as roles.
func (o Options) people(roles []Role) []Subject {
	r := random(o.Seed)
	subjects := make([]Subject, o.Subjects)
	for i := range subjects {
		s := &subjects[i]
		s.ID, s.Type = fmt.Sprintf("user-%05d@example.com", i), "user"
		if i%10 == 9 {
			s.ID, s.Type = fmt.Sprintf("robot-%05d@example.com", i), "service_account"
		}
		s.Department = departments[r.below(len(departments))]
		s.bind(Binding{Role: i % len(roles), Project: i % (o.Projects + 1)})
		for range r.below(8) {
			s.bind(Binding{Role: r.below(len(roles)), Project: r.below(o.Projects + 1), Expired: r.below(20) == 0})
		}
	}
	return subjects
}

// bind gives s a role unless it holds that role in that project already.
func (s *Subject) bind(b Binding) {
	held := func(h Binding) bool { return h.Role == b.Role && h.Project == b.Project }
	if !slices.ContainsFunc(s.Bindings, held) {
		s.Bindings = append(s.Bindings, b)
	}
}

// expectations makes up o.Tests questions, of which at least every other one is about a permission that
// the subject has, and answers them by looking through the roles.
func (o Options) expectations(roles []Role, subjects []Subject) []Expectation {
	r := random(o.Seed + 1)
	all := make([]Expectation, o.Tests)
	for i := range all {
		e := Expectation{Subject: r.below(len(subjects)), Project: r.below(o.Projects + 1)}
		holder := &subjects[e.Subject]
		role := &roles[r.below(len(roles))]
		if i%2 == 0 {
			b := holder.Bindings[r.below(len(holder.Bindings))]
			role, e.Project = &roles[b.Role], b.Project
		}
		e.Permission = "resourcemanager.projects.get"
		if len(role.Permissions) > 0 {
			e.Permission = role.Permissions[r.below(len(role.Permissions))]
		}
		e.Allowed = holder.may(roles, e.Permission, e.Project)
		all[i] = e
	}
	return all
}

// may reports whether one of the roles that s holds in a project has the permission. It reads the data's
// own lists and knows nothing of permission strings, so that it can judge an engine.
func (s *Subject) may(roles []Role, permission string, project int) bool {
	return slices.ContainsFunc(s.Bindings, func(b Binding) bool {
		return !b.Expired && (b.Project == 0 || b.Project == project) && slices.Contains(roles[b.Role].Permissions, permission)
	})
}
