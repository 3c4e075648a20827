package opa

import (
	"encoding/json"
	"strings"

	"github.com/lictor-dev/lictor/benchmarks/workload"
)

// features are what a workload's policy has, so that the Rego for it looks up nothing in vain.
type features struct {
	workload.Features
	batch, explained bool
}

func featuresOf(w *workload.Workload) features {
	return features{Features: w.Policy.Features(), batch: w.Batch > 1, explained: w.Explained}
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
	if f.Denies {
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
			for _, c := range f.Conditions {
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
	if f.Organisations {
		return []string{`[input.organisation]`, `[""]`}
	}
	return []string{""}
}

// places are where grants that cover a request are.
func (f features) places() []string {
	places := []string{"[input.resource][input.action]"}
	if f.Wildcards {
		places = append(places, `[input.resource]["*"]`, `["*"][input.action]`)
	}
	if !f.Instances {
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
	if !f.Instances {
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
	if f.Organisations {
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
