// Package maps is what somebody would write by hand, and the least that any engine could do: the floors of the comparison.
package maps

import (
	"slices"
	"strconv"
	"strings"

	"github.com/lictor-dev/lictor/benchmarks/peers"
	"github.com/lictor-dev/lictor/benchmarks/workload"
)

// Nested is a hand-written check: from the subject to its roles, and in each role from the resource to the action to what is
// granted. Roles are flattened and conditions are Go functions, and it looks up nothing that the workload does not have.
type Nested struct {
	subjects  map[string][]holding
	wildcards bool // some grant is for every resource or every action
	near      map[string][]string
}

type holding struct {
	organisation string
	roles        []*role
}

// role holds grants by resource and action, those that deny apart, so that they can be looked for first.
type role struct{ allow, deny grants }

type grants map[string]map[string]*granted

// granted is what a role has for a resource and an action.
type granted struct {
	all       bool // instances
	instances map[string]bool
	holds     []func(*workload.Request) bool // all of them must be true
}

// NewNested returns the maps of a workload, which can do all of them.
func NewNested(w *workload.Workload) (*Nested, error) {
	n := &Nested{subjects: make(map[string][]holding, len(w.Policy.Subjects)), near: map[string][]string{}}
	flat := make([]*role, len(w.Policy.Roles))
	for i := range flat {
		flat[i] = &role{grants{}, grants{}}
		for _, from := range w.Policy.Closure(i) {
			for _, g := range w.Policy.Roles[from].Grants {
				flat[i].add(&g)
				n.wildcards = n.wildcards || g.Resource == workload.Any || g.Action == workload.Any
			}
		}
		if w.Explained {
			for _, g := range w.Policy.Roles[i].Grants {
				n.near[g.Resource] = append(n.near[g.Resource], g.Resource+":"+g.Action)
			}
		}
	}
	for _, s := range w.Policy.Subjects {
		n.subjects[s.ID] = holdings(s.Holdings, flat)
	}
	return n, nil
}

// holdings joins what is held in the same organisation.
func holdings(held []workload.Holding, flat []*role) []holding {
	var joined []holding
	for _, h := range held {
		i := slices.IndexFunc(joined, func(j holding) bool { return j.organisation == h.Organisation })
		if i < 0 {
			i = len(joined)
			joined = append(joined, holding{organisation: h.Organisation})
		}
		joined[i].roles = append(joined[i].roles, flat[h.Role])
	}
	return joined
}

func (r *role) add(g *workload.Grant) {
	to := r.allow
	if g.Deny {
		to = r.deny
	}
	actions := to[g.Resource]
	if actions == nil {
		actions = map[string]*granted{}
		to[g.Resource] = actions
	}
	x := actions[g.Action]
	if x == nil {
		x = &granted{}
		actions[g.Action] = x
	}
	for _, c := range g.Conditions {
		x.holds = append(x.holds, conditions[c])
	}
	if g.Instance == "" {
		x.all = true
		return
	}
	if x.instances == nil {
		x.instances = map[string]bool{}
	}
	x.instances[g.Instance] = true
}

var conditions = [...]func(*workload.Request) bool{
	workload.OwnerAsks:      func(r *workload.Request) bool { return r.Properties.Owner == r.Subject },
	workload.IsActive:       func(r *workload.Request) bool { return r.Properties.Status == workload.Active },
	workload.LevelReached:   func(r *workload.Request) bool { return r.Properties.Level >= workload.LevelNeeded },
	workload.RegionListed:   func(r *workload.Request) bool { return slices.Contains(workload.Regions, r.Properties.Region) },
	workload.BelowDocuments: func(r *workload.Request) bool { return strings.HasPrefix(r.Properties.Path, workload.Documents) },
}

// Decide implements peers.Engine.
func (n *Nested) Decide(r *workload.Request) (bool, error) {
	allowed := false
	held := n.subjects[r.Subject]
	for i := range held {
		if o := held[i].organisation; o != "" && o != r.Organisation {
			continue
		}
		for _, role := range held[i].roles {
			if len(role.deny) > 0 && n.covers(role.deny, r) {
				return false, nil
			}
			allowed = allowed || n.covers(role.allow, r)
		}
	}
	return allowed, nil
}

func (n *Nested) covers(g grants, r *workload.Request) bool {
	if g[r.Resource][r.Action].covers(r) {
		return true
	}
	return n.wildcards && (g[r.Resource][workload.Any].covers(r) || g[workload.Any][r.Action].covers(r) ||
		g[workload.Any][workload.Any].covers(r))
}

func (x *granted) covers(r *workload.Request) bool {
	if x == nil || !x.all && !x.instances[r.Instance] {
		return false
	}
	for _, holds := range x.holds {
		if !holds(r) {
			return false
		}
	}
	return true
}

// Explain implements peers.Explainer.
func (n *Nested) Explain(r *workload.Request) (bool, []string, error) {
	allowed, err := n.Decide(r)
	if allowed || err != nil {
		return allowed, nil, err
	}
	return false, n.near[r.Resource], nil
}

// Flat is one Go map that knows the answer of every request, with as many entries as the workload has grants, subjects or
// different requests, whichever is most: one look-up with a key that was made beforehand.
type Flat struct{ answers map[string]bool }

// NewFlat returns the map of a workload. The error is a [*peers.UnfitError].
func NewFlat(w *workload.Workload) (*Flat, error) {
	if w.Explained {
		return nil, &peers.UnfitError{Engine: "go-map", Workload: w.Name, Reason: "it holds answers and no reasons"}
	}
	f := &Flat{map[string]bool{}}
	for i := range w.Requests {
		// In another order than they are asked, in memory of its own.
		r := &w.Requests[i*7919%len(w.Requests)]
		f.answers[strings.Clone(r.Key)] = r.Allowed
	}
	for i := 0; len(f.answers) < max(w.Policy.Grants(), len(w.Policy.Subjects)); i++ {
		f.answers["filler-"+strconv.Itoa(i)] = false
	}
	return f, nil
}

// Decide implements peers.Engine.
func (f *Flat) Decide(r *workload.Request) (bool, error) { return f.answers[r.Key], nil }
