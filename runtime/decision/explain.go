package decision

import (
	"strconv"

	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/policy"
)

// Catalog knows where policies come from. Engines that can explain themselves implement it beside
// [Engine]; it is read only when an explanation is asked for.
type Catalog interface {
	// Grammar returns the grammar that permissions are written in.
	Grammar() permission.Grammar
	// Describe returns what is written about a policy.
	Describe(id policy.ID) Description
	// HeldThrough returns how the subject of r comes to a policy, such as "role editor, which includes
	// reader"; empty when it does not.
	HeldThrough(r *Request, id policy.ID) string
	// Near returns ALLOW policies of roles and entitlements that come closest to implying an atom, the
	// closest first, at most limit.
	Near(a *permission.Atom, limit int) []policy.ID
}

// Description is a policy as its author wrote it.
type Description struct {
	Effect     policy.Effect
	Permission string // as the project's grammar reads it
	Owner      string // "role editor", "entitlement ADMIN", or "subject" for a subject's own policy
	Source     string // "file:line"; empty in a bundle that does not say where its definitions stand
	Condition  string // canonical text, empty for none
}

// Explanation says why a decision is what it is. Its sentences are for people; programs use the code.
type Explanation struct {
	Text     string
	Policies []Reason // those that decided
	Missing  []string // atoms that are not allowed, when the decision denies
	Nearest  []Reason // grants that come closest to the first of them
}

// Reason is one policy in an explanation.
type Reason struct {
	ID          policy.ID
	HeldThrough string // empty when the subject does not hold it
	Description
}

const (
	nearestShown = 3  // grants an explanation names at most
	missingShown = 16 // atoms an explanation names at most
)

// Explain renders the decision that e made about r, with the ids of the policies behind it. It may be
// thousands of times slower than deciding. The error is the engine's.
func Explain(e Engine, c Catalog, r *Request) (Decision, Explanation, error) {
	d, ids, err := e.Deciding(r, nil)
	if err != nil {
		return Decision{}, Explanation{}, err
	}
	x := Explanation{}
	for _, id := range ids {
		x.Policies = append(x.Policies, reason(c, r, id))
	}
	if !d.Allowed && d.Code != SubjectInactive {
		if err := x.findMissing(e, c, r); err != nil {
			return Decision{}, Explanation{}, err
		}
	}
	x.Text = x.sentence(r, d)
	return d, x, nil
}

func reason(c Catalog, r *Request, id policy.ID) Reason {
	return Reason{ID: id, HeldThrough: c.HeldThrough(r, id), Description: c.Describe(id)}
}

// findMissing asks for each atom on its own and looks for grants near the first that is not allowed.
func (x *Explanation) findMissing(e Engine, c Catalog, r *Request) error {
	var a permission.Atom
	for i := range r.Permissions {
		p := &r.Permissions[i]
		for n := range p.Atoms() {
			p.Atom(n, &a)
			var single permission.Permission
			single.SetAtom(&a)
			one := *r
			one.Permissions = []permission.Permission{single}
			one.Strict = false
			d, err := e.Decide(&one)
			if err != nil {
				return err
			}
			if d.Allowed || len(x.Missing) == missingShown {
				continue
			}
			if x.Missing = append(x.Missing, c.Grammar().Format(&single)); len(x.Missing) > 1 {
				continue
			}
			for _, id := range c.Near(&a, nearestShown) {
				x.Nearest = append(x.Nearest, reason(c, r, id))
			}
		}
	}
	return nil
}

// codeSentences hold a sentence each, around the name of the subject.
var codeSentences = [CodeCount][2]string{
	NoGrant:                {"no policy that ", " holds grants it"},
	ConditionFalse:         {"", " holds a policy that grants it, but its condition is false"},
	ConditionUnknown:       {"", " holds a policy that grants it, but its condition cannot be evaluated"},
	ScopeInsufficient:      {"the policies of ", " allow it, but the scope of the token does not"},
	DeniedByPolicy:         {"a policy that ", " holds denies it"},
	DeniedConditionUnknown: {"a policy that ", " holds denies it, because its condition cannot be evaluated"},
	SubjectInactive:        {"", " is not active"},
	Allowed:                {"a policy that ", " holds allows it"},
}

// sentence says the decision in one sentence, without a period.
func (x *Explanation) sentence(r *Request, d Decision) string {
	around := &codeSentences[d.Code]
	text := around[0] + capped(r.Subject.ID) + around[1]
	if r.Organisation != "" {
		text += " in " + capped(r.Organisation)
	}
	if d.Code == NoGrant && r.Strict {
		text += " as a whole"
	}
	if len(x.Policies) == 0 {
		return text
	}
	p := &x.Policies[0]
	text += ": " + p.Effect.String() + " " + p.Permission
	if p.HeldThrough != "" {
		text += " through " + p.HeldThrough
	}
	if p.Source != "" {
		text += " (" + p.Source + ")"
	}
	if p.Condition != "" {
		text += " when " + p.Condition
	}
	return text
}

// capped quotes a caller's text, shortened.
func capped(s string) string {
	const most = 100
	if len(s) > most {
		s = s[:most] + "…"
	}
	return strconv.Quote(s)
}
