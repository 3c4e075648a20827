package accesslog_test

import (
	"context"
	"io"
	"testing"

	"github.com/lictor-dev/lictor/edge/accesslog"
)

// blocked is a writer that does not return before it is closed.
type blocked chan struct{}

func (b blocked) Write(p []byte) (int, error) {
	<-b
	return len(p), nil
}

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
		to := make(blocked)
		defer close(to)
		l := accesslog.New(accesslog.Options{Writer: to, Capacity: 1})
		for l.Counts().Dropped == 0 {
			l.Observe(a)
		}
		for b.Loop() {
			l.Observe(a)
		}
	})
}
