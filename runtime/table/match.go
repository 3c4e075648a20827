package table

import (
	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/tables"
	"github.com/lictor-dev/lictor/runtime/decision"
)

// outcome is what a policy that matches an atom comes to: three for each effect, in the same order, see [Engine.count].
type outcome uint8

const (
	allowTrue outcome = iota
	allowUnknown
	allowFalse
	denyTrue
	denyUnknown
	denyFalse
	outcomes
)

// tally holds, for one atom, the lowest policy of each outcome; 0 where there is none. Without
// collecting, any policy stands for all.
type tally struct{ ids [outcomes]policy.ID }

func (t *tally) add(o outcome, id policy.ID) {
	if t.ids[o] == 0 || id < t.ids[o] {
		t.ids[o] = id
	}
}

// allowCode returns the code of the atom as ALLOW policies decide it.
func (t *tally) allowCode() decision.Code {
	switch {
	case t.ids[allowTrue] != 0:
		return decision.Allowed
	case t.ids[allowUnknown] != 0:
		return decision.ConditionUnknown
	case t.ids[allowFalse] != 0:
		return decision.ConditionFalse
	}
	return decision.NoGrant
}

// settled reports whether no further policy of an effect can matter.
func (q *query) settled(effect policy.Effect) bool {
	if q.denies && effect == policy.Allow {
		return true
	}
	if q.collect {
		return false
	}
	if effect == policy.Deny {
		return q.tally.ids[denyTrue] != 0
	}
	return q.tally.ids[allowTrue] != 0
}

// match tallies every policy of the subject that matches the atom.
func (e *Engine) match(q *query) {
	q.tally = tally{}
	q.nextAtom()
	namespace, ok := e.t.Namespace(q.atom.Namespace)
	if !ok {
		return
	}
	literal := e.hash(q)
	if e.plan.byMask != nil {
		e.lookUp(q, namespace, literal, e.plan.byMask[literal])
	} else {
		e.lookUpUnplanned(q, namespace, literal)
	}
}

// lookUpUnplanned is lookUp where nothing is prepared. It is apart because of its buffer.
func (e *Engine) lookUpUnplanned(q *query, namespace, literal uint16) {
	var buf [32]probe
	e.lookUp(q, namespace, literal, e.plan.probes(buf[:0], literal))
}

// lookUp tallies the policies that match the atom in the cells that probes find.
func (e *Engine) lookUp(q *query, namespace, literal uint16, probes []probe) {
	for _, p := range probes {
		if q.settled(policy.Deny) || !p.deny && q.settled(policy.Allow) {
			return
		}
		if cell, ok := e.t.Cell(namespace, p.mask, &q.hashes, &q.atom.Parts); ok {
			e.matchCell(q, cell, key{mask: p.mask, literal: literal})
		}
	}
}

// hash hashes the atom's literal parts, as far as keys name them, and returns which they are.
func (e *Engine) hash(q *query) (literal uint16) {
	for i, used := 0, e.plan.used; i < q.atom.Len && used != 0; i, used = i+1, used>>1 {
		if v := q.atom.Parts[i&(permission.MaxParts-1)]; v != "" && used&1 != 0 {
			literal |= 1 << i
			q.hashes[i&(permission.MaxParts-1)] = e.t.HashPart(v)
		}
	}
	return literal
}

// key is how a cell was found: by the parts in mask, of the literal ones.
type key struct{ mask, literal uint16 }

// applies reports whether a policy of the given tag that stands under the key matches the atom: its
// keyed parts that the atom has values for are exactly those of the key. (The others of a DENY meet a
// wildcard or nothing; an ALLOW has no others.)
func (k key) applies(tag uint16) bool { return tag&k.literal == k.mask }

// matchCell tallies the policies that stand in one cell.
func (e *Engine) matchCell(q *query, cell tables.Cell, k key) {
	for groups := cell.Groups(); groups.More(); groups.Skip() {
		g := groups.Group()
		if k.applies(g.Tag()) && !q.settled(g.Effect()) && q.holdsAny(g.Holders()) && e.t.Residual(g.Residual(), &q.atom) {
			id := policy.ID(1) // any, where it is not asked for
			if q.collect {
				id = e.groupPolicy(q, g)
			}
			e.count(q, g.Effect(), g.Condition(), id)
		}
	}
	if q.subject.HasDirects() {
		e.matchDirects(q, cell, k)
	}
}

func (e *Engine) matchDirects(q *query, cell tables.Cell, k key) {
	start, end := q.subject.Directs(cell)
	for i := start; i < end; i++ {
		d := q.subject.Direct(i)
		term := e.t.Term(d.Term)
		if k.applies(term.Tag) && !q.settled(term.Effect) && term.Validity.Holds(q.organisation, q.r.Now) &&
			e.t.Residual(term.Residual, &q.atom) {
			e.count(q, term.Effect, term.Condition, d.Policy)
		}
	}
}

// groupPolicy returns the lowest policy through which the subject is in a group.
func (e *Engine) groupPolicy(q *query, g tables.Group) policy.ID {
	lowest, holders := policy.ID(noHolder), g.Holders()
	q.eachHolder(func(h uint32) bool {
		if holders.Has(h) {
			lowest = min(lowest, e.t.Origin(g, h))
		}
		return true
	})
	return lowest
}

// count tallies one policy by its effect and what its condition comes to.
func (e *Engine) count(q *query, effect policy.Effect, condition policy.ConditionID, id policy.ID) {
	o := outcome(0)
	if condition != 0 {
		switch e.holds(q, condition) {
		case unknown:
			o = allowUnknown
		case no:
			o = allowFalse
		}
	}
	if effect == policy.Deny {
		o += denyTrue
	}
	q.tally.add(o, id)
}
