package deadline_test

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/lictor-dev/lictor/edge/deadline"
)

const (
	soon     = 50 * time.Millisecond
	patience = time.Minute
)

// pair returns both ends of a connection; the first has cheap deadlines.
func pair(t *testing.T) (accepted, dialled net.Conn) {
	t.Helper()
	plain, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ln := deadline.Listener(plain)
	defer ln.Close()
	if dialled, err = net.Dial("tcp", ln.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if accepted, err = ln.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		accepted.Close()
		dialled.Close()
	})
	return accepted, dialled
}

// TestRead moves the deadline of a connection on which nothing arrives, and wants reads to end when the last one has
// passed: not before, and not as long as there is none.
func TestRead(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		moves []time.Duration // from now; 0 for none
		want  time.Duration
	}{
		{"one", []time.Duration{soon}, soon},
		{"passed already", []time.Duration{-time.Hour}, 0},
		{"later", []time.Duration{soon, 4 * soon}, 4 * soon},
		{"earlier", []time.Duration{time.Hour, soon}, soon},
		{"none between", []time.Duration{soon, 0, 4 * soon}, 4 * soon},
		{"to and fro", []time.Duration{soon, time.Hour, 2 * soon, time.Hour, 3 * soon}, 3 * soon},
		{"earlier than the system's after none", []time.Duration{4 * soon, 0, soon}, soon},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, _ := pair(t)
			start := time.Now()
			for _, d := range tt.moves {
				at := start.Add(d)
				if d == 0 {
					at = time.Time{}
				}
				if err := c.SetReadDeadline(at); err != nil {
					t.Fatal(err)
				}
			}
			n, err := c.Read(make([]byte, 1))
			if took := time.Since(start); n != 0 || !errors.Is(err, os.ErrDeadlineExceeded) || took < tt.want || took > patience {
				t.Errorf("%d, %v after %s, want a timeout after %s", n, err, took, tt.want)
			}
		})
	}
}

// TestNoDeadline takes the deadline away: what arrives after it had passed is read.
func TestNoDeadline(t *testing.T) {
	t.Parallel()
	c, other := pair(t)
	if err := errors.Join(c.SetDeadline(time.Now().Add(soon)), c.SetDeadline(time.Time{})); err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(3*soon, func() { _, _ = other.Write([]byte("x")) })
	if n, err := c.Read(make([]byte, 1)); n != 1 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
}

// TestAnotherMovesIt moves the deadline while a read waits, as a shutdown does.
func TestAnotherMovesIt(t *testing.T) {
	t.Parallel()
	c, _ := pair(t)
	if err := c.SetReadDeadline(time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(soon, func() { _ = c.SetReadDeadline(time.Now()) })
	ended := make(chan error, 1)
	go func() {
		_, err := c.Read(make([]byte, 1))
		ended <- err
	}()
	select {
	case err := <-ended:
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Error(err)
		}
	case <-time.After(patience):
		t.Error("the read goes on")
	}
}

// TestWrite fills the connection until a write waits, and goes on reading at the other end after the system's deadline but
// before the noted one: nothing is lost or written twice. Then nobody reads, and the write ends.
func TestWrite(t *testing.T) {
	t.Parallel()
	c, other := pair(t)
	if err := errors.Join(c.SetWriteDeadline(time.Now().Add(soon)), c.SetWriteDeadline(time.Now().Add(patience))); err != nil {
		t.Fatal(err)
	}
	sent := make([]byte, 32<<20)
	for i := range sent {
		sent[i] = byte(i / 7)
	}
	var wait sync.WaitGroup
	wait.Go(func() {
		if n, err := c.Write(sent); n != len(sent) || err != nil {
			t.Errorf("%d, %v", n, err)
		}
		if err := c.SetWriteDeadline(time.Now().Add(soon)); err != nil {
			t.Error(err)
		}
		if _, err := c.Write(sent); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("nobody reads: %v", err)
		}
	})
	got := make([]byte, len(sent))
	<-time.After(3 * soon) // the system's deadline passes while the write waits
	if _, err := io.ReadFull(other, got); err != nil {
		t.Fatal(err)
	}
	if string(got) != string(sent) {
		t.Error("something else arrived")
	}
	wait.Wait()
}

// TestRace moves deadlines from two goroutines while reads wait. Each lies near, so that every read must end, also the one
// after the last move.
func TestRace(t *testing.T) {
	t.Parallel()
	c, _ := pair(t)
	var movers sync.WaitGroup
	for range 2 {
		movers.Go(func() {
			for i := range 2000 {
				if err := c.SetReadDeadline(time.Now().Add(time.Duration(1+i%20) * time.Millisecond)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	moved, read := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(moved)
		movers.Wait()
	}()
	go func() {
		defer close(read)
		for over := false; !over; {
			select {
			case <-moved:
				over = true
			default:
			}
			if _, err := c.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("read: %v", err)
			}
		}
	}()
	select {
	case <-read:
	case <-time.After(patience):
		t.Error("a read goes on although its deadline has passed")
	}
}
