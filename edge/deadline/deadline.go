// Package deadline bounds how long connections wait, without asking for the time or moving a timer when they do not wait.
//
// A connection from [Listener] has the system end its reads and writes every now and then, and goes on until that happened
// as often as the limit has room for. [Active] and [Idle] say which limit that is. A wait so ends between its limit and an
// eighth of the shortest limit later.
package deadline

import (
	"errors"
	"net"
	"sync"
	"time"
)

// Limits bound waits. They are positive.
type Limits struct {
	Read  time.Duration // for one whole request
	Write time.Duration // for one whole answer
	Idle  time.Duration // between an answer and the next request
}

// steps is into how many parts the shortest limit is divided.
const steps = 8

// Listener returns ln with connections whose waits are bounded. Wrap it below TLS. A connection is active at first.
func Listener(ln net.Listener, l Limits) net.Listener { return listener{ln, l} }

type listener struct {
	net.Listener
	limits Limits
}

// Accept implements [net.Listener].
func (l listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	step := max(1, min(l.limits.Read, l.limits.Idle)/steps)
	bounded := &conn{
		Conn: c, limits: l.limits, step: step, room: int((l.limits.Read + step - 1) / step),
		read: timer{set: c.SetReadDeadline}, write: timer{set: c.SetWriteDeadline},
	}
	bounded.active()
	if err := errors.Join(bounded.read.arm(step), bounded.write.arm(l.limits.Write/steps)); err != nil {
		_ = c.Close() // whoever accepts would take the error for one of the listener
	}
	return bounded, nil
}

// conn is a connection that waits no longer than its limits say. It is for one goroutine that reads and one that writes;
// other methods are as safe for concurrent use as those of the connection below.
type conn struct {
	net.Conn
	// What every request changes stands together, in one line of the cache. The first two are how often the system's deadline may
	// still pass, each of the goroutine that waits.
	reads, writes int
	room          int  // for steps in the limit of a request
	away          bool // reads were let wait for as long as an idle connection may
	idle          bool

	step        time.Duration // of reads
	limits      Limits
	read, write timer
}

// Active says that a request is being read from now on; c is a connection of a [Listener], or nothing happens. Only the
// goroutine that reads calls it.
func Active(c net.Conn) {
	if c, ok := c.(*conn); ok {
		c.active()
	}
}

// Idle says that the next request is awaited from now on. It is otherwise as [Active].
func Idle(c net.Conn) {
	if c, ok := c.(*conn); ok {
		c.idle, c.reads = true, 1
	}
}

func (c *conn) active() {
	c.idle = false
	c.reads, c.writes = c.room, steps
	if c.away {
		c.away = false
		_ = c.read.arm(c.step) // a connection without a deadline is one that is closed
	}
}

// Read implements [net.Conn].
func (c *conn) Read(b []byte) (int, error) {
	for {
		n, err := c.Conn.Read(b)
		if err == nil || n > 0 || !timedOut(err) {
			return n, err
		}
		wait := c.step
		if c.idle {
			wait = c.limits.Idle
		}
		more, fault := c.read.extend(&c.reads, wait)
		if !more {
			return n, err
		}
		if fault != nil {
			return n, fault
		}
		c.away = c.away || c.idle
	}
}

// Write implements [net.Conn].
func (c *conn) Write(b []byte) (written int, err error) {
	for {
		n, err := c.Conn.Write(b[written:])
		written += n
		if err == nil || !timedOut(err) {
			return written, err
		}
		more, fault := c.write.extend(&c.writes, c.limits.Write/steps)
		if !more {
			return written, err
		}
		if fault != nil {
			return written, fault
		}
	}
}

// CloseWrite ends what is written, where the connection below can do that: the other end reads to the end, and may go on writing.
func (c *conn) CloseWrite() error {
	half, ok := c.Conn.(interface{ CloseWrite() error })
	if !ok {
		return errors.ErrUnsupported
	}
	return half.CloseWrite()
}

func timedOut(err error) bool {
	e, ok := errors.AsType[interface {
		error
		Timeout() bool
	}](err)
	return ok && e.Timeout()
}

// SetDeadline implements [net.Conn].
func (c *conn) SetDeadline(t time.Time) error {
	return errors.Join(c.read.fix(t), c.write.fix(t))
}

// SetReadDeadline implements [net.Conn]. From then on the limits do not count for reads.
func (c *conn) SetReadDeadline(t time.Time) error { return c.read.fix(t) }

// SetWriteDeadline implements [net.Conn]. From then on the limits do not count for writes.
func (c *conn) SetWriteDeadline(t time.Time) error { return c.write.fix(t) }

// timer is the deadline that the system has for one direction.
type timer struct {
	set func(time.Time) error

	mu    sync.Mutex // guards changes of the system's deadline, and what follows
	fixed bool       // somebody set a deadline
	at    time.Time  // that deadline, the zero time for none
}

// arm sets the system's deadline, unless somebody has.
func (t *timer) arm(wait time.Duration) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.fixed {
		return nil
	}
	return t.set(time.Now().Add(wait))
}

// extend reports whether an operation that the system ended is to go on, which it may that often, and lets it wait for that long
// again.
func (t *timer) extend(left *int, wait time.Duration) (bool, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.fixed:
		return t.at.IsZero() || time.Now().Before(t.at), nil // it was set while the operation ended
	case *left <= 0:
		return false, nil
	}
	*left--
	return true, t.set(time.Now().Add(wait))
}

// fix sets a deadline for good.
func (t *timer) fix(at time.Time) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.fixed, t.at = true, at
	return t.set(at)
}
