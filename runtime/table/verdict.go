package table

import (
	"slices"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/runtime/decision"
)

// verdict gathers the outcomes of atoms into one code.
type verdict struct {
	code    decision.Code // of the first atom that is not allowed
	unknown bool          // a DENY could not be evaluated
	denied  bool          // a DENY applied
}

// deny notes the denies of one atom and reports whether the decision is final.
func (v *verdict) deny(t *tally) bool {
	v.unknown = v.unknown || t.ids[denyUnknown] != 0
	v.denied = v.denied || t.ids[denyTrue] != 0
	return v.denied
}

func (v *verdict) decision() decision.Decision {
	code := v.code
	switch {
	case v.denied:
		code = decision.DeniedByPolicy
	case v.unknown:
		code = decision.DeniedConditionUnknown
	}
	return decision.Decision{Allowed: code == decision.Allowed, Code: code}
}

// atomCode returns the code of an atom as ALLOW policies and the token's scope decide it.
func (e *Engine) atomCode(q *query) decision.Code {
	code := q.tally.allowCode()
	if code == decision.Allowed && q.scoped && !e.inScope(q) {
		return decision.ScopeInsufficient
	}
	return code
}

// startCode returns the code a decision has before any atom is looked at: a request for nothing is not
// allowed.
func startCode(r *decision.Request) decision.Code {
	for i := range r.Permissions {
		if r.Permissions[i].Len() == 0 {
			return decision.NoGrant
		}
	}
	if len(r.Permissions) == 0 {
		return decision.NoGrant
	}
	return decision.Allowed
}

// collector is a verdict that remembers which policies brought it about.
type collector struct {
	verdict
	denies, unknowns, allows idList
	failed                   policy.ID // of the first atom that is not allowed; 0 for none
}

// deny notes the denies of one atom.
func (c *collector) deny(t *tally) {
	c.verdict.deny(t)
	c.denies.add(t.ids[denyTrue])
	c.unknowns.add(t.ids[denyUnknown])
}

// allow notes what code the ALLOW policies and the scope gave an atom or a strict permission.
func (c *collector) allow(code decision.Code, t *tally) {
	c.code = code
	switch code {
	case decision.Allowed:
		c.allows.add(t.ids[allowTrue])
	case decision.ConditionUnknown:
		c.failed = t.ids[allowUnknown]
	case decision.ConditionFalse:
		c.failed = t.ids[allowFalse]
	}
}

// finish appends the ids of the policies behind the decision, sorted and unique.
func (c *collector) finish(dst []policy.ID) (decision.Decision, []policy.ID, error) {
	d, start := c.decision(), len(dst)
	switch d.Code {
	case decision.Allowed:
		dst = c.allows.appendTo(dst)
	case decision.DeniedByPolicy:
		dst = c.denies.appendTo(dst)
	case decision.DeniedConditionUnknown:
		dst = c.unknowns.appendTo(dst)
	case decision.ConditionUnknown, decision.ConditionFalse:
		if c.failed != 0 {
			dst = append(dst, c.failed)
		}
	}
	slices.Sort(dst[start:])
	return d, dst[:start+len(slices.Compact(dst[start:]))], nil
}

// idList is ids in the order in which they were added, the first few in place: few decisions have more.
type idList struct {
	few  [6]policy.ID
	n    int // of few
	rest []policy.ID
}

// add adds an id, unless it is 0 or that of the atom before.
func (l *idList) add(id policy.ID) {
	switch {
	case id == 0 || l.n > 0 && l.few[l.n-1] == id:
	case l.n < len(l.few):
		l.few[l.n] = id
		l.n++
	default:
		l.rest = append(l.rest, id)
	}
}

func (l *idList) appendTo(dst []policy.ID) []policy.ID {
	return append(append(dst, l.few[:l.n]...), l.rest...)
}
