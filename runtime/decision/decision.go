// Package decision is the contract between whoever asks for a decision and the engines that make one:
// [Request] in, [Decision] out, with a closed set of reason codes. It imports no engine.
package decision

import (
	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/value"
)

// Engine answers requests from one generation of a bundle. Implementations are safe for concurrent
// use and agree on decision, code and policy ids for every request.
type Engine interface {
	// Decide answers r. It neither keeps nor changes r.
	Decide(r *Request) (Decision, error)
	// Deciding answers r as Decide does and appends the ids of the policies that decided, sorted and
	// unique, to dst: for each atom the lowest id among those that brought about the decision's code.
	// Codes that no policy brings about (no_grant, scope_insufficient, subject_inactive) add none; for
	// condition_unknown and condition_false only the first atom that is not allowed counts.
	Deciding(r *Request, dst []policy.ID) (Decision, []policy.ID, error)
	// HasRole reports whether the subject of r holds the named role: assigned, included by one that is
	// assigned, or by birthright, live at r.Now in r.Organisation. A subject that is not active holds
	// none. Entitlements are not roles, but roles they include count.
	HasRole(r *Request, role string) (bool, error)
}

// Request asks whether a subject may do something. Everything in it is read only while it is being
// answered; its strings may share memory that is reused afterwards.
type Request struct {
	Subject     Subject
	Permissions []permission.Permission // all of them must be allowed; at least one, parsed in the policy's grammar

	ActionProperties   value.Value // an Object, or Missing
	ResourceProperties value.Value // an Object, or Missing
	Context            value.Value // an Object, or Missing

	Organisation string      // code of the organisation asked for; empty for none
	Token        value.Value // verified claims, an Object; Missing when there is no token
	Now          int64       // seconds since 1970

	Strict  bool    // one policy must cover all atoms of a permission
	Callers Callers // what the request's own properties count for
}

// Subject is who asks.
type Subject struct {
	Type       string
	ID         string
	Properties value.Value // an Object, or Missing
}

// Callers says how subject and resource properties of a request and stored ones combine, member by
// member.
type Callers uint8

// The ways to combine properties.
const (
	Overlay Callers = iota // the request's win; what AuthZEN means
	Stored                 // stored ones win
	Ignore                 // the request's do not count
)

// Decision is an answer.
type Decision struct {
	Allowed bool
	Code    Code
}

// Code is the stable reason of a decision.
type Code uint8

// The codes. Allowed is the only one that comes with a decision that allows. The zero Code is NoGrant,
// so that a decision nobody filled in denies.
const (
	NoGrant                Code = iota // nothing implies the request
	ConditionFalse                     // something implies it, its conditions are false
	ConditionUnknown                   // something implies it, a condition could not be evaluated
	ScopeInsufficient                  // policies allow it, the token's scope does not
	DeniedByPolicy                     // a DENY applied, its conditions true
	DeniedConditionUnknown             // a DENY applied because its condition could not be evaluated
	SubjectInactive                    // the subject is not active
	Allowed                            // every atom has an ALLOW
	CodeCount              int  = iota
)

var codeTexts = [CodeCount]string{
	"no_grant", "condition_false", "condition_unknown", "scope_insufficient",
	"denied_by_policy", "denied_condition_unknown", "subject_inactive", "allowed",
}

// String returns the code as clients see it, such as "no_grant".
func (c Code) String() string { return codeTexts[c] }

// ParseCode returns the code that clients see as text.
func ParseCode(text string) (Code, bool) {
	for i, t := range codeTexts {
		if t == text {
			return Code(i), true
		}
	}
	return NoGrant, false
}
