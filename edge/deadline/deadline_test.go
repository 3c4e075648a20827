package deadline_test

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lictor-dev/lictor/edge/deadline"
)

var limits = deadline.Limits{Read: 8 * time.Second, Write: 16 * time.Second, Idle: time.Minute}

// step is how much longer than a limit a wait may be: an eighth of the shortest.
const (
	step      = time.Second
	writeStep = 2 * time.Second
)

// given is a listener that accepts one connection.
type given struct{ net.Conn }

func (g given) Accept() (net.Conn, error) { return g.Conn, nil }
func (g given) Addr() net.Addr            { return nil }

// pair returns both ends of a connection within a bubble; the first is bounded.
func pair(t *testing.T) (bounded, other net.Conn) {
	t.Helper()
	raw, other := net.Pipe()
	bounded, err := deadline.Listener(given{raw}, limits).Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		bounded.Close()
		other.Close()
	})
	return bounded, other
}

// within wants what began at start to have timed out at its limit, or at most slack later.
func within(t *testing.T, start time.Time, err error, limit, slack time.Duration) {
	t.Helper()
	if took := time.Since(start); !errors.Is(err, os.ErrDeadlineExceeded) || took < limit || took > limit+slack {
		t.Errorf("%v after %s, want a timeout after %s to %s", err, took, limit, limit+slack)
	}
}

// send writes a byte to c each time that the pause has passed, as long as somebody reads it.
func send(c net.Conn, pause time.Duration) {
	for {
		<-time.After(pause)
		if _, err := c.Write([]byte("x")); err != nil {
			return
		}
	}
}

// drain reads until an error.
func drain(c net.Conn) error {
	for b := make([]byte, 1); ; {
		if _, err := c.Read(b); err != nil {
			return err
		}
	}
}

// TestRead wants reads to end with the limit of what is awaited, whatever was awaited before, and however much of it came.
func TestRead(t *testing.T) {
	t.Parallel()
	const never = time.Hour
	tests := []struct {
		name   string
		before func(c net.Conn)
		pause  time.Duration // between bytes that arrive
		limit  time.Duration
	}{
		{"nothing at first", func(net.Conn) {}, never, limits.Read},
		{"bytes in time, the request never", func(net.Conn) {}, 700 * time.Millisecond, limits.Read},
		{"an active connection", deadline.Active, never, limits.Read},
		{"active after some time", func(c net.Conn) {
			<-time.After(limits.Read - time.Millisecond)
			deadline.Active(c)
		}, 900 * time.Millisecond, limits.Read},
		{"an idle connection", deadline.Idle, never, limits.Idle},
		{"idle long after being active", func(c net.Conn) {
			<-time.After(time.Hour)
			deadline.Idle(c)
		}, never, limits.Idle},
		{"active after being idle", func(c net.Conn) {
			deadline.Idle(c)
			deadline.Active(c)
		}, 300 * time.Millisecond, limits.Read},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c, other := pair(t)
				tt.before(c)
				var sender sync.WaitGroup
				sender.Go(func() { send(other, tt.pause) })
				start := time.Now()
				within(t, start, drain(c), tt.limit, step)
				if _, err := c.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
					t.Errorf("the next read: %v", err)
				}
				other.Close()
				sender.Wait()
			})
		})
	}
}

// TestRequestAfterIdling wants a request that comes after long silence to have the time of a request, not that of silence.
func TestRequestAfterIdling(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, other := pair(t)
		for range 3 {
			deadline.Idle(c)
			go func() {
				<-time.After(limits.Idle - time.Millisecond)
				_, _ = other.Write([]byte("x"))
			}()
			if _, err := c.Read(make([]byte, 1)); err != nil {
				t.Fatal(err)
			}
			deadline.Active(c)
		}
		start := time.Now()
		within(t, start, drain(c), limits.Read, step)
	})
}

// TestWrite wants a write to be cut off when the other end takes too long, also when it takes a little again and again,
// and a slow one within the limit to lose nothing.
func TestWrite(t *testing.T) {
	t.Parallel()
	for _, pause := range []time.Duration{time.Hour, time.Second, 7 * time.Second} {
		t.Run(pause.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c, other := pair(t)
				<-time.After(time.Hour)
				deadline.Active(c)
				var reader sync.WaitGroup
				reader.Go(func() {
					for b, err := make([]byte, 1), error(nil); err == nil; _, err = other.Read(b) {
						<-time.After(pause)
					}
				})
				start := time.Now()
				var err error
				for err == nil {
					_, err = c.Write(make([]byte, 3))
				}
				within(t, start, err, limits.Write, writeStep)
				other.Close()
				reader.Wait()
			})
		})
	}
	synctest.Test(t, func(t *testing.T) {
		c, other := pair(t)
		sent := []byte("0123456789abcdef")
		got := make([]byte, 0, len(sent))
		var reader sync.WaitGroup
		reader.Go(func() {
			for b := make([]byte, 1); len(got) < len(sent); got = append(got, b[0]) {
				<-time.After(time.Second - time.Millisecond)
				if _, err := io.ReadFull(other, b); err != nil {
					t.Error(err)
					return
				}
			}
		})
		if n, err := c.Write(sent); n != len(sent) || err != nil {
			t.Errorf("%d, %v", n, err)
		}
		reader.Wait()
		if string(got) != string(sent) {
			t.Errorf("arrived as %q", got)
		}
	})
}

// TestFixed wants a deadline that somebody sets to count instead of the limits, also when it is set while a read waits.
func TestFixed(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		after time.Duration // until it is set
		want  time.Duration
	}{
		{"sooner", 0, time.Millisecond},
		{"later", 0, time.Hour},
		{"passed", 0, -time.Second},
		{"while a read waits", 2500 * time.Millisecond, 2600 * time.Millisecond},
		{"as a step ends", step, 2 * limits.Idle},
		{"as the last step ends", limits.Read, 2 * limits.Idle},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c, _ := pair(t)
				start := time.Now()
				fix := func() {
					if err := c.SetDeadline(start.Add(tt.want)); err != nil {
						t.Error(err)
					}
				}
				if tt.after == 0 {
					fix()
				} else {
					time.AfterFunc(tt.after, fix)
				}
				within(t, start, drain(c), max(0, tt.want), 0)
				if _, err := c.Write([]byte("x")); !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(start) > max(0, tt.want) {
					t.Errorf("a write: %v", err)
				}
			})
		})
	}
	synctest.Test(t, func(t *testing.T) {
		c, other := pair(t)
		if err := c.SetDeadline(time.Time{}); err != nil {
			t.Fatal(err)
		}
		deadline.Active(c)
		time.AfterFunc(24*time.Hour, func() { other.Close() })
		if err := drain(c); !errors.Is(err, io.EOF) {
			t.Errorf("without a deadline: %v", err)
		}
	})
}

// TestOverTCP has the system's own connections time out.
func TestOverTCP(t *testing.T) {
	t.Parallel()
	plain, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ln := deadline.Listener(plain, deadline.Limits{Read: 80 * time.Millisecond, Write: 80 * time.Millisecond, Idle: 160 * time.Millisecond})
	defer ln.Close()
	other, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	c, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	const patience = time.Minute // the machine may be busy
	start := time.Now()
	within(t, start, drain(c), 80*time.Millisecond, patience)
	deadline.Idle(c)
	start = time.Now()
	within(t, start, drain(c), 160*time.Millisecond, patience)
	deadline.Active(c)
	start = time.Now()
	for err = nil; err == nil; {
		_, err = c.Write(make([]byte, 1<<20))
	}
	within(t, start, err, 80*time.Millisecond, patience)
}
