package live

import "time"

// A load starts at most 50 ms after the last change and at most 500 ms after the first. These leave time for the
// change to be reported and for the timer to be late.
const (
	quietTime = 30 * time.Millisecond
	burstTime = 400 * time.Millisecond
)

// burst turns many changes in a short time into one: its timer fires when it has been quiet for a while, and in
// any case soon after the first change.
type burst struct {
	first time.Time // zero when nothing is pending
	timer *time.Timer
}

func newBurst() *burst {
	b := &burst{timer: time.NewTimer(time.Hour)}
	b.timer.Stop()
	return b
}

func (b *burst) changed() {
	now := time.Now()
	if b.first.IsZero() {
		b.first = now
	}
	b.timer.Reset(min(quietTime, b.first.Add(burstTime).Sub(now)))
}

// over says that the timer has fired.
func (b *burst) over() { b.first = time.Time{} }
