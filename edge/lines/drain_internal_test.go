package lines

import (
	"testing"
	"time"
)

// TestSleepSeesWhatCameBefore publishes a record after the ring was found empty and before anybody sleeps, when no
// producer wakes: sleep must not wait for one.
func TestSleepSeesWhatCameBefore(t *testing.T) {
	t.Parallel()
	l := newLog(Options[int]{Capacity: 2})
	l.Publish(l.Claim())
	awake := make(chan struct{})
	go func() {
		l.sleep()
		close(awake)
	}()
	select {
	case <-awake:
	case <-time.After(10 * time.Second):
		t.Fatal("a record is left lying")
	}
}
