package lines

import (
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// complaintInterval is how long the operator is told nothing after a complaint, but at the end.
const complaintInterval = time.Minute

// complaints tell the operator of lines that were lost: of the first at once, then once in a while as long as more are lost,
// and at the end of what was not told yet. What a line holds is never told.
type complaints struct {
	log    *slog.Logger
	text   string
	counts func() Counts
	calm   atomic.Bool           // nobody looks at the counts unless raised
	raised chan struct{}         // holds at most one
	cause  atomic.Pointer[error] // why lines could not be written the last time
	ended  chan struct{}

	mu   sync.Mutex
	told Counts
	over bool
}

// raise is called after a loss was counted. It waits for nothing and allocates nothing.
func (c *complaints) raise() {
	if c.calm.Load() && c.calm.CompareAndSwap(true, false) {
		select {
		case c.raised <- struct{}{}:
		default:
		}
	}
}

// run complains until nothing is written any more. A loss is counted before it is looked whether to raise, and run looks at
// the counts after it said that it is calm, so that no loss waits for the next.
func (c *complaints) run(done <-chan struct{}) {
	defer close(c.ended)
	timer := time.NewTimer(complaintInterval)
	defer timer.Stop()
	for {
		c.calm.Store(true)
		if !c.tell(false) {
			select {
			case <-c.raised:
				continue
			case <-done:
				c.tell(true)
				return
			}
		}
		timer.Reset(complaintInterval)
		select {
		case <-timer.C:
		case <-done:
			c.tell(true)
			return
		}
	}
}

// tell tells of what was lost since it last did, and reports whether that was anything. After the last time it tells nothing.
func (c *complaints) tell(last bool) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.counts()
	dropped, failed := now.Dropped-c.told.Dropped, now.Failed-c.told.Failed
	if c.over || dropped+failed == 0 {
		c.over = c.over || last
		return false
	}
	c.told, c.over = now, last
	about := []any{"dropped", dropped, "failed", failed}
	if failed > 0 {
		about = append(about, "error", *c.cause.Load())
	}
	c.log.Warn(c.text, about...)
	return true
}
