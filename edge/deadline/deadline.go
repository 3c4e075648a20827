// Package deadline makes the deadlines of connections cheap to move. An HTTP server moves them several times for every
// request, and each move of a real one costs a change to the runtime's timers.
//
// A connection from [Listener] only notes a deadline that is later than the one the system has, and moves the system's when
// that one has passed and the noted one has not. Reads and writes end when the noted deadline has passed, as with any
// [net.Conn].
package deadline

import (
	"errors"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// Listener returns ln with connections whose deadlines are cheap to move. Wrap it below TLS.
func Listener(ln net.Listener) net.Listener { return listener{ln} }

type listener struct{ net.Listener }

// Accept implements [net.Listener].
func (l listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	now := time.Now()
	return &conn{Conn: c, read: timer{epoch: now, set: c.SetReadDeadline}, write: timer{epoch: now, set: c.SetWriteDeadline}}, nil
}

// conn is a connection with two noted deadlines. It is as safe for concurrent use as the connection below.
type conn struct {
	net.Conn
	read, write timer
}

// timer is the deadline of one direction, in nanoseconds since epoch; 0 for none.
type timer struct {
	epoch  time.Time
	set    func(time.Time) error // the system's
	noted  atomic.Int64          // when reads or writes are to end
	system atomic.Int64          // when the system ends them: at rest never after noted, and never none while noted is some

	mu sync.Mutex // guards changes of system
}

// note moves the deadline. Only an earlier one than the system has is moved there at once.
func (t *timer) note(deadline time.Time) error {
	var at int64
	if !deadline.IsZero() {
		at = max(1, int64(deadline.Sub(t.epoch)))
	}
	t.noted.Store(at)
	if system := t.system.Load(); at == 0 || system != 0 && system <= at {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.settle()
}

// extend reports whether an operation that the system ended is to go on, and has the system wait until then.
func (t *timer) extend() (bool, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if noted := t.noted.Load(); noted != 0 && int64(time.Since(t.epoch)) >= noted {
		return false, nil
	}
	return true, t.settle()
}

// settle makes the system's deadline the noted one, also when that is moved meanwhile.
func (t *timer) settle() error {
	for {
		noted := t.noted.Load()
		t.system.Store(noted)
		var deadline time.Time
		if noted != 0 {
			deadline = t.epoch.Add(time.Duration(noted))
		}
		if err := t.set(deadline); err != nil || t.noted.Load() == noted {
			return err
		}
	}
}

// SetDeadline implements [net.Conn].
func (c *conn) SetDeadline(t time.Time) error {
	return errors.Join(c.read.note(t), c.write.note(t))
}

// SetReadDeadline implements [net.Conn].
func (c *conn) SetReadDeadline(t time.Time) error { return c.read.note(t) }

// SetWriteDeadline implements [net.Conn].
func (c *conn) SetWriteDeadline(t time.Time) error { return c.write.note(t) }

// Read implements [net.Conn].
func (c *conn) Read(b []byte) (int, error) {
	for {
		n, err := c.Conn.Read(b)
		if n > 0 || err == nil || !errors.Is(err, os.ErrDeadlineExceeded) {
			return n, err
		}
		if more, fault := c.read.extend(); !more {
			return n, err
		} else if fault != nil {
			return n, fault
		}
	}
}

// Write implements [net.Conn].
func (c *conn) Write(b []byte) (written int, err error) {
	for {
		n, err := c.Conn.Write(b[written:])
		written += n
		if err == nil || !errors.Is(err, os.ErrDeadlineExceeded) {
			return written, err
		}
		if more, fault := c.write.extend(); !more {
			return written, err
		} else if fault != nil {
			return written, fault
		}
	}
}
