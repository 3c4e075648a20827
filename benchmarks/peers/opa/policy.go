package opa

import (
	"encoding/json"
	"strings"

	"github.com/lictor-dev/lictor/benchmarks/workload"
)

// features are what a workload's policy has, so that the Rego for it looks up nothing in vain.
type features struct {
	wildcards, instances, denies, organisations bool
	batch, explained                            bool
	conditions                                  []workload.Condition // of every grant, as the workloads have them
}

func featuresOf(w *workload.Workload) features {
	f := features{batch: w.Batch > 1, explained: w.Explained, organisations: len(w.Policy.Organisations) > 0}
	for i := range w.Policy.Roles {
		for k := range w.Policy.Roles[i].Grants {
			g := &w.Policy.Roles[i].Grants[k]
			f.wildcards = f.wildcards || g.Resource == workload.Any || g.Action == workload.Any
			f.instances = f.instances || g.Instance != ""
			f.denies = f.denies || g.Deny
			f.conditions = g.Conditions
		}
	}
	return f
}

// module is the policy. Every reference goes from what is known to what is looked up, so that OPA scans nothing, and each rule
// stops at the first role that grants.
func (f features) module() string {
	text := "package authz\n\n"
	switch {
	case f.batch:
		return text + `allowed := [granted(r) | some r in input.requests]

default granted(_) := false

granted(r) if {
	some role in data.subjects[input.subject]
	data.allow[role][r.resource][r.action]
}
`
	case f.explained:
		text += `explained := {"allow": allow, "nearest": nearest}

nearest := data.nearest[input.resource]

`
	}
	text += "default allow := false\n\n"
	if f.denies {
		return text + "allow if {\n\tnot denied\n\tgranted\n}\n" + f.rules("granted", "allow") + f.rules("denied", "deny")
	}
	return text + f.rules("allow", "allow")
}

// rules are those that look through one kind of grants.
func (f features) rules(name, grants string) string {
	var text strings.Builder
	for _, held := range f.held() {
		for _, at := range f.places() {
			text.WriteString("\n" + name + " if {\n")
			for _, c := range f.conditions {
				text.WriteString("\t" + conditions[c] + "\n")
			}
			text.WriteString("\tsome role in data.subjects[input.subject]" + held + "\n")
			text.WriteString("\tdata." + grants + "[role]" + at + "\n}\n")
		}
	}
	return text.String()
}

// held is where the roles of a subject are.
func (f features) held() []string {
	if f.organisations {
		return []string{`[input.organisation]`, `[""]`}
	}
	return []string{""}
}

// places are where grants that cover a request are.
func (f features) places() []string {
	places := []string{"[input.resource][input.action]"}
	if f.wildcards {
		places = append(places, `[input.resource]["*"]`, `["*"][input.action]`)
	}
	if !f.instances {
		return places
	}
	var both []string
	for _, p := range places {
		both = append(both, p+"[input.instance]", p+`["*"]`)
	}
	return both
}

// data is the policy as data: the roles of each subject, included ones among them, and the grants of each role by resource,
// action, and instance where that matters.
func data(w *workload.Workload, f features) map[string]any {
	allow, deny, nearest := map[string]any{}, map[string]any{}, map[string]any{}
	for i := range w.Policy.Roles {
		role := &w.Policy.Roles[i]
		for k := range role.Grants {
			g := &role.Grants[k]
			to := allow
			if g.Deny {
				to = deny
			}
			f.add(below(to, role.Name), g)
			if f.explained {
				known, _ := nearest[g.Resource].([]any)
				nearest[g.Resource] = append(known, g.Resource+":"+g.Action)
			}
		}
	}
	subjects := make(map[string]any, len(w.Policy.Subjects))
	for i := range w.Policy.Subjects {
		subjects[w.Policy.Subjects[i].ID] = f.roles(w.Policy, &w.Policy.Subjects[i])
	}
	return map[string]any{"subjects": subjects, "allow": allow, "deny": deny, "nearest": nearest}
}

func (f features) add(role map[string]any, g *workload.Grant) {
	actions := below(role, g.Resource)
	if !f.instances {
		actions[g.Action] = true
		return
	}
	instance := g.Instance
	if instance == "" {
		instance = workload.Any
	}
	below(actions, g.Action)[instance] = true
}

// roles returns the names of the roles of a subject, by organisation where there are any.
func (f features) roles(p *workload.Policy, s *workload.Subject) any {
	by := map[string]any{}
	for _, h := range s.Holdings {
		names, _ := by[h.Organisation].([]any)
		for _, r := range p.Closure(h.Role) {
			names = append(names, p.Roles[r].Name)
		}
		by[h.Organisation] = names
	}
	if f.organisations {
		return by
	}
	return by[""]
}

// below returns the object that is a member of another, made where it is missing.
func below(o map[string]any, name string) map[string]any {
	m, ok := o[name].(map[string]any)
	if !ok {
		m = map[string]any{}
		o[name] = m
	}
	return m
}

// Document returns the policy that [NewIdiomatic] evaluates and its data, as files for OPA's own programs.
func Document(w *workload.Workload) (map[string][]byte, error) {
	f := featuresOf(w)
	text, err := json.Marshal(data(w, f))
	return map[string][]byte{"authz.rego": []byte(f.module()), "data.json": text}, err
}
