package peers_test

import (
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// spent returns the time that the processor gave to this thread, which does not go on while others run.
func spent(tb testing.TB) time.Duration {
	tb.Helper()
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(t.Nano())
}
