package decision

// Truth is the value of a condition. The zero Truth is Unknown, which lets nobody in on either side.
type Truth uint8

// The values of a condition.
const (
	Unknown Truth = iota // it cannot be evaluated
	False
	True
)

// Conditions evaluates what only Rego can: the rules of package lictor.conditions that stand for
// [policy.Rego]. Implementations are safe for concurrent use and belong to one generation of a bundle.
type Conditions interface {
	// Condition returns the value of rule, a name such as "r1", for an environment: the input that conditions see as
	// JSON, an object with the members subject, action, resource, context, organisation, token and now, of which those
	// that the rule does not read may be missing. It keeps neither. An implementation that
	// fails, or is out of time, says Unknown.
	Condition(rule string, environment []byte) Truth
}
