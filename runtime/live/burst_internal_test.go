package live

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestBurst holds DESIGN 5: a reload starts at most 50 ms after the last change and at most 500 ms after the first.
func TestBurst(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		changes []int // milliseconds since the start
		fires   []int
	}{
		{"one change", []int{0}, []int{30}},
		{"ten changes in 100 ms", []int{0, 10, 20, 30, 40, 50, 60, 70, 80, 90}, []int{120}},
		{"two bursts", []int{0, 20, 200, 210}, []int{50, 240}},
		{"changes without an end", every(21, 900), []int{400, 820, 912}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				if diff := cmp.Diff(tt.fires, fires(tt.changes)); diff != "" {
					t.Errorf("times of loads in ms (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func every(step, end int) []int {
	var at []int
	for t := 0; t < end; t += step {
		at = append(at, t)
	}
	return at
}

// fires plays changes and returns when the timer fired, all in milliseconds.
func fires(changes []int) []int {
	start := time.Now()
	b := newBurst()
	end := time.After(2 * time.Second)
	next := make(chan struct{})
	go func() {
		for _, at := range changes {
			<-time.After(time.Until(start.Add(time.Duration(at) * time.Millisecond)))
			next <- struct{}{}
		}
	}()
	var fired []int
	for {
		select {
		case <-next:
			b.changed()
		case <-b.timer.C:
			b.over()
			fired = append(fired, int(time.Since(start).Milliseconds()))
		case <-end:
			return fired
		}
	}
}
