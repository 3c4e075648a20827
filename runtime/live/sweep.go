package live

import (
	"runtime"
	"time"

	"github.com/lictor-dev/lictor/bundles"
)

// A sweep takes some milliseconds of every core from those who ask. Where little memory is at stake, many loads share
// one.
const (
	sweepPause  = time.Second           // between sweeps
	sweepAtOnce = 16 << 20              // bytes off the heap that are not left waiting
	roundPause  = 20 * time.Millisecond // for what one round found to be cleaned up before the next
)

// sweeper has the collector find memory off the heap that nobody uses any more, since such memory does not make it run.
// A sweep is two rounds: the first finds the generation, the next its memory, which the generation holds.
type sweeper struct {
	waits int       // bytes off the heap that may be garbage
	due   bool      // there may be some at all
	half  bool      // the first round of a sweep is over
	last  time.Time // when it was
	timer *time.Timer
}

func newSweeper() sweeper {
	s := sweeper{timer: time.NewTimer(sweepPause)}
	s.timer.Stop()
	return s
}

// expect notes that the memory of a bundle has become garbage, or soon will.
func (s *sweeper) expect(b *bundles.Bundle) {
	s.due = true
	if b != nil && b.Tables() != nil {
		s.waits += len(b.Tables().Bytes())
	}
}

// settle begins a sweep, or lets the timer say when.
func (s *sweeper) settle() {
	switch wait := sweepPause - time.Since(s.last); {
	case s.half || !s.due:
	case wait <= 0 || s.waits >= sweepAtOnce:
		s.tick()
	default:
		s.timer.Reset(wait)
	}
}

// tick makes the round whose time has come.
func (s *sweeper) tick() {
	runtime.GC()
	if s.half = !s.half; s.half {
		s.due, s.waits, s.last = false, 0, time.Now()
		s.timer.Reset(roundPause)
		return
	}
	s.settle() // for what has come up since the first round
}

// finish does what is left to do.
func (s *sweeper) finish() {
	for s.half || s.due {
		if s.half {
			<-time.After(roundPause)
		}
		s.tick()
	}
	s.timer.Stop()
}
