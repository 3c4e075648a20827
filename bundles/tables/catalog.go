package tables

import (
	"github.com/lictor-dev/lictor/bundles/internal/load"
	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/policy"
)

// PolicyRow is what the tables keep of a policy besides its place in cells: what explanations and
// strict requests need.
type PolicyRow struct {
	Text      string // the whole permission, canonical, with its namespace
	Owner     policy.OwnerKind
	Holder    uint32 // the role or entitlement that owns it; for a subject's own policy meaningless
	Effect    policy.Effect
	Condition policy.ConditionID
	Validity  policy.Validity
	File      string
	Line      int
}

// Policies returns the number of policies.
func (t *Tables) Policies() int { return int(t.count(secPolicies, policySize)) }

// Policy returns the policy with an id between 1 and Policies.
func (t *Tables) Policy(id policy.ID) PolicyRow {
	b := t.sections[secPolicies][policySize*int(id-1):]
	row := PolicyRow{
		Text: t.text(b), Owner: policy.OwnerKind(b[8]), Effect: policy.Effect(b[9]), Holder: load.U32(b, 12),
		Condition: policy.ConditionID(load.U32(b, 16)), Validity: policy.Always,
		File: t.refText(secFiles, load.U32(b, 24)), Line: int(load.U32(b, 28)),
	}
	if term := load.U32(b, 20); term != none {
		row.Validity = t.Term(term).Validity
	}
	return row
}

// PolicyPermission parses the permission of a policy into reused storage. It returns false when the text
// is no permission, which [Open] leaves unproven: look-ups go by keys and never read it.
func (t *Tables) PolicyPermission(id policy.ID, g permission.Grammar, p *permission.Permission) bool {
	b := t.sections[secPolicies][policySize*int(id-1):]
	return g.ParseInto(p, t.text(b)) == nil
}

// File returns the name of definition file i, one that a place points at.
func (t *Tables) File(i int32) string { return t.refText(secFiles, uint32(i)) }

// HolderRow is a role, an entitlement, or a birthright holder, which has no name.
type HolderRow struct {
	Name        string
	Entitlement bool
	Birthright  bool
	File        string
	Line        int
}

// Holders returns the number of holders, birthright holders included.
func (t *Tables) Holders() int { return int(t.meta(metaHolders)) }

// Subjects returns the number of stored subjects.
func (t *Tables) Subjects() int { return int(t.meta(metaSubjects)) }

// Holder returns holder h.
func (t *Tables) Holder(h uint32) HolderRow {
	b := t.sections[secHolders][holderSize*int(h):]
	kind := load.U32(b, 8)
	row := HolderRow{Name: t.text(b), Entitlement: kind == uint32(policy.Entitlement), Birthright: kind == birthrightKind}
	if !row.Birthright {
		row.File, row.Line = t.refText(secFiles, load.U32(b, 20)), int(load.U32(b, 24))
	}
	return row
}

// HolderPolicies returns the policies that a named holder owns itself.
func (t *Tables) HolderPolicies(h uint32) List {
	return List{t.list(load.U32(t.sections[secHolders], holderSize*int(h)+12))}
}

// HolderClosure returns the named holders that holder h is: itself and what it includes.
func (t *Tables) HolderClosure(h uint32) List {
	return List{t.list(load.U32(t.sections[secHolders], holderSize*int(h)+16))}
}

// List is a list of numbers, read in place.
type List struct{ b []byte }

// Len returns the number of items.
func (l List) Len() int { return len(l.b) / 4 }

// At returns item i.
func (l List) At(i int) uint32 { return load.U32(l.b, 4*i) }

// ScopeRow is an OAuth scope with a meaning of its own.
type ScopeRow struct {
	Name       string
	Permission string // canonical, with its namespace
}

// Scopes returns the declared scopes.
func (t *Tables) Scopes() []ScopeRow {
	rows := make([]ScopeRow, 0, t.count(secScopes, scopeSize))
	for b := t.sections[secScopes]; len(b) > 0; b = b[scopeSize:] {
		rows = append(rows, ScopeRow{Name: t.text(b), Permission: t.text(b[refSize:])})
	}
	return rows
}
