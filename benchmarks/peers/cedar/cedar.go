// Package cedar is cedar-go in the comparison.
package cedar

import (
	"iter"
	"strconv"

	cedar "github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/ast"
	"github.com/cedar-policy/cedar-go/types"

	"github.com/lictor-dev/lictor/benchmarks/peers"
	"github.com/lictor-dev/lictor/benchmarks/workload"
)

// Cedar has one policy for each grant, and hands the authorizer only those whose scope can match a request, which the
// paper about Cedar calls slicing (https://arxiv.org/abs/2403.04651): without it every request would evaluate every policy. It is also what the authorizer reads
// entities from: a subject is one whose parents are the roles that it has in the organisation asked for.
type Cedar struct {
	policies  map[scope][]named
	subjects  map[asker]types.Entity
	roles     map[asker][]types.String
	wildcards bool
	instances bool
	count     int // of policies

	// Of the request that is answered.
	request cedar.Request
	asks    asker
	slice   []named
}

// scope is what a policy is found by. An empty text is any.
type scope struct{ role, resource, action, instance types.String }

type named struct {
	id     cedar.PolicyID
	policy *cedar.Policy
}

// asker is a subject in an organisation.
type asker struct{ subject, organisation string }

const (
	user   types.EntityType = "User"
	role   types.EntityType = "Role"
	action types.EntityType = "Action"
)

// New builds the policies and entities of a workload once. The error is a [*peers.UnfitError].
func New(w *workload.Workload) (*Cedar, error) {
	if w.Explained {
		return nil, &peers.UnfitError{Engine: "cedar-go", Workload: w.Name, Reason: "its diagnostics are empty where nothing grants a request"}
	}
	c := &Cedar{policies: map[scope][]named{}, subjects: map[asker]types.Entity{}, roles: map[asker][]types.String{}}
	for i := range w.Policy.Roles {
		r := &w.Policy.Roles[i]
		for k := range r.Grants {
			c.add(r.Name, &r.Grants[k])
		}
	}
	for i := range w.Policy.Subjects {
		c.addSubject(w.Policy, &w.Policy.Subjects[i])
	}
	return c, nil
}

// add makes a policy of a grant, with all that it says in its scope but for conditions.
func (c *Cedar) add(holder string, g *workload.Grant) {
	p, s := ast.Permit(), scope{role: types.String(holder)}
	if g.Deny {
		p = ast.Forbid()
	}
	p = p.PrincipalIn(types.NewEntityUID(role, s.role))
	if g.Action == workload.Any {
		c.wildcards = true
	} else {
		s.action = types.String(g.Action)
		p = p.ActionEq(types.NewEntityUID(action, s.action))
	}
	switch {
	case g.Resource == workload.Any:
		c.wildcards = true
	case g.Instance != "":
		c.instances = true
		s.resource, s.instance = types.String(g.Resource), types.String(g.Instance)
		p = p.ResourceEq(types.NewEntityUID(types.EntityType(g.Resource), s.instance))
	default:
		s.resource = types.String(g.Resource)
		p = p.ResourceIs(types.EntityType(g.Resource))
	}
	for _, n := range g.Conditions {
		p = p.When(conditions[n])
	}
	id := cedar.PolicyID("policy" + strconv.Itoa(c.count))
	c.count++
	c.policies[s] = append(c.policies[s], named{id, cedar.NewPolicyFromAST(p)})
}

// conditions are those of package workload.
var conditions = [...]ast.Node{
	workload.OwnerAsks:      ast.Context().Access("owner").Equal(ast.Principal()),
	workload.IsActive:       ast.Context().Access("status").Equal(ast.String(workload.Active)),
	workload.LevelReached:   ast.Context().Access("level").GreaterThanOrEqual(ast.Long(workload.LevelNeeded)),
	workload.RegionListed:   ast.Value(regions()).Contains(ast.Context().Access("region")),
	workload.BelowDocuments: ast.Context().Access("path").Like(types.NewPattern(workload.Documents, types.Wildcard{})),
}

func regions() types.Set {
	var all []types.Value
	for _, r := range workload.Regions {
		all = append(all, types.String(r))
	}
	return types.NewSet(all...)
}

// addSubject makes an entity for each organisation that a subject has roles in, and one for all others.
func (c *Cedar) addSubject(p *workload.Policy, s *workload.Subject) {
	organisations := map[string]bool{"": true}
	for _, h := range s.Holdings {
		organisations[h.Organisation] = true
	}
	for o := range organisations {
		var names []types.String
		var parents []types.EntityUID
		for _, h := range s.Holdings {
			if h.Organisation != "" && h.Organisation != o {
				continue
			}
			for _, r := range p.Closure(h.Role) {
				names = append(names, types.String(p.Roles[r].Name))
				parents = append(parents, types.NewEntityUID(role, types.String(p.Roles[r].Name)))
			}
		}
		uid := types.NewEntityUID(user, types.String(s.ID))
		at := asker{s.ID, o}
		c.subjects[at] = types.Entity{UID: uid, Parents: types.NewEntityUIDSet(parents...)}
		c.roles[at] = names
	}
}

// Decide implements peers.Engine.
func (c *Cedar) Decide(r *workload.Request) (bool, error) {
	c.asks = asker{r.Subject, r.Organisation}
	roles, known := c.roles[c.asks]
	if !known {
		c.asks.organisation = ""
		roles = c.roles[c.asks]
	}
	c.request = cedar.Request{
		Principal: types.NewEntityUID(user, types.String(r.Subject)),
		Action:    types.NewEntityUID(action, types.String(r.Action)),
		Resource:  types.NewEntityUID(types.EntityType(r.Resource), types.String(r.Instance)),
	}
	if r.Properties != nil {
		c.request.Context = contextOf(r.Properties)
	}
	c.slice = c.slice[:0]
	for _, held := range roles {
		c.find(held)
	}
	d, diagnostic := cedar.Authorize(c, c, c.request)
	if len(diagnostic.Errors) > 0 {
		return false, &peers.DifferenceError{Request: r.Key, Got: diagnostic.Errors[0].Message, Want: "no error"}
	}
	return d == cedar.Allow, nil
}

// find adds the policies of a role whose scope matches the request.
func (c *Cedar) find(held types.String) {
	s := scope{held, types.String(c.request.Resource.Type), c.request.Action.ID, ""}
	c.slice = append(c.slice, c.policies[s]...)
	if c.wildcards {
		c.slice = append(c.slice, c.policies[scope{s.role, s.resource, "", ""}]...)
		c.slice = append(c.slice, c.policies[scope{s.role, "", s.action, ""}]...)
	}
	if !c.instances {
		return
	}
	s.instance = c.request.Resource.ID
	c.slice = append(c.slice, c.policies[s]...)
	if c.wildcards {
		s.action = ""
		c.slice = append(c.slice, c.policies[s]...)
	}
}

func contextOf(x *workload.Properties) types.Record {
	return types.NewRecord(types.RecordMap{
		"owner":  types.NewEntityUID(user, types.String(x.Owner)),
		"status": types.String(x.Status), "path": types.String(x.Path), "region": types.String(x.Region),
		"level": types.Long(x.Level),
	})
}

// All implements cedar.PolicyIterator.
func (c *Cedar) All() iter.Seq2[cedar.PolicyID, *cedar.Policy] {
	return func(yield func(cedar.PolicyID, *cedar.Policy) bool) {
		for i := range c.slice {
			if !yield(c.slice[i].id, c.slice[i].policy) {
				return
			}
		}
	}
}

// Get implements types.EntityGetter.
func (c *Cedar) Get(uid types.EntityUID) (types.Entity, bool) {
	if uid != c.request.Principal {
		return types.Entity{}, false
	}
	e, ok := c.subjects[c.asks]
	return e, ok
}
