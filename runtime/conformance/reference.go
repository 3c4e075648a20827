package conformance

import (
	"slices"
	"strings"

	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/value"
	"github.com/lictor-dev/lictor/runtime/decision"
)

// Reference is the engine that other engines are judged by: it transcribes DESIGN 2.2 and 2.3 line by
// line, looks at every policy for every atom, and is as slow as that sounds. It keeps no state beside
// its model and is safe for concurrent use. What only Rego can evaluate it asks others for.
type Reference struct {
	model      *policy.Model
	conditions decision.Conditions
}

// NewReference returns the reference engine for a model, which must not change afterwards and needs no Rego.
func NewReference(model *policy.Model) *Reference { return NewReferenceWith(model, nil) }

// NewReferenceWith is [NewReference] for a model with conditions that only Rego can evaluate.
func NewReferenceWith(model *policy.Model, conditions decision.Conditions) *Reference {
	return &Reference{model: model, conditions: conditions}
}

// Decide implements [decision.Engine].
func (e *Reference) Decide(r *decision.Request) (decision.Decision, error) {
	d, _, err := e.Deciding(r, nil)
	return d, err
}

// Deciding implements [decision.Engine].
func (e *Reference) Deciding(r *decision.Request, dst []policy.ID) (decision.Decision, []policy.ID, error) {
	who := e.identify(r)
	if who.inactive {
		return decision.Decision{Code: decision.SubjectInactive}, dst, nil
	}
	var findings []finding
	held := e.heldPolicies(r, who)
	for i := range r.Permissions {
		findings = append(findings, e.judge(r, who, held, &r.Permissions[i])...)
	}
	code, ids := conclude(findings)
	slices.Sort(ids)
	dst = append(dst, slices.Compact(ids)...)
	return decision.Decision{Allowed: code == decision.Allowed, Code: code}, dst, nil
}

// HasRole implements [decision.Engine].
func (e *Reference) HasRole(r *decision.Request, role string) (bool, error) {
	who := e.identify(r)
	if who.inactive {
		return false, nil
	}
	for _, h := range e.heldHolders(r, who) {
		if holder := &e.model.Holders[h]; holder.Kind == policy.Role && holder.Name == role {
			return true, nil
		}
	}
	return false, nil
}

// identity is what the model knows of a request's subject.
type identity struct {
	stored   *policy.Subject // nil for an unknown subject
	inactive bool
}

// identify finds the stored subject. One of another type is not that subject, but one that is not
// active is denied under any type (DESIGN 2.3).
func (e *Reference) identify(r *decision.Request) identity {
	for i := range e.model.Subjects {
		s := &e.model.Subjects[i]
		switch {
		case s.ID != r.Subject.ID:
		case s.Inactive:
			return identity{inactive: true}
		case s.Type == r.Subject.Type:
			return identity{stored: s}
		}
	}
	return identity{}
}

// organisation returns the organisation asked for. An unknown code counts as an organisation without
// assignments, which leaves the same assignments as none (DESIGN 2.3).
func (e *Reference) organisation(r *decision.Request) policy.OrganisationIndex {
	for i := range e.model.Organisations {
		if e.model.Organisations[i].Code == r.Organisation {
			return policy.OrganisationIndex(i)
		}
	}
	return policy.NoOrganisation
}

// heldHolders returns the roles and entitlements that the subject holds, with everything they
// include: by assignment where that is valid, and by birthright (DESIGN 2.3, step 1).
func (e *Reference) heldHolders(r *decision.Request, who identity) []policy.HolderIndex {
	var held []policy.HolderIndex
	if who.stored != nil {
		for _, a := range who.stored.Assignments {
			if a.Validity.Holds(e.organisation(r), r.Now) {
				held = append(held, e.model.Holders[a.Holder].Closure...)
			}
		}
	}
	for i := range e.model.Holders {
		b := &e.model.Holders[i].Birthright
		if slices.Contains(b.Types, r.Subject.Type) && (!b.Known || who.stored != nil) {
			held = append(held, e.model.Holders[i].Closure...)
		}
	}
	return held
}

// heldPolicies returns the policies that apply to the subject, direct ones among them (DESIGN 2.3,
// step 1), in the order of their ids.
func (e *Reference) heldPolicies(r *decision.Request, who identity) []policy.ID {
	var held []policy.ID
	for _, h := range e.heldHolders(r, who) {
		held = append(held, e.model.Holders[h].Policies...)
	}
	if who.stored != nil {
		for _, id := range who.stored.Policies {
			if e.model.Policy(id).Validity.Holds(e.organisation(r), r.Now) {
				held = append(held, id)
			}
		}
	}
	slices.Sort(held)
	return slices.Compact(held)
}

// finding is what the held policies say about one atom: for each effect and each truth of the
// condition the lowest policy id, 0 for none.
type finding struct {
	lowest  [2][3]policy.ID // by policy.Effect and truth
	covered bool            // the token's scope, where there is one, implies the atom
}

func (f *finding) note(effect policy.Effect, t truth, id policy.ID) {
	if f.lowest[effect][t] == 0 {
		f.lowest[effect][t] = id
	}
}

// judge returns the findings for every atom of one permission, in the order of [permission.Permission.Atom].
func (e *Reference) judge(r *decision.Request, who identity, held []policy.ID, asked *permission.Permission) []finding {
	atoms := make([]permission.Atom, asked.Atoms())
	findings := make([]finding, len(atoms))
	for i := range atoms {
		asked.Atom(i, &atoms[i])
		findings[i].covered = e.scopeCovers(r, &atoms[i])
	}
	for _, id := range held {
		p := e.model.Policy(id)
		switch {
		case p.Effect == policy.Allow && r.Strict:
			if permission.Implies(&p.Permission, asked) {
				whole := e.holdsForAll(r, who, p, atoms)
				for i := range findings {
					findings[i].note(policy.Allow, whole, id)
				}
			}
		default:
			for i := range atoms {
				if touches(p, &atoms[i]) {
					findings[i].note(p.Effect, e.holds(r, who, p, &atoms[i]), id)
				}
			}
		}
	}
	return findings
}

// touches reports whether a policy speaks about an atom: an ALLOW implies it, a DENY overlaps it
// (DESIGN 2.2).
func touches(p *policy.Policy, atom *permission.Atom) bool {
	if p.Effect == policy.Deny {
		return permission.OverlapsAtom(&p.Permission, atom)
	}
	return permission.ImpliesAtom(&p.Permission, atom)
}

// holds evaluates a policy's condition for one atom.
func (e *Reference) holds(r *decision.Request, who identity, p *policy.Policy, atom *permission.Atom) truth {
	if p.Condition == 0 {
		return yes
	}
	s := situation{model: e.model, request: r, stored: who.stored, atom: atom, conditions: e.conditions}
	return s.condition(e.model.Condition(p.Condition).Expr)
}

// holdsForAll is the AND of a policy's condition over all atoms (strict: one policy covers them all).
func (e *Reference) holdsForAll(r *decision.Request, who identity, p *policy.Policy, atoms []permission.Atom) truth {
	all := yes
	for i := range atoms {
		switch e.holds(r, who, p, &atoms[i]) {
		case no:
			return no
		case unknown:
			all = unknown
		}
	}
	return all
}

// scopeCovers reports whether the token allows the atom: there is no scope claim, or one of its items
// implies the atom (DESIGN 2.3, step 4, and 2.5). A claim that is not a string authorises nothing.
func (e *Reference) scopeCovers(r *decision.Request, atom *permission.Atom) bool {
	claim := r.Token.Get("scope")
	if claim.Kind() == value.Missing {
		return true
	}
	for _, item := range strings.Split(claim.Text(), " ") {
		if granted, ok := e.scope(item); ok && permission.ImpliesAtom(&granted, atom) {
			return true
		}
	}
	return false
}

// scope returns the permission that a scope item stands for: the declared one, or the one it spells.
// Protocol scopes and malformed items stand for none.
func (e *Reference) scope(item string) (permission.Permission, bool) {
	for i := range e.model.Scopes {
		if e.model.Scopes[i].Name == item {
			return e.model.Scopes[i].Permission, true
		}
	}
	if permission.IsProtocolScope(item) {
		return permission.Permission{}, false
	}
	p, err := e.model.Grammar().ParseScope(item)
	return p, err == nil
}

// conclude turns the findings of all atoms, in order, into the code and the policies that brought it
// about (DESIGN 2.3: denies first, a true one before one that cannot be evaluated; then every atom
// needs an ALLOW; else the first atom that is not allowed gives the code).
func conclude(findings []finding) (decision.Code, []policy.ID) {
	if ids := collect(findings, policy.Deny, yes); len(ids) > 0 {
		return decision.DeniedByPolicy, ids
	}
	if ids := collect(findings, policy.Deny, unknown); len(ids) > 0 {
		return decision.DeniedConditionUnknown, ids
	}
	for i := range findings {
		allow := &findings[i].lowest[policy.Allow]
		switch {
		case allow[yes] != 0 && findings[i].covered:
		case allow[yes] != 0:
			return decision.ScopeInsufficient, nil
		case allow[unknown] != 0:
			return decision.ConditionUnknown, allow[unknown : unknown+1]
		case allow[no] != 0:
			return decision.ConditionFalse, allow[no : no+1]
		default:
			return decision.NoGrant, nil
		}
	}
	if len(findings) == 0 {
		return decision.NoGrant, nil
	}
	return decision.Allowed, collect(findings, policy.Allow, yes)
}

// collect returns the lowest ids of all atoms that have one.
func collect(findings []finding, effect policy.Effect, t truth) []policy.ID {
	var ids []policy.ID
	for i := range findings {
		if id := findings[i].lowest[effect][t]; id != 0 {
			ids = append(ids, id)
		}
	}
	return ids
}
