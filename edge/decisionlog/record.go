package decisionlog

import (
	"time"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/edge/lines"
	"github.com/lictor-dev/lictor/edge/observe"
	"github.com/lictor-dev/lictor/runtime/decision"
)

// text is one of the texts of a record.
type text uint8

const (
	requestID text = iota
	revision
	subjectType
	subjectID
	organisation
	permission // or the role
	action
	namespace
	resourceType
	resourceID
	attribute
	texts
)

// kept is how many bytes are kept of each text at most.
var kept = [texts]int{
	requestID: 64, revision: 128,
	subjectType: 64, subjectID: 256, organisation: 128,
	permission: 512,
	action:     128, namespace: 64, resourceType: 128, resourceID: 256,
	attribute: 128,
}

const (
	// maxTexts is what all of them are at most: a permission, or the names of action and resource.
	maxTexts = 64 + 128 + 64 + 256 + 128 + (128 + 64 + 128 + 256) + 128
	// maxCaller is how much is written of the operator's name for a caller.
	maxCaller = 128
	// maxPolicies is how many policies are kept.
	maxPolicies = 16
)

// record is what is kept of a decision, of a fixed size and without memory of the request.
type record struct {
	start    time.Time
	took     time.Duration
	caller   string
	code     decision.Code
	role     bool  // what was asked for is a role
	policies uint8 // how many of ids are policies
	more     bool  // there were more policies
	cut      uint16
	ends     [texts]uint16 // where each text ends in memory
	ids      [maxPolicies]policy.ID
	memory   [maxTexts]byte
}

func (r *record) fill(a *observe.Answered, d *observe.Decision) {
	r.start, r.took, r.caller = a.Start, a.Took, a.Caller
	r.code, r.role = d.Code, d.Role != ""
	n := copy(r.ids[:], d.Policies)
	r.policies, r.more = uint8(n), n < len(d.Policies)
	asked := d.Permission
	if r.role {
		asked = d.Role
	}
	r.cut = 0
	end := copy(r.memory[:kept[requestID]], a.RequestID)
	if end < len(a.RequestID) {
		r.cut |= 1 << requestID
	}
	r.ends[requestID] = uint16(end)
	for i, s := range [...]string{
		a.Revision, d.SubjectType, d.SubjectID, d.Organisation, asked, d.Action, d.Namespace, d.ResourceType, d.ResourceID, d.Attribute,
	} {
		t := revision + text(i)
		n := lines.Cut(s, min(kept[t], len(r.memory)-end))
		if n < len(s) {
			r.cut |= 1 << t
		}
		end += copy(r.memory[end:], s[:n])
		r.ends[t] = uint16(end)
	}
}

// bytes returns one of the texts, as long as the record is not filled again.
func (r *record) bytes(t text) []byte {
	start := uint16(0)
	if t > 0 {
		start = r.ends[t-1]
	}
	return r.memory[start:r.ends[t]]
}

func (r *record) isCut(t text) bool { return r.cut&(1<<t) != 0 }
