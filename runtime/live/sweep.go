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
	sweepPause  = time.Second            // between rounds
	sweepAtOnce = 4 << 20                // bytes off the heap that are not left waiting
	shortPause  = 100 * time.Millisecond // before these are looked for again, twice as long each time
	longPause   = time.Minute            // at most
	lastWait    = 20 * time.Millisecond  // in the end, for what the last round has found
	longestWait = time.Minute            // of what needs memory, for others to give theirs back
)

// sweeper has the collector find memory off the heap that nobody uses any more, since such memory does not make it run.
// That takes two rounds: the first finds a generation, which tells so, the next its memory, which it held. What a request
// still uses in that round is looked for again, and again after longer and longer pauses.
type sweeper struct {
	due   bool // something may have become garbage since the last round
	last  time.Time
	pause time.Duration // from the last round to the next, where nothing is due
	timer *time.Timer
	found *found
}

// found is what memory off the heap there is, and where generations tell that nobody can reach them any more. It is safe
// for concurrent use.
type found struct {
	bytes       atomic.Int64  // off the heap, not yet given back
	generations atomic.Int64  // found since that was last asked
	wake        chan struct{} // holds one when there is news
}

// track counts the memory of a bundle until the system has it back.
func (f *found) track(b *bundles.Bundle) {
	size := sizeOf(b)
	if size == 0 || !b.Tables().AfterRelease(func() { f.tell(&f.bytes, -size) }) {
		return
	}
	f.bytes.Add(size)
}

func (f *found) tell(count *atomic.Int64, n int64) {
	count.Add(n)
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

// held holds a bundle until its generation has been found.
type held struct {
	bundle *bundles.Bundle
	found  *found
}

// release lets go of the bundle, then tells.
func (h *held) release() {
	h.bundle = nil
	h.found.tell(&h.found.generations, 1)
}

// sizeOf returns how many bytes off the heap a bundle holds at most.
func sizeOf(b *bundles.Bundle) int64 {
	if b == nil || b.Tables() == nil {
		return 0
	}
	return int64(len(b.Tables().Bytes()))
}

func newFound() *found { return &found{wake: make(chan struct{}, 1)} }

func newSweeper(f *found) sweeper {
	s := sweeper{timer: time.NewTimer(sweepPause), found: f}
	s.timer.Stop()
	return s
}

// expect notes that something has become garbage, or soon will.
func (s *sweeper) expect() { s.due = true }

// hear takes note of the generations that were found.
func (s *sweeper) hear() { s.due = s.found.generations.Swap(0) > 0 || s.due }

// spare returns how many bytes off the heap there are beside those that are kept.
func (s *sweeper) spare(kept int64) int64 { return s.found.bytes.Load() - kept }

// settle makes a round now, or lets the timer say when, until there is nothing beside what is kept.
func (s *sweeper) settle(kept int64) {
	spare, wait := s.spare(kept), s.pause
	switch {
	case spare <= 0 && !s.due:
		s.timer.Stop()
		return
	case s.due && spare >= sweepAtOnce:
		s.pause, wait = shortPause, 0
	case s.due:
		s.pause, wait = sweepPause, sweepPause
	}
	if wait -= time.Since(s.last); wait <= 0 {
		s.round()
		wait = s.pause
		s.pause = min(2*s.pause, longPause)
	}
	s.timer.Reset(wait)
}

func (s *sweeper) round() {
	s.timer.Stop()
	s.due = false
	runtime.GC()
	s.last = time.Now()
}

// finish does what is left to do.
func (s *sweeper) finish(kept int64) {
	for s.due || s.spare(kept) > 0 {
		s.round()
		select {
		case <-s.found.wake:
			s.hear()
		case <-time.After(lastWait):
			return
		}
	}
	s.timer.Stop()
}
