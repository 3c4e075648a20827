// Package socket reads from and writes to the system's sockets without telling Go's scheduler of it.
//
// Around every system call the scheduler prepares to lend the processor to other goroutines, as the call may take long.
// Reads and writes of sockets that do not block take microseconds, about as long as these preparations and what comes of
// them where the machine is busy: processors that are taken away, and threads that are woken to take them.
package socket

import "net"

// New returns c, with cheaper reads and writes where it is a connection of the system, such as TCP or a unix socket. What they
// return is what those of c would, and deadlines count as they do for c; errors beyond [io.EOF] are of the same kinds in other words.
// The connection is for one goroutine that reads and one that writes at a time; other methods are those of c.
func New(c net.Conn) net.Conn { return direct(c) }

// Listener returns ln with connections made by [New].
func Listener(ln net.Listener) net.Listener { return listener{ln} }

type listener struct{ net.Listener }

// Accept implements [net.Listener].
func (l listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return New(c), nil
}
