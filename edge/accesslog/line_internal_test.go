package accesslog

import (
	"testing"
	"time"

	"github.com/lictor-dev/lictor/edge/observe"
	"github.com/lictor-dev/lictor/runtime/decision"
)

// BenchmarkLine measures what is done for each line off the path of the request.
func BenchmarkLine(b *testing.B) {
	var r record
	r.fill(&observe.Answered{
		Route: "/access/v1/evaluation", Method: "POST", Status: 200, Caller: "gateway", Revision: "r1",
		RequestID: []byte("7f3a"), Start: time.Unix(1_800_000_000, 123_456_000), Took: 1800, BodyBytes: 181, SentBytes: 66,
		Decided: [decision.CodeCount]uint32{decision.NoGrant: 1},
	})
	for _, text := range []bool{false, true} {
		b.Run(map[bool]string{false: "json", true: "text"}[text], func(b *testing.B) {
			b.ReportAllocs()
			var dst []byte
			f := form{text: text}
			for b.Loop() {
				dst = f.append(dst[:0], &r)
			}
		})
	}
}
