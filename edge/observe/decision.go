package observe

import (
	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/runtime/decision"
)

// Decision is one decision in an answer. Its texts are what a caller said, of any length and with any character, and
// are only lent, as its policies are. Of what a caller may say besides (properties, context) nothing is here, and nothing
// of how it proved who it is.
type Decision struct {
	SubjectType, SubjectID string
	Organisation           string // empty for none

	// What was asked for is a permission or a role, as it was written, or else the names of action and resource.
	Permission   string
	Role         string
	Action       string
	Namespace    string // of the resource's type; empty for the one that the policy has where none is named
	ResourceType string
	ResourceID   string
	Attribute    string // empty for none

	Code     decision.Code
	Policies []policy.ID // those that decided, sorted; a role has none
}

// DecisionObserver is told of the decisions in each answer that has any, in the order in which they were made.
// Implementations are safe for concurrent use, return at once, keep nothing of a but what [Answered] lets them and nothing
// of made, and allocate nothing.
type DecisionObserver interface {
	ObserveDecisions(a *Answered, made []Decision)
}
