//go:build !race

package socket_test

import (
	"net"
	"testing"

	"github.com/lictor-dev/lictor/edge/socket"
)

// TestAllocates wants reads and writes to allocate nothing.
func TestAllocates(t *testing.T) {
	inner, other := pair(t, "tcp", "127.0.0.1:0")
	c := socket.New(inner)
	defer c.Close()
	defer other.Close()
	b := make([]byte, 500)
	if n := testing.AllocsPerRun(100, func() { echo(t, c, other, b) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// BenchmarkEcho measures a text from one end to the other and back, both made with [socket.New] or none.
func BenchmarkEcho(b *testing.B) {
	for _, bb := range []struct {
		name string
		made func(net.Conn) net.Conn
	}{{"plain", func(c net.Conn) net.Conn { return c }}, {"direct", socket.New}} {
		b.Run(bb.name, func(b *testing.B) {
			one, other := pair(b, "tcp", "127.0.0.1:0")
			defer one.Close()
			defer other.Close()
			one, other = bb.made(one), bb.made(other)
			buffer := make([]byte, 500)
			for b.Loop() {
				echo(b, one, other, buffer)
			}
		})
	}
}

// echo sends b there and back. Loopback has it arrive before the write is over.
func echo(tb testing.TB, one, other net.Conn, b []byte) {
	for _, err := range []error{sent(one, other, b), sent(other, one, b)} {
		if err != nil {
			tb.Fatal(err)
		}
	}
}

func sent(from, to net.Conn, b []byte) error {
	if _, err := from.Write(b); err != nil {
		return err
	}
	_, err := to.Read(b)
	return err
}
