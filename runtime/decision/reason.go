package decision

import (
	"strconv"

	"github.com/lictor-dev/lictor/bundles/value"
)

// AppendReasons appends reasons as JSON: an array of objects with the members id, decision, permission, owner,
// held_through, source and condition. A policy that the subject does not hold has no held_through, and names its owner so
// that it can be asked for; one without a condition has no condition. In a bundle for clients there is no source.
func AppendReasons(dst []byte, reasons []Reason) []byte {
	dst = append(dst, '[')
	for i := range reasons {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = reasons[i].append(dst)
	}
	return append(dst, ']')
}

func (r *Reason) append(dst []byte) []byte {
	dst = append(dst, `{"id":`...)
	dst = strconv.AppendUint(dst, uint64(r.ID), 10)
	dst = appendMember(dst, "decision", r.Effect.String())
	dst = appendMember(dst, "permission", r.Permission)
	dst = appendMember(dst, "owner", r.Owner)
	if r.HeldThrough != "" {
		dst = appendMember(dst, "held_through", r.HeldThrough)
	}
	if r.Source != "" {
		dst = appendMember(dst, "source", r.Source)
	}
	if r.Condition != "" {
		dst = appendMember(dst, "condition", r.Condition)
	}
	return append(dst, '}')
}

//go:noinline // inlined, it would be larger than all else here, which counts in guest modules
func appendMember(dst []byte, name, text string) []byte {
	dst = append(append(append(dst, `,"`...), name...), `":`...)
	return value.AppendQuoted(dst, text)
}
