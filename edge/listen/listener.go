// Package listen makes listeners that stay up: connections beyond a bound are turned away, a shortage of descriptors is
// waited out, and those that never say anything do not hold up the end.
//
// [Open] opens an address, [New] bounds what it opened, [Certificates] are what TLS uses, replaceable at any time.
package listen

import (
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// Options bound a [Listener]. The zero value bounds nothing.
type Options struct {
	Max          int         // connections at one time; 0: no bound
	MaxPerClient int         // connections from one client's address, of IPv6 from one /64; 0: no bound
	TLS          *tls.Config // nil: connections are used as they come
	Log          *slog.Logger
}

// Silence is how long a connection that has said nothing is kept after [Listener.Close].
const Silence = 250 * time.Millisecond

// Listener is a [net.Listener] with bounds. It is safe for concurrent use.
type Listener struct {
	net.Listener
	options Options
	closed  chan struct{}
	refusal refusal

	mu      sync.Mutex
	open    map[*link]struct{}
	clients map[netip.Addr]int // connections by client, where that is bounded
	ended   bool
}

// New returns a listener that accepts from inner, which it owns from now on.
func New(inner net.Listener, o Options) *Listener {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Listener{
		Listener: inner, options: o, closed: make(chan struct{}),
		refusal: newRefusal(o.TLS != nil, o.Log),
		open:    map[*link]struct{}{}, clients: map[netip.Addr]int{},
	}
}

// Accept returns the next connection that is within the bounds. With TLS its handshake is left to whoever reads first.
func (l *Listener) Accept() (net.Conn, error) {
	for pause := minPause; ; {
		raw, err := l.Listener.Accept()
		switch {
		case err == nil:
		case !passes(err):
			return nil, err
		default:
			l.options.Log.Warn("no connection can be accepted for the moment", "error", err)
			l.wait(pause)
			pause = min(2*pause, maxPause)
			continue
		}
		pause = minPause
		if c := l.admit(raw); c != nil {
			return c, nil
		}
		l.refusal.send(raw)
	}
}

// The pauses while nothing can be accepted.
const (
	minPause = 5 * time.Millisecond
	maxPause = time.Second
)

func (l *Listener) wait(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-l.closed:
	}
}

// passes reports whether a listener can be used again after an error: when descriptors or memory are short, or when the
// client went away before it was accepted.
func passes(err error) bool {
	for _, e := range []error{syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM, syscall.ECONNABORTED, syscall.EINTR} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// admit counts a connection, and returns nil for one beyond the bounds.
func (l *Listener) admit(raw net.Conn) net.Conn {
	k := &link{raw: raw, listener: l}
	if l.options.MaxPerClient > 0 {
		k.client = clientOf(raw.RemoteAddr())
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.options.Max > 0 && len(l.open) >= l.options.Max {
		return nil
	}
	if k.client.IsValid() {
		if l.clients[k.client] >= l.options.MaxPerClient {
			return nil
		}
		l.clients[k.client]++
	}
	l.open[k] = struct{}{}
	if l.options.TLS != nil {
		return &secure{Conn: tls.Server(raw, l.options.TLS), link: k}
	}
	return &plain{Conn: raw, link: k}
}

// clientOf returns whose connection it is: an IPv4 address, or the network of an IPv6 address, since a client has all
// of it. It is not valid for what has no address.
func clientOf(a net.Addr) netip.Addr {
	tcp, ok := a.(*net.TCPAddr)
	if !ok {
		return netip.Addr{}
	}
	address := tcp.AddrPort().Addr().Unmap().WithZone("")
	if address.Is6() {
		return netip.PrefixFrom(address, 64).Masked().Addr()
	}
	return address
}

// Close stops accepting. Connections stay, but those that have said nothing when [Silence] is over.
func (l *Listener) Close() error {
	l.mu.Lock()
	ended := l.ended
	l.ended = true
	l.mu.Unlock()
	if ended {
		return net.ErrClosed
	}
	close(l.closed)
	time.AfterFunc(Silence, l.hangUp)
	return l.Listener.Close()
}

// hangUp closes the connections that have said nothing.
func (l *Listener) hangUp() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for k := range l.open {
		if !k.heard.Load() {
			k.hungUp.Store(true)
			_ = k.raw.Close()
		}
	}
}

// link is what a listener knows of a connection.
type link struct {
	raw      net.Conn
	listener *Listener
	client   netip.Addr // valid where it was counted
	heard    atomic.Bool
	hungUp   atomic.Bool // by us, or never got through the handshake
	ended    atomic.Bool
}

// read takes note of what a read returned. What was hung up looks as if the client had done so.
func (k *link) read(n int, err error) (int, error) {
	if n > 0 && !k.heard.Load() {
		k.heard.Store(true)
	}
	if err != nil && k.hungUp.Load() {
		err = io.EOF
	}
	return n, err
}

// end gives the place of a connection back, once.
func (k *link) end() {
	if k.ended.Swap(true) {
		return
	}
	l := k.listener
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.open, k)
	if k.client.IsValid() {
		if l.clients[k.client]--; l.clients[k.client] == 0 {
			delete(l.clients, k.client)
		}
	}
}

// Raw returns what a connection of a [Listener] was made of: one that the inner listener accepted. Any other is returned as
// it is.
func Raw(c net.Conn) net.Conn {
	switch c := c.(type) {
	case *plain:
		return c.Conn
	case *secure:
		return c.link.raw
	}
	return c
}

// plain is a connection without TLS.
type plain struct {
	net.Conn
	link  *link
	heard bool // as the link's, of the goroutine that reads: most reads do not look at the link
}

// Read implements [io.Reader].
func (c *plain) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if c.heard && err == nil {
		return n, nil
	}
	c.heard = c.heard || n > 0
	return c.link.read(n, err)
}

// Close implements [io.Closer].
func (c *plain) Close() error {
	c.link.end()
	return c.Conn.Close()
}
