package listen_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/lictor-dev/lictor/edge/listen"
)

// patience is how long anything may take before a test fails.
const patience = 20 * time.Second

// open returns a listener on a free port with what it accepts.
func open(t *testing.T, o listen.Options) (*listen.Listener, <-chan net.Conn) {
	t.Helper()
	inner, err := listen.Open(t.Context(), "127.0.0.1:0", 0)
	if err != nil {
		t.Fatal(err)
	}
	l := listen.New(inner, o)
	accepted := make(chan net.Conn, 100)
	go func() {
		defer close(accepted)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			accepted <- c
		}
	}()
	t.Cleanup(func() {
		l.Close()
		for c := range accepted {
			c.Close()
		}
	})
	return l, accepted
}

func dial(t *testing.T, a net.Addr) net.Conn {
	t.Helper()
	c, err := net.DialTimeout(a.Network(), a.String(), patience)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return c
}

// next returns what was accepted.
func next(t *testing.T, accepted <-chan net.Conn) net.Conn {
	t.Helper()
	select {
	case c := <-accepted:
		return c
	case <-time.After(patience):
		t.Fatal("nothing was accepted within", patience)
		return nil
	}
}

// busy is what those are told who are too many.
const busy = "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 1\r\nContent-Type: application/json\r\n" +
	"Content-Length: 33\r\n\r\n{\"error\":\"too many connections\"}\n"

// TestLimits turns away what is beyond a bound, with an answer that a client can read, and takes up again when there is room.
func TestLimits(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]listen.Options{"in all": {Max: 2}, "per client": {Max: 10, MaxPerClient: 2}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, accepted := open(t, o)
			dial(t, l.Addr())
			dial(t, l.Addr())
			first := next(t, accepted)
			next(t, accepted)
			for range 3 {
				c := dial(t, l.Addr())
				fmt.Fprintf(c, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody")
				if text, err := io.ReadAll(c); string(text) != busy || err != nil {
					t.Errorf("%q, %v", text, err)
				}
			}
			first.Close()
			first.Close() // the second gives no second place back
			dial(t, l.Addr())
			next(t, accepted)
			if text, err := io.ReadAll(dial(t, l.Addr())); string(text) != busy || err != nil {
				t.Errorf("beyond the bound again: %q, %v", text, err)
			}
		})
	}
}

// TestUnreadQuestion lets a client that has asked already read that there are too many.
func TestUnreadQuestion(t *testing.T) {
	t.Parallel()
	raw, err := listen.Open(t.Context(), "127.0.0.1:0", 0)
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	client := dial(t, raw.Addr())
	fmt.Fprint(client, "POST /v1/check HTTP/1.1\r\n")
	asked, err := raw.Accept()
	if err != nil {
		t.Fatal(err)
	}
	if n, err := asked.Read(make([]byte, 1)); n != 1 || err != nil { // the rest has come too, and stays unread
		t.Fatal(n, err)
	}
	inner := newScripted()
	l := listen.New(inner, listen.Options{Max: 1})
	t.Cleanup(func() { l.Close() })
	inner.connect("192.0.2.1:1")
	inner.steps <- func() (net.Conn, error) { return asked, nil }
	inner.steps <- func() (net.Conn, error) { return nil, errors.New("the end") }
	for range 2 {
		_, _ = l.Accept()
	}
	if text, err := io.ReadAll(client); string(text) != busy || err != nil {
		t.Errorf("%q, %v", text, err)
	}
}

// TestFlood closes in silence what it cannot answer at once, and goes on accepting.
func TestFlood(t *testing.T) {
	t.Parallel()
	l, accepted := open(t, listen.Options{Max: 1})
	dial(t, l.Addr())
	served := next(t, accepted)
	for range 200 {
		dial(t, l.Addr())
	}
	served.Close()
	for {
		c := dial(t, l.Addr())
		select {
		case <-accepted:
			return
		case <-closed(c):
		case <-time.After(patience):
			t.Fatal("nothing is accepted any more")
		}
	}
}

// closed returns a channel that is closed when the other end has closed the connection.
func closed(c net.Conn) <-chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = io.Copy(io.Discard, c)
	}()
	return done
}

// addressed is a connection from an address of choice.
type addressed struct {
	net.Conn
	from string
}

func (a addressed) RemoteAddr() net.Addr {
	address, err := net.ResolveTCPAddr("tcp", a.from)
	if err != nil {
		panic(err)
	}
	return address
}

// scripted accepts what it is told to.
type scripted struct {
	steps chan func() (net.Conn, error)
	done  chan struct{}
}

func newScripted() *scripted {
	return &scripted{make(chan func() (net.Conn, error), 100), make(chan struct{})}
}

func (s *scripted) Accept() (net.Conn, error) {
	select {
	case step := <-s.steps:
		return step()
	case <-s.done:
		return nil, net.ErrClosed
	}
}

func (s *scripted) Close() error   { close(s.done); return nil }
func (s *scripted) Addr() net.Addr { return &net.UnixAddr{Name: "scripted"} }

// connect lets the listener accept one end of a pipe, and returns the other.
func (s *scripted) connect(from string) net.Conn {
	near, far := net.Pipe()
	s.steps <- func() (net.Conn, error) { return addressed{far, from}, nil }
	return near
}

// TestClientAddresses counts an IPv4 address however it is written, and a network of IPv6 as one client.
func TestClientAddresses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		first, second string
		same          bool
	}{
		{"192.0.2.1:1", "192.0.2.1:2", true},
		{"192.0.2.1:1", "192.0.2.2:1", false},
		{"192.0.2.1:1", "[::ffff:192.0.2.1]:1", true},
		{"[2001:db8::1]:1", "[2001:db8::ffff:1]:1", true},
		{"[2001:db8::1]:1", "[2001:db8:0:1::1]:1", false},
	}
	for _, tt := range tests {
		t.Run(tt.first+" "+tt.second, func(t *testing.T) {
			t.Parallel()
			inner := newScripted()
			l := listen.New(inner, listen.Options{MaxPerClient: 1})
			t.Cleanup(func() { l.Close() })
			inner.connect(tt.first)
			inner.connect(tt.second)
			inner.steps <- func() (net.Conn, error) { return nil, errors.New("the end") }
			if _, err := l.Accept(); err != nil {
				t.Fatal(err)
			}
			if _, err := l.Accept(); (err != nil) != tt.same {
				t.Errorf("the second: %v", err)
			}
		})
	}
}

// TestShortage goes on accepting after descriptors were short, and ends with what does not pass.
func TestShortage(t *testing.T) {
	t.Parallel()
	inner := newScripted()
	l := listen.New(inner, listen.Options{})
	for _, e := range []error{syscall.EMFILE, syscall.ENFILE, syscall.ECONNABORTED} {
		inner.steps <- func() (net.Conn, error) {
			return nil, &net.OpError{Op: "accept", Err: os.NewSyscallError("accept", e)}
		}
	}
	inner.connect("192.0.2.1:1")
	if _, err := l.Accept(); err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broken")
	inner.steps <- func() (net.Conn, error) { return nil, broken }
	if _, err := l.Accept(); err != broken {
		t.Errorf("error %v", err)
	}
	l.Close()
	if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("after the end: %v", err)
	}
}

// TestSilence hangs up those that have said nothing some time after the end, and nobody else.
func TestSilence(t *testing.T) {
	t.Parallel()
	l, accepted := open(t, listen.Options{})
	talker := dial(t, l.Addr())
	first := next(t, accepted)
	fmt.Fprint(talker, "x")
	if n, err := first.Read(make([]byte, 1)); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	dial(t, l.Addr())
	second := next(t, accepted)
	start := time.Now()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("closed twice: %v", err)
	}
	if n, err := second.Read(make([]byte, 1)); n != 0 || err != io.EOF || time.Since(start) < listen.Silence {
		t.Errorf("silent: %d bytes, %v, after %s", n, err, time.Since(start))
	}
	fmt.Fprint(talker, "y")
	if n, err := first.Read(make([]byte, 1)); n != 1 || err != nil {
		t.Errorf("talking: %d bytes, %v", n, err)
	}
}
