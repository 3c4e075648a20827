package decisionlog_test

import (
	"testing"

	"github.com/lictor-dev/lictor/edge/decisionlog"
	"github.com/lictor-dev/lictor/edge/observe"
)

// BenchmarkObserve measures what a decision pays: to be accepted together with its line being written, and to be
// dropped.
func BenchmarkObserve(b *testing.B) {
	a, made := request(), []observe.Decision{named()}
	b.Run("written", func(b *testing.B) {
		b.ReportAllocs()
		l := decisionlog.New(decisionlog.Options{Writer: discard{}})
		for b.Loop() {
			l.ObserveDecisions(a, made)
		}
		finish(b, l)
		b.ReportMetric(float64(l.Counts().Dropped)/float64(b.N), "dropped/op")
	})
	b.Run("dropped", func(b *testing.B) {
		to := make(blocked)
		defer close(to)
		l := decisionlog.New(decisionlog.Options{Writer: to, Capacity: 2})
		for l.Counts().Dropped == 0 {
			l.ObserveDecisions(a, made)
		}
		for b.Loop() {
			l.ObserveDecisions(a, made)
		}
	})
}
