package workload

import (
	"slices"
	"strings"
)

// Any stands in a grant for every value of a resource or an action.
const Any = "*"

// Policy says who may do what, in no engine's terms. It is read only once made.
type Policy struct {
	Roles         []Role
	Subjects      []Subject
	Organisations []string

	numbers   map[string]int // of subjects, by id
	closures  [][]int        // by role
	instances bool           // some grant names one
}

// Role is a named set of grants.
type Role struct {
	Name     string
	Includes []int // positions in Policy.Roles
	Grants   []Grant
}

// Grant allows or denies an action on a resource: on the one named instance, or on all when that is empty. It counts when
// all of its conditions are true. One that denies overrides those that allow.
type Grant struct {
	Deny             bool
	Resource, Action string // or Any
	Instance         string
	Conditions       []Condition
}

// Subject holds roles.
type Subject struct {
	ID       string
	Holdings []Holding
}

// Holding is a role in one organisation, or everywhere when that is empty.
type Holding struct {
	Role         int // position in Policy.Roles
	Organisation string
}

// Condition is one of a closed set of questions about a request.
type Condition uint8

// The conditions.
const (
	OwnerAsks      Condition = iota // the resource's property owner is the subject's id
	IsActive                        // the resource's property status is "active"
	LevelReached                    // the context's level is at least LevelNeeded
	RegionListed                    // the context's region is one of Regions
	BelowDocuments                  // the resource's property path starts with Documents
)

// What the conditions compare with.
const (
	Active      = "active"
	LevelNeeded = 3
	Documents   = "/docs/"
)

// Regions are those of RegionListed.
var Regions = []string{"eu-central", "eu-west", "us-east"}

// Request asks whether a subject may do something to one instance of a resource.
type Request struct {
	Subject, Resource, Action, Instance string
	Organisation                        string
	Properties                          *Properties // nil where no grant has a condition

	Allowed bool   // the answer of Policy.Allows
	Key     string // all that the answer depends on as one text, for those who need only one look-up
	Number  int    // its position among the requests of the workload
}

// Properties are what conditions ask for.
type Properties struct {
	Owner, Status, Path string // of the resource
	Region              string // of the context
	Level               int    // of the context
}

// Allows answers r by looking through every grant that the subject has. It is what engines are compared with.
func (p *Policy) Allows(r *Request) bool {
	n, known := p.numbers[r.Subject]
	if !known {
		return false
	}
	allowed := false
	for _, h := range p.Subjects[n].Holdings {
		if h.Organisation != "" && h.Organisation != r.Organisation {
			continue
		}
		for _, role := range p.Closure(h.Role) {
			for i := range p.Roles[role].Grants {
				g := &p.Roles[role].Grants[i]
				if !g.covers(r) {
					continue
				}
				if g.Deny {
					return false
				}
				allowed = true
			}
		}
	}
	return allowed
}

// Closure returns a role and all that it includes, each once. The slice belongs to p.
func (p *Policy) Closure(role int) []int { return p.closures[role] }

func (p *Policy) closure(role int) []int {
	found := []int{role}
	for i := 0; i < len(found); i++ {
		for _, included := range p.Roles[found[i]].Includes {
			if !slices.Contains(found, included) {
				found = append(found, included)
			}
		}
	}
	return found
}

// Grants returns how many grants the policy has.
func (p *Policy) Grants() int {
	n := 0
	for i := range p.Roles {
		n += len(p.Roles[i].Grants)
	}
	return n
}

// Features are what a policy makes use of, so that what is written for it in an engine's terms looks up nothing in vain.
type Features struct {
	Wildcards, Instances, Denies, Organisations bool
	Conditions                                  []Condition // of every grant, as the workloads have them
}

// Features returns what p makes use of. Its conditions belong to p.
func (p *Policy) Features() Features {
	f := Features{Instances: p.instances, Organisations: len(p.Organisations) > 0}
	for i := range p.Roles {
		for k := range p.Roles[i].Grants {
			g := &p.Roles[i].Grants[k]
			f.Wildcards = f.Wildcards || g.Resource == Any || g.Action == Any
			f.Denies = f.Denies || g.Deny
			f.Conditions = g.Conditions
		}
	}
	return f
}

func (g *Grant) covers(r *Request) bool {
	if g.Action != Any && g.Action != r.Action || g.Resource != Any && g.Resource != r.Resource ||
		g.Instance != "" && g.Instance != r.Instance {
		return false
	}
	for _, c := range g.Conditions {
		if !c.holds(r) {
			return false
		}
	}
	return true
}

func (c Condition) holds(r *Request) bool {
	x := r.Properties
	switch c {
	case OwnerAsks:
		return x.Owner == r.Subject
	case IsActive:
		return x.Status == Active
	case LevelReached:
		return x.Level >= LevelNeeded
	case RegionListed:
		return slices.Contains(Regions, x.Region)
	case BelowDocuments:
		return strings.HasPrefix(x.Path, Documents)
	}
	return false
}
