package decisionlog

import (
	"strconv"
	"unsafe"

	"github.com/lictor-dev/lictor/edge/lines"
	"github.com/lictor-dev/lictor/runtime/decision"
)

// form writes lines. It belongs to one goroutine.
type form struct {
	clock lines.Clock
	dst   []byte // the line under way
}

// append appends the line of a record with the newline that ends it.
func (l *form) append(dst []byte, r *record) []byte {
	l.dst = append(l.clock.Append(append(dst, `{"time":"`...), r.start, -1), `","level":"INFO","msg":"decision"`...)
	lines.Visible(r.bytes(requestID))
	l.text("request_id", r, requestID)
	if caller := r.caller[:lines.Cut(r.caller, maxCaller)]; caller != "" {
		l.key("caller")
		l.dst = lines.AppendText(l.dst, caller)
	}
	l.text("revision", r, revision)
	l.text("subject_type", r, subjectType)
	l.text("subject_id", r, subjectID)
	l.text("organisation", r, organisation)
	l.asked(r)
	l.verdict(r)
	l.cut(r)
	l.key("took_ns")
	l.dst = strconv.AppendInt(l.dst, int64(r.took), 10)
	return append(l.dst, '}', '\n')
}

func (l *form) key(key string) {
	l.dst = append(append(append(l.dst, `,"`...), key...), `":`...)
}

func (l *form) text(key string, r *record, t text) {
	if text := r.bytes(t); len(text) > 0 {
		l.key(key)
		l.dst = lines.AppendText(l.dst, unsafe.String(unsafe.SliceData(text), len(text))) // it is only read, and not kept
	}
}

// asked writes what was asked for.
func (l *form) asked(r *record) {
	l.text(r.asked(), r, permission)
	l.text("action", r, action)
	if len(r.bytes(namespace)) > 0 {
		l.key("resource_type")
		whole := append(append(append(make([]byte, 0, kept[namespace]+1+kept[resourceType]), r.bytes(namespace)...), '/'), r.bytes(resourceType)...)
		l.dst = lines.AppendText(l.dst, string(whole))
	} else {
		l.text("resource_type", r, resourceType)
	}
	l.text("resource_id", r, resourceID)
	l.text("attribute", r, attribute)
}

// asked returns what a single text is that was asked for.
func (r *record) asked() string {
	if r.role {
		return "role"
	}
	return "permission"
}

func (l *form) verdict(r *record) {
	l.key("decision")
	if r.code == decision.Allowed {
		l.dst = append(l.dst, `"allow"`...)
	} else {
		l.dst = append(l.dst, `"deny"`...)
	}
	l.key("code")
	l.dst = append(append(append(l.dst, '"'), r.code.String()...), '"')
	l.key("policies")
	l.dst = append(l.dst, '[')
	for i, id := range r.ids[:r.policies] {
		if i > 0 {
			l.dst = append(l.dst, ',')
		}
		l.dst = strconv.AppendUint(l.dst, uint64(id), 10)
	}
	l.dst = append(l.dst, ']')
}

// cut names the members that are longer than what is there of them.
func (l *form) cut(r *record) {
	if r.cut == 0 && !r.more && len(r.caller) <= maxCaller {
		return
	}
	l.key("cut")
	separator := byte('[')
	name := func(is bool, member string) {
		if is {
			l.dst = append(append(append(append(l.dst, separator), '"'), member...), '"')
			separator = ','
		}
	}
	name(r.isCut(requestID), "request_id")
	name(len(r.caller) > maxCaller, "caller")
	name(r.isCut(revision), "revision")
	name(r.isCut(subjectType), "subject_type")
	name(r.isCut(subjectID), "subject_id")
	name(r.isCut(organisation), "organisation")
	name(r.isCut(permission), r.asked())
	name(r.isCut(action), "action")
	name(r.isCut(namespace) || r.isCut(resourceType), "resource_type")
	name(r.isCut(resourceID), "resource_id")
	name(r.isCut(attribute), "attribute")
	name(r.more, "policies")
	l.dst = append(l.dst, ']')
}
