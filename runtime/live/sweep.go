package live

import (
	"runtime"
	"sync/atomic"
	"time"

	"github.com/lictor-dev/lictor/bundles"
)

// A round of the collector takes some milliseconds of every core from those who ask. Where little memory is at stake,
// many loads share one.
const (
	sweepPause  = time.Second           // between rounds
	sweepAtOnce = 16 << 20              // bytes off the heap that are not left waiting
	lastWait    = 20 * time.Millisecond // in the end, for what the last round has found
)

// sweeper has the collector find memory off the heap that nobody uses any more, since such memory does not make it run.
// That takes two rounds: the first finds a generation, which tells so, the next its memory, which it held.
type sweeper struct {
	waits int  // bytes off the heap that may be garbage
	due   bool // there may be some at all
	last  time.Time
	timer *time.Timer
	found *found
}

// found is where generations tell that nobody can reach them any more. It is safe for concurrent use.
type found struct {
	bytes atomic.Int64
	wake  chan struct{} // holds one when there is news
}

// held holds a bundle until its generation has been found.
type held struct {
	bundle *bundles.Bundle
	found  *found
}

// release lets go of the bundle, then tells.
func (h *held) release() {
	n := sizeOf(h.bundle)
	h.bundle = nil
	h.found.bytes.Add(int64(n))
	select {
	case h.found.wake <- struct{}{}:
	default:
	}
}

// sizeOf returns how many bytes off the heap a bundle holds at most.
func sizeOf(b *bundles.Bundle) int {
	if b == nil || b.Tables() == nil {
		return 0
	}
	return len(b.Tables().Bytes())
}

func newFound() *found { return &found{wake: make(chan struct{}, 1)} }

func newSweeper(f *found) sweeper {
	s := sweeper{timer: time.NewTimer(sweepPause), found: f}
	s.timer.Stop()
	return s
}

// expect notes that the memory of a bundle has become garbage, or soon will.
func (s *sweeper) expect(b *bundles.Bundle) {
	s.due = true
	s.waits += sizeOf(b)
}

// hear takes note of the generations that were found.
func (s *sweeper) hear() {
	s.due = true
	s.waits += int(s.found.bytes.Swap(0))
}

// settle makes a round now, or lets the timer say when.
func (s *sweeper) settle() {
	switch wait := sweepPause - time.Since(s.last); {
	case !s.due:
	case wait <= 0 || s.waits >= sweepAtOnce:
		s.round()
	default:
		s.timer.Reset(wait)
	}
}

func (s *sweeper) round() {
	s.timer.Stop()
	s.due, s.waits = false, 0
	runtime.GC()
	s.last = time.Now()
}

// finish does what is left to do.
func (s *sweeper) finish() {
	for s.due {
		s.round()
		select {
		case <-s.found.wake:
			s.hear()
		case <-time.After(lastWait):
		}
	}
	s.timer.Stop()
}
