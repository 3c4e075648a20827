package exchange

import (
	"strings"

	"github.com/lictor-dev/lictor/edge/observe"
	"github.com/lictor-dev/lictor/runtime/decision"
)

// Asked is how a question says what it asks for. A question that names action and resource says nothing here: they are in
// the request.
type Asked struct{ Permission, Attribute string }

// How many decisions storage is kept for, and how many policies.
const (
	keptDecisions = 256
	keptPolicies  = 4 * keptDecisions
)

// Forget leaves the first n decisions that are recorded, since nobody is told of the others.
func (x *Exchange) Forget(n int) {
	if n < len(x.Made) {
		clear(x.Made[n:]) // their texts are the memory of the question
		x.Made = x.Made[:n]
	}
}

func (x *Exchange) clearRecord() {
	x.Forget(0)
	x.policies = x.policies[:0]
	if cap(x.Made) > keptDecisions || cap(x.policies) > keptPolicies {
		x.Made, x.policies = nil, nil
	}
}

// decideRecording is the deciding part of [Exchange.Decide] for those who want to know which policies decided.
func (x *Exchange) decideRecording() (decision.Decision, error) {
	from := len(x.policies)
	made, ids, err := x.Generation.Engine.Deciding(&x.Request, x.policies)
	d, err := x.count(made, err)
	if err != nil {
		return d, err
	}
	if d == made {
		x.policies = ids
	}
	x.record(d, from)
	return d, nil
}

// recordExplained records a decision that was made with its reasons.
func (x *Exchange) recordExplained(d decision.Decision, why *decision.Explanation) {
	from := len(x.policies)
	for i := range why.Policies {
		x.policies = append(x.policies, why.Policies[i].ID)
	}
	x.record(d, from)
}

// record records the decision about x.Request, by the policies behind the first so many.
func (x *Exchange) record(d decision.Decision, from int) {
	made := x.made(d)
	made.Permission, made.Attribute = x.Asked.Permission, x.Asked.Attribute
	made.Policies = x.policies[from:len(x.policies):len(x.policies)]
	if made.Permission == "" {
		x.name(made)
	}
}

// name says what an AuthZEN request asks for, which is one permission of single values.
func (x *Exchange) name(made *observe.Decision) {
	p := &x.Request.Permissions[0]
	for i, text := range [...]*string{&made.ResourceType, &made.Action, &made.ResourceID, &made.Attribute} {
		if values := p.Values(i); len(values) == 1 {
			*text = values[0]
		}
	}
	if p.Namespace() != x.Generation.Grammar.Namespace || strings.IndexByte(made.ResourceType, '/') >= 0 {
		made.Namespace = p.Namespace()
	}
}

func (x *Exchange) recordRole(d decision.Decision, role string) { x.made(d).Role = role }

// made adds a decision with what all have.
func (x *Exchange) made(d decision.Decision) *observe.Decision {
	r := &x.Request
	x.Made = append(x.Made, observe.Decision{
		SubjectType: r.Subject.Type, SubjectID: r.Subject.ID, Organisation: r.Organisation, Code: d.Code,
	})
	return &x.Made[len(x.Made)-1]
}
