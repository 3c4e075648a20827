package decision

import (
	"strconv"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/value"
)

// Calculator lists what a subject holds. Engines that can list it implement it beside [Engine], as the
// entrypoint lictor/authz/policies does. Implementations are safe for concurrent use.
type Calculator interface {
	// Policies returns the policies of r.Subject that are in force at r.Now in r.Organisation, sorted by id: direct ones,
	// through roles, birthrights and entitlements. A subject that is not active has none. Whether their conditions
	// hold is not looked at, nor is anything else of r, so that a token does not narrow them. It neither keeps nor changes r.
	Policies(r *Request) ([]CalculatedPolicy, error)
}

// CalculatedPolicy is one policy that a subject holds. Its texts may share the engine's memory.
type CalculatedPolicy struct {
	ID           policy.ID
	Permission   string // as the project's grammar reads it
	Effect       policy.Effect
	Condition    string // canonical text, empty for none
	Organisation string // the one asked for, where it is held there only; else empty
}

// AppendPolicies appends policies as JSON, the value that the entrypoint lictor/authz/policies gives: an array of
// objects with the members condition, decision, id, organisation and permission, where condition and organisation are
// null for none.
func AppendPolicies(dst []byte, policies []CalculatedPolicy) []byte {
	dst = append(dst, '[')
	for i := range policies {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = policies[i].append(dst)
	}
	return append(dst, ']')
}

func (p *CalculatedPolicy) append(dst []byte) []byte {
	dst = append(dst, `{"condition":`...)
	dst = appendOptional(dst, p.Condition)
	dst = append(append(append(dst, `,"decision":"`...), p.Effect.String()...), `","id":`...)
	dst = strconv.AppendUint(dst, uint64(p.ID), 10)
	dst = append(dst, `,"organisation":`...)
	dst = appendOptional(dst, p.Organisation)
	dst = append(dst, `,"permission":`...)
	dst = appendOptional(dst, p.Permission)
	return append(dst, '}')
}

// appendOptional appends a string, null for an empty one.
func appendOptional(dst []byte, s string) []byte {
	if s == "" {
		return append(dst, "null"...)
	}
	return value.AppendJSON(dst, value.AppendString(nil, s))
}
