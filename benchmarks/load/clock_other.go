//go:build !linux

package main

import "time"

// clock waits as the runtime's timers do.
type clock struct{}

func newClock() clock { return clock{} }

func (clock) wait(until time.Time) {
	if left := time.Until(until); left > 0 {
		<-time.After(left)
	}
}
