// Package casbin is Casbin in the comparison, plain and with its cache of decisions.
package casbin

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/casbin/casbin/v3"
	"github.com/casbin/casbin/v3/model"

	"github.com/lictor-dev/lictor/benchmarks/peers"
	"github.com/lictor-dev/lictor/benchmarks/workload"
)

// enforcer is what both enforcers of Casbin can do.
type enforcer interface {
	Enforce(values ...any) (bool, error)
	AddPolicies(rules [][]string) (bool, error)
	AddGroupingPolicies(rules [][]string) (bool, error)
}

// Plain asks a casbin.Enforcer.
type Plain struct {
	e enforcer
	features
}

// NewPlain returns an enforcer with a workload's policy. The error about what Casbin cannot express is a [*peers.UnfitError].
func NewPlain(w *workload.Workload) (*Plain, error) {
	f, err := featuresOf("casbin", w)
	if err != nil {
		return nil, err
	}
	m, err := model.NewModelFromString(f.model())
	if err != nil {
		return nil, err
	}
	e, err := casbin.NewEnforcer(m)
	if err != nil {
		return nil, err
	}
	return &Plain{e, f}, fill(e, w.Policy, f)
}

// Cached asks a casbin.CachedEnforcer, which knows every decision that it has made.
type Cached struct{ Plain }

// NewCached is NewPlain with a cache.
func NewCached(w *workload.Workload) (*Cached, error) {
	f, err := featuresOf("casbin-cached", w)
	if err != nil {
		return nil, err
	}
	f.cached = true
	m, err := model.NewModelFromString(f.model())
	if err != nil {
		return nil, err
	}
	e, err := casbin.NewCachedEnforcer(m)
	if err != nil {
		return nil, err
	}
	return &Cached{Plain{e, f}}, fill(e, w.Policy, f)
}

// level is a number that the cache knows. A request with any other value than texts and those that have a key is not cached.
type level struct{ Value int }

// GetCacheKey implements casbin.CacheableParam.
func (l level) GetCacheKey() string { return strconv.Itoa(l.Value) }

// Decide implements peers.Engine.
func (c *Cached) Decide(r *workload.Request) (bool, error) {
	if !c.properties {
		return c.Plain.Decide(r)
	}
	x := r.Properties
	return c.e.Enforce(r.Subject, r.Resource, r.Action, x.Owner, x.Status, x.Path, x.Region, level{x.Level})
}

// Decide implements peers.Engine.
func (p *Plain) Decide(r *workload.Request) (bool, error) {
	switch {
	case p.properties:
		x := r.Properties
		return p.e.Enforce(r.Subject, r.Resource, r.Action, x.Owner, x.Status, x.Path, x.Region, x.Level)
	case p.Organisations:
		return p.e.Enforce(r.Subject, r.Resource, r.Action, r.Organisation)
	case p.Instances:
		return p.e.Enforce(r.Subject, r.Resource, r.Action, r.Instance)
	}
	return p.e.Enforce(r.Subject, r.Resource, r.Action)
}

// features are what a workload's policy has, so that the matcher compares nothing in vain.
type features struct {
	workload.Features
	properties bool // are asked for by conditions
	cached     bool // by an enforcer to which numbers are levels
}

func featuresOf(engine string, w *workload.Workload) (features, error) {
	if w.Explained {
		return features{}, &peers.UnfitError{Engine: engine, Workload: w.Name, Reason: "it names the rule that matched, and none where nothing did"}
	}
	f := features{Features: w.Policy.Features()}
	f.properties = len(f.Conditions) > 0
	return f, nil
}

// model is RBAC as Casbin's documentation has it, with the comparisons of texts, which cost less, before the look-up of roles.
func (f features) model() string {
	request, policy, group, effect := "sub, obj, act", "sub, obj, act", "_, _", "some(where (p.eft == allow))"
	matcher := []string{"r.obj == p.obj", "r.act == p.act"}
	if f.Wildcards {
		matcher = []string{`(r.obj == p.obj || p.obj == "*")`, `(r.act == p.act || p.act == "*")`}
	}
	if f.Instances {
		request, policy = request+", id", policy+", id"
		matcher = append(matcher, `(r.id == p.id || p.id == "*")`)
		if !f.Wildcards && !f.Denies {
			matcher = []string{`r.id == p.id`, "r.act == p.act", "r.obj == p.obj"}
		}
	}
	if f.Denies {
		policy, effect = policy+", eft", effect+" && !some(where (p.eft == deny))"
	}
	if f.properties {
		request += ", owner, status, path, region, level"
	}
	held := "g(r.sub, p.sub)"
	if f.Organisations {
		request, group = request+", dom", "_, _, _"
		held = `(g(r.sub, p.sub, r.dom) || g(r.sub, p.sub, "*"))`
	}
	matcher = append(matcher, held)
	for _, c := range f.Conditions {
		matcher = append(matcher, f.condition(c))
	}
	return fmt.Sprintf("[request_definition]\nr = %s\n\n[policy_definition]\np = %s\n\n[role_definition]\ng = %s\n\n"+
		"[policy_effect]\ne = %s\n\n[matchers]\nm = %s\n", request, policy, group, effect, strings.Join(matcher, " && "))
}

func (f features) condition(c workload.Condition) string {
	if f.cached && c == workload.LevelReached {
		return fmt.Sprintf(`r.level.Value >= %d`, workload.LevelNeeded)
	}
	return conditions[c]
}

// conditions are those of package workload as Casbin's matchers have them.
var conditions = [...]string{
	workload.OwnerAsks:      `r.owner == r.sub`,
	workload.IsActive:       `r.status == "` + workload.Active + `"`,
	workload.LevelReached:   fmt.Sprintf(`r.level >= %d`, workload.LevelNeeded),
	workload.RegionListed:   `r.region in ("` + strings.Join(workload.Regions, `", "`) + `")`,
	workload.BelowDocuments: `keyMatch(r.path, "` + workload.Documents + `*")`,
}

// fill adds the rules and the roles of a policy.
func fill(e enforcer, p *workload.Policy, f features) error {
	var rules, groups [][]string
	for i := range p.Roles {
		role := &p.Roles[i]
		for k := range role.Grants {
			rules = append(rules, f.rule(role.Name, &role.Grants[k]))
		}
		for _, included := range role.Includes {
			groups = append(groups, []string{role.Name, p.Roles[included].Name})
		}
	}
	for i := range p.Subjects {
		s := &p.Subjects[i]
		for _, h := range s.Holdings {
			groups = append(groups, f.group(s.ID, p.Roles[h.Role].Name, h.Organisation))
		}
	}
	if added, err := e.AddPolicies(rules); err != nil || !added {
		return fmt.Errorf("rules: added %t: %w", added, err)
	}
	if added, err := e.AddGroupingPolicies(groups); err != nil || !added {
		return fmt.Errorf("roles: added %t: %w", added, err)
	}
	return nil
}

func (f features) rule(role string, g *workload.Grant) []string {
	rule := []string{role, g.Resource, g.Action}
	if f.Instances {
		id := g.Instance
		if id == "" {
			id = workload.Any
		}
		rule = append(rule, id)
	}
	if f.Denies {
		eft := "allow"
		if g.Deny {
			eft = "deny"
		}
		rule = append(rule, eft)
	}
	return rule
}

func (f features) group(subject, role, organisation string) []string {
	if !f.Organisations {
		return []string{subject, role}
	}
	if organisation == "" {
		organisation = "*"
	}
	return []string{subject, role, organisation}
}
