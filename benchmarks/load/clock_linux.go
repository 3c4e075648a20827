package main

import (
	"runtime"
	"syscall"
	"time"
	"unsafe"
)

// clock waits as exactly as the system can, on a thread of its own. The runtime's timers may come a millisecond late, which
// would be taken for the edge's.
type clock struct{}

// newClock makes the goroutine that calls it keep its thread, which ends with it.
func newClock() clock {
	const timerSlack = 29 // PR_SET_TIMERSLACK, which by default is 50 µs
	runtime.LockOSThread()
	_, _, _ = syscall.RawSyscall(syscall.SYS_PRCTL, timerSlack, 1, 0)
	return clock{}
}

// longestSleep bounds how long the garbage collector may have to wait.
const longestSleep = time.Millisecond

// wait does not tell the runtime that it sleeps: handing the processor on and getting it back costs more than the sleep is
// long.
func (clock) wait(until time.Time) {
	for left := time.Until(until); left > 0; left = time.Until(until) {
		t := syscall.NsecToTimespec(int64(min(left, longestSleep)))
		_, _, _ = syscall.RawSyscall(syscall.SYS_NANOSLEEP, uintptr(unsafe.Pointer(&t)), 0, 0) // a signal may end it early
	}
}
