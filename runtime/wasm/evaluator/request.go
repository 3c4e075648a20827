package evaluator

import (
	"encoding/binary"
	"strings"

	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/value"
	"github.com/lictor-dev/lictor/runtime/decision"
)

// Flags of a compact request (rule R2).
const (
	flagNow           = 1
	flagNames         = 2
	flagStrict        = 4
	flagEncoded       = 8
	flagCallersStored = 16
	flagCallersIgnore = 32
)

// appendRequest appends r as a compact request (rule R1).
func appendRequest(dst []byte, r *decision.Request, g permission.Grammar) []byte {
	if !named(r) {
		dst = appendHead(dst, r, 0, len(r.Permissions))
		for i := range r.Permissions {
			dst = appendField(dst, g.Format(&r.Permissions[i]))
		}
		return dst
	}
	dst = appendHead(dst, r, flagNames, 4)
	p := &r.Permissions[0]
	kind := p.Values(0)[0]
	if namespace := p.Namespace(); namespace != g.Namespace || strings.Contains(kind, "/") {
		dst = binary.LittleEndian.AppendUint32(dst, uint32(len(namespace)+1+len(kind)))
		dst = append(append(append(dst, namespace...), '/'), kind...)
	} else {
		dst = appendField(dst, kind)
	}
	dst = appendField(dst, p.Values(1)[0])
	dst = appendField(dst, p.Values(2)[0])
	if p.Len() == 4 {
		return appendField(dst, p.Values(3)[0])
	}
	return appendField(dst, "")
}

// named reports whether r can be said by the names of action and resource: it asks for one permission
// of three or four single values.
func named(r *decision.Request) bool {
	if len(r.Permissions) != 1 {
		return false
	}
	p := &r.Permissions[0]
	for i := range p.Len() {
		if len(p.Values(i)) != 1 {
			return false
		}
	}
	return (p.Len() == 3 || p.Len() == 4) && !strings.Contains(p.Namespace(), "/")
}

// appendRole appends the question whether the subject of r holds a role (rule Q4).
func appendRole(dst []byte, r *decision.Request, role string) []byte {
	return appendField(appendHead(dst, r, 0, 1), role)
}

// appendHead appends everything but what is asked for.
func appendHead(dst []byte, r *decision.Request, flags uint32, count int) []byte {
	flags |= flagNow | flagEncoded
	if r.Strict {
		flags |= flagStrict
	}
	switch r.Callers {
	case decision.Stored:
		flags |= flagCallersStored
	case decision.Ignore:
		flags |= flagCallersIgnore
	}
	dst = binary.LittleEndian.AppendUint32(dst, flags)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(count))
	dst = binary.LittleEndian.AppendUint64(dst, uint64(r.Now))
	dst = appendField(dst, r.Subject.Type)
	dst = appendField(dst, r.Subject.ID)
	dst = appendField(dst, r.Organisation)
	dst = appendValue(dst, r.Subject.Properties)
	dst = appendValue(dst, r.ActionProperties)
	dst = appendValue(dst, r.ResourceProperties)
	dst = appendValue(dst, r.Context)
	return appendValue(dst, r.Token)
}

func appendField(dst []byte, s string) []byte {
	return append(binary.LittleEndian.AppendUint32(dst, uint32(len(s))), s...)
}

func appendValue(dst []byte, v value.Value) []byte {
	n := v.Size()
	return append(binary.LittleEndian.AppendUint32(dst, uint32(n)), v[:n]...)
}
