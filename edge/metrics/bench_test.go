package metrics_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/lictor-dev/lictor/edge/observe"
	"github.com/lictor-dev/lictor/runtime/decision"
)

// one is a request as most are.
var one = observe.Answered{
	Route: evaluation, Method: "POST", Status: 200, Took: 2 * time.Microsecond, Revision: "r1",
	Decided: [decision.CodeCount]uint32{decision.Allowed: 1},
}

// BenchmarkObserve measures what the metrics add to a request.
func BenchmarkObserve(b *testing.B) {
	m := newMetrics(running())
	b.Run("alone", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			m.Observe(&one)
		}
	})
	b.Run("contended", func(b *testing.B) {
		var lanes atomic.Uint32
		b.RunParallel(func(pb *testing.PB) {
			mine := one
			mine.Lane = lanes.Add(1)
			for pb.Next() {
				m.Observe(&mine)
			}
		})
	})
}

// TestObserveAllocates wants an answer to cost no allocation, once its route has answered with its status.
func TestObserveAllocates(t *testing.T) {
	m := newMetrics(running())
	if n := testing.AllocsPerRun(100, func() { m.Observe(&one) }); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}
