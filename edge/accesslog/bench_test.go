package accesslog_test

import (
	"context"
	"io"
	"testing"

	"github.com/lictor-dev/lictor/edge/accesslog"
)

// BenchmarkObserve measures what a request pays: to be accepted together with its line being written, and to be
// dropped.
func BenchmarkObserve(b *testing.B) {
	a := full()
	b.Run("written", func(b *testing.B) {
		b.ReportAllocs()
		l := accesslog.New(accesslog.Options{Writer: io.Discard, Capacity: 1 << 22})
		for b.Loop() {
			l.Observe(a)
		}
		if err := l.Close(context.Background()); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(l.Counts().Dropped)/float64(b.N), "dropped/op")
	})
	b.Run("dropped", func(b *testing.B) {
		to := stuck{make(chan struct{}, 1), make(chan struct{})}
		defer close(to.release)
		l := accesslog.New(accesslog.Options{Writer: to, Capacity: 1})
		l.Observe(a)
		<-to.begun
		for range 2 {
			l.Observe(a)
		}
		for b.Loop() {
			l.Observe(a)
		}
	})
}
