package workload

import (
	"fmt"
	"strings"

	"github.com/lictor-dev/lictor/examples/cloud/catalogue"
)

// cloud is the roles of examples/cloud, with 10,000 subjects that hold one to eight of them, each in one of 50 projects or
// everywhere.
func cloud(g *generator) *Workload {
	const subjects, projects = 10_000, 50
	p := &Policy{Roles: cloudRoles()}
	for n := range projects {
		p.Organisations = append(p.Organisations, fmt.Sprintf("project-%03d", n+1))
	}
	for s := range subjects {
		one := Subject{ID: fmt.Sprintf("user-%05d@example.com", s)}
		one.hold(s%len(p.Roles), p.project(s%(projects+1)))
		for range g.IntN(8) {
			one.hold(g.IntN(len(p.Roles)), p.project(g.IntN(projects+1)))
		}
		p.Subjects = append(p.Subjects, one)
	}
	return &Workload{Policy: p.index(), Requests: g.ask(p, requests, g.grant)}
}

// cloudRoles leaves out the few permissions that name no action.
func cloudRoles() []Role {
	data, err := catalogue.Roles()
	if err != nil {
		panic("BUG: " + err.Error()) // it is embedded
	}
	made := make([]Role, len(data))
	for i, d := range data {
		made[i].Name = d.Name
		for _, dotted := range d.Permissions {
			if dot := strings.LastIndexByte(dotted, '.'); dot > 0 {
				made[i].Grants = append(made[i].Grants, Grant{Resource: dotted[:dot], Action: dotted[dot+1:]})
			}
		}
	}
	return made
}

// project returns the name of a project, "" for the one with number 0, which stands for all.
func (p *Policy) project(n int) string {
	if n == 0 {
		return ""
	}
	return p.Organisations[n-1]
}

// hold gives s a role unless it has that one there.
func (s *Subject) hold(role int, organisation string) {
	for _, h := range s.Holdings {
		if h.Role == role && h.Organisation == organisation {
			return
		}
	}
	s.Holdings = append(s.Holdings, Holding{role, organisation})
}
