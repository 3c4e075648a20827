package serve

import (
	"bytes"
	"io"
	"log/slog"
	"os"
	"sync/atomic"
	"time"
)

const (
	// asideLines is how many lines may wait to be written.
	asideLines = 1 << 10
	// asideTimeout bounds how long the end waits for them.
	asideTimeout = logTimeout / 8
)

// aside is a writer that nobody waits for, so that a standard error which is not read holds nothing up: neither reloads nor
// answers nor the end. What it is given is written behind the back of who gives it, and lost where too much waits already.
// It is safe for concurrent use.
type aside struct {
	to            io.Writer
	report        *slog.Logger // tells to of what was lost
	queue         chan []byte
	lost          atomic.Uint64
	closing, done chan struct{}
}

// newAside returns a writer to what others may write to as well.
func newAside(to io.Writer, asJSON bool) *aside {
	a := &aside{to: to, report: NewLog(to, asJSON), queue: make(chan []byte, asideLines), closing: make(chan struct{}), done: make(chan struct{})}
	go a.run()
	return a
}

// Write implements [io.Writer]. It always succeeds, at once.
func (a *aside) Write(p []byte) (int, error) {
	select {
	case a.queue <- bytes.Clone(p):
	default:
		a.lost.Add(1)
	}
	return len(p), nil
}

func (a *aside) run() {
	defer close(a.done)
	for {
		select {
		case p := <-a.queue:
			a.write(p)
		case <-a.closing:
			a.drain()
			return
		}
	}
}

func (a *aside) drain() {
	for {
		select {
		case p := <-a.queue:
			a.write(p)
		default:
			return
		}
	}
}

func (a *aside) write(p []byte) {
	_, _ = a.to.Write(p) // there is nobody else to tell
	if n := a.lost.Swap(0); n > 0 {
		a.report.Warn("lines of the log were lost", "lines", n)
	}
}

// close returns when all is written, or after asideTimeout. It is called once.
func (a *aside) close() {
	close(a.closing)
	timer := time.NewTimer(asideTimeout)
	defer timer.Stop()
	select {
	case <-a.done:
	case <-timer.C:
	}
}

// hasty is a writer for the last words of a program: where they are not taken within asideTimeout, they and all that follows
// stay unsaid, so that a standard error which is not read does not keep it from ending.
type hasty struct {
	to    io.Writer
	stuck bool
}

// Write implements [io.Writer]. The error is [os.ErrDeadlineExceeded] where nobody takes p in time.
func (h *hasty) Write(p []byte) (int, error) {
	if h.stuck {
		return 0, os.ErrDeadlineExceeded
	}
	type outcome struct {
		n   int
		err error
	}
	done := make(chan outcome, 1)
	go func(p []byte) {
		n, err := h.to.Write(p)
		done <- outcome{n, err}
	}(bytes.Clone(p))
	timer := time.NewTimer(asideTimeout)
	defer timer.Stop()
	select {
	case o := <-done:
		return o.n, o.err
	case <-timer.C:
		h.stuck = true
		return 0, os.ErrDeadlineExceeded
	}
}
