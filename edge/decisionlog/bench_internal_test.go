package decisionlog

import (
	"testing"
	"time"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/edge/observe"
	"github.com/lictor-dev/lictor/runtime/decision"
)

// BenchmarkRecord measures what a request does for each decision, and what is done for it off the path.
func BenchmarkRecord(b *testing.B) {
	a := &observe.Answered{Caller: "gateway", Revision: "r1", RequestID: []byte("7f3a"), Start: time.Unix(1_800_000_000, 123_456_000), Took: 1800}
	d := &observe.Decision{
		SubjectType: "user", SubjectID: "homer.simpson@springfield.com", Organisation: "SNPP", Action: "read", ResourceType: "newsletter", ResourceID: "17",
		Code: decision.Allowed, Policies: []policy.ID{3},
	}
	var r record
	b.Run("kept", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			r.fill(a, d)
		}
	})
	b.Run("line", func(b *testing.B) {
		b.ReportAllocs()
		var f form
		var dst []byte
		for b.Loop() {
			dst = f.append(dst[:0], &r)
		}
	})
}
