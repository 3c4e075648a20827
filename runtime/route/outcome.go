package route

import "github.com/lictor-dev/lictor/bundles/policy"

// Status is what becomes of a request. The zero Status is Forbidden.
type Status uint8

// The statuses.
const (
	Forbidden       Status = iota // who is there may not, or nobody may
	Unauthenticated               // nobody is there, and somebody might
	Allow
)

// HTTP returns the status code of an answer: 403, 401 or 200.
func (s Status) HTTP() int {
	switch s {
	case Allow:
		return 200
	case Unauthenticated:
		return 401
	default:
		return 403
	}
}

// Reason is why. The zero Reason is Fault.
type Reason uint8

// The reasons.
const (
	Fault            Reason = iota // the engine could not answer: Forbidden
	BadMethod                      // not a method in upper case: Forbidden
	BadPath                        // a path that is refused, see [PathError]: Forbidden
	NoRoute                        // no rule binds the method and path: Unauthenticated or Forbidden
	NotAuthenticated               // nobody is there, and the rule is not for everybody: Unauthenticated
	NotActive                      // the subject is not active, and the rule asks for nothing else: Forbidden
	NotSatisfied                   // roles and permissions do not suffice: Forbidden
	OpenRoute                      // the rule is for everybody: Allow
	Unmatched                      // no rule binds the path, and such requests are let through: Allow
	Satisfied                      // Allow
	ReasonCount      int    = iota
)

var reasonTexts = [ReasonCount]string{
	"fault", "bad_method", "bad_path", "no_route", "not_authenticated", "not_active", "not_satisfied",
	"open_route", "unmatched", "satisfied",
}

// String returns the reason as clients see it, such as "no_route".
func (r Reason) String() string { return reasonTexts[r] }

// Outcome is the answer to a request. The zero Outcome forbids.
type Outcome struct {
	Status Status
	Reason Reason
	Rule   *policy.Route // the rule that decided, nil when none binds the request; it belongs to the matcher
}
