package socket_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/lictor-dev/lictor/edge/socket"
)

const patience = 30 * time.Second

// networks are kinds of connections, and how to make one: both ends, none of them from [socket.New].
var networks = []struct {
	name string
	pair func(t *testing.T) (net.Conn, net.Conn)
}{
	{"tcp", func(t *testing.T) (net.Conn, net.Conn) { t.Helper(); return pair(t, "tcp", "127.0.0.1:0") }},
	{"unix", func(t *testing.T) (net.Conn, net.Conn) {
		t.Helper()
		return pair(t, "unix", filepath.Join(t.TempDir(), "s"))
	}},
	{"none of the system's", func(t *testing.T) (net.Conn, net.Conn) {
		t.Helper()
		a, b := net.Pipe()
		return a, b
	}},
}

func pair(t testing.TB, network, address string) (accepted, dialled net.Conn) {
	t.Helper()
	ln, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	if dialled, err = net.Dial(network, ln.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if accepted, err = ln.Accept(); err != nil {
		t.Fatal(err)
	}
	return accepted, dialled
}

// onEach runs a test with a connection of each network, whose reads and writes must not take forever.
func onEach(t *testing.T, test func(t *testing.T, c, other net.Conn)) {
	t.Helper()
	for _, network := range networks {
		t.Run(network.name, func(t *testing.T) {
			t.Parallel()
			inner, other := network.pair(t)
			c := socket.New(inner)
			t.Cleanup(func() {
				c.Close()
				other.Close()
			})
			for _, c := range []net.Conn{c, other} {
				if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
					t.Fatal(err)
				}
			}
			test(t, c, other)
		})
	}
}

// TestTransfer sends texts of many lengths there and back at once, in writes that the other end's buffer has no room for.
func TestTransfer(t *testing.T) {
	t.Parallel()
	sizes := slices.Concat([]int{0, 1, 500, 4096, 64 << 10, 64<<10 + 1, 3 << 20}, slices.Repeat([]int{60_000}, 200))
	var want []byte
	for i, n := range sizes {
		for j := range n {
			want = append(want, byte(i+j*j>>3))
		}
	}
	onEach(t, func(t *testing.T, c, other net.Conn) {
		var all sync.WaitGroup
		defer all.Wait()
		send := func(to net.Conn) {
			rest := want
			for _, n := range sizes {
				if written, err := to.Write(rest[:n]); written != n || err != nil {
					t.Errorf("%d of %d bytes written, %v", written, n, err)
					return
				}
				rest = rest[n:]
			}
		}
		receive := func(from net.Conn, buffer int) {
			var got []byte
			for b := make([]byte, buffer); len(got) < len(want); {
				n, err := from.Read(b)
				if err != nil {
					t.Error(err)
					return
				}
				got = append(got, b[:n]...)
			}
			if !bytes.Equal(got, want) {
				t.Error("what arrived is not what was sent")
			}
		}
		all.Go(func() { send(c) })
		all.Go(func() { send(other) })
		all.Go(func() { receive(c, 100_000) })
		all.Go(func() { receive(other, 5_000) })
	})
}

// TestSmallReads reads with small buffers, and with none.
func TestSmallReads(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c, other net.Conn) {
		go func() { _, _ = other.Write([]byte("abcdef")) }()
		b := make([]byte, 4)
		if n, err := io.ReadFull(c, b); string(b[:n]) != "abcd" || err != nil {
			t.Errorf("%q, %v", b[:n], err)
		}
		if n, err := io.ReadFull(c, b[:2]); string(b[:n]) != "ef" || err != nil {
			t.Errorf("%q, %v", b[:n], err)
		}
	})
}

// TestEnd wants the end of a connection to be that: for who reads, and for who writes.
func TestEnd(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c, other net.Conn) {
		go func() {
			_, _ = other.Write([]byte("x"))
			other.Close()
		}()
		got, err := io.ReadAll(c)
		if string(got) != "x" || err != nil {
			t.Errorf("%q, %v", got, err)
		}
		for err = nil; err == nil; {
			_, err = c.Write([]byte("x"))
		}
		if !errors.Is(err, syscall.EPIPE) && !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("writing to nobody: %v", err)
		}
	})
}

// TestReset wants errors of the system to say what, where and to whom.
func TestReset(t *testing.T) {
	t.Parallel()
	inner, other := pair(t, "tcp", "127.0.0.1:0")
	c := socket.New(inner)
	defer c.Close()
	if err := errors.Join(c.SetDeadline(time.Now().Add(patience)), other.(*net.TCPConn).SetLinger(0), other.Close()); err != nil {
		t.Fatal(err)
	}
	_, err := c.Read(make([]byte, 1))
	want := "read tcp " + c.LocalAddr().String() + "->" + c.RemoteAddr().String() + ": read: connection reset by peer"
	if !errors.Is(err, syscall.ECONNRESET) || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

// TestDeadlines wants deadlines that have passed, or pass during a read or a write, to end it.
func TestDeadlines(t *testing.T) {
	t.Parallel()
	fill := func(c net.Conn) (err error) {
		for b := make([]byte, 10_000); err == nil; {
			_, err = c.Write(b)
		}
		return err
	}
	read := func(c net.Conn) error {
		_, err := c.Read(make([]byte, 1))
		return err
	}
	for _, tt := range []struct {
		name string
		set  func(net.Conn, time.Time) error
		use  func(net.Conn) error
	}{{"read", net.Conn.SetReadDeadline, read}, {"write", net.Conn.SetWriteDeadline, fill}} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			onEach(t, func(t *testing.T, c, _ net.Conn) {
				for _, wait := range []time.Duration{30 * time.Millisecond, -time.Second} {
					start := time.Now()
					if err := tt.set(c, start.Add(wait)); err != nil {
						t.Fatal(err)
					}
					err := tt.use(c)
					fault, timeout := errors.AsType[net.Error](err)
					if !errors.Is(err, os.ErrDeadlineExceeded) || !timeout || !fault.Timeout() || time.Since(start) < wait {
						t.Errorf("%v after %s", err, time.Since(start))
					}
				}
				if err := tt.set(c, time.Now().Add(time.Hour)); err != nil {
					t.Fatal(err)
				}
			})
		})
	}
}

// TestClose ends a read that waits.
func TestClose(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c, _ net.Conn) {
		ended := make(chan error, 1)
		go func() {
			_, err := c.Read(make([]byte, 1))
			ended <- err
		}()
		c.Close()
		select {
		case err := <-ended:
			if !errors.Is(err, net.ErrClosed) && !errors.Is(err, io.ErrClosedPipe) {
				t.Error(err)
			}
		case <-time.After(patience):
			t.Error("the read goes on")
		}
		if _, err := c.Write([]byte("x")); err == nil {
			t.Error("written to a connection that is closed")
		}
	})
}
