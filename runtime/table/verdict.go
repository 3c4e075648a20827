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
	denies, unknowns, allows []policy.ID
	failed                   policy.ID // of the first atom that is not allowed; 0 for none
}

// deny notes the denies of one atom.
func (c *collector) deny(t *tally) {
	c.verdict.deny(t)
	c.denies = appendID(c.denies, t.ids[denyTrue])
	c.unknowns = appendID(c.unknowns, t.ids[denyUnknown])
}

// allow notes what code the ALLOW policies and the scope gave an atom or a strict permission.
func (c *collector) allow(code decision.Code, t *tally) {
	c.code = code
	switch code {
	case decision.Allowed:
		c.allows = appendID(c.allows, t.ids[allowTrue])
	case decision.ConditionUnknown:
		c.failed = t.ids[allowUnknown]
	case decision.ConditionFalse:
		c.failed = t.ids[allowFalse]
	}
}

func appendID(ids []policy.ID, id policy.ID) []policy.ID {
	if id == 0 {
		return ids
	}
	return append(ids, id)
}

// finish appends the ids of the policies behind the decision, sorted and unique.
func (c *collector) finish(dst []policy.ID) (decision.Decision, []policy.ID, error) {
	d := c.decision()
	var ids []policy.ID
	switch d.Code {
	case decision.Allowed:
		ids = c.allows
	case decision.DeniedByPolicy:
		ids = c.denies
	case decision.DeniedConditionUnknown:
		ids = c.unknowns
	case decision.ConditionUnknown, decision.ConditionFalse:
		ids = appendID(nil, c.failed)
	}
	slices.Sort(ids)
	return d, append(dst, slices.Compact(ids)...), nil
}
