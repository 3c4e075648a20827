//go:build !race

package socket

import (
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"unsafe"
)

// most is how many bytes are read or written that way at one time. More may take long enough for others to wait.
const most = 64 << 10

func direct(c net.Conn) net.Conn {
	system, ok := c.(syscall.Conn)
	if !ok {
		return c
	}
	raw, err := system.SyscallConn()
	if err != nil {
		return c
	}
	d := &conn{Conn: c, raw: raw}
	d.in.call, d.in.attempt = syscall.SYS_READ, d.in.once
	d.out.call, d.out.attempt = syscall.SYS_WRITE, d.out.whole
	return d
}

// conn is a connection of the system.
type conn struct {
	net.Conn
	raw     syscall.RawConn
	in, out transfer
}

// Read implements [net.Conn].
func (c *conn) Read(b []byte) (int, error) {
	if len(b) == 0 || len(b) > most {
		return c.Conn.Read(b)
	}
	c.in.begin(b)
	n, err := c.in.end(c.raw.Read(c.in.attempt))
	if n == 0 && err == nil {
		return 0, io.EOF
	}
	return n, c.described("read", err)
}

// Write implements [net.Conn].
func (c *conn) Write(b []byte) (int, error) {
	if len(b) == 0 || len(b) > most {
		return c.Conn.Write(b)
	}
	c.out.begin(b)
	n, err := c.out.end(c.raw.Write(c.out.attempt))
	return n, c.described("write", err)
}

// CloseWrite ends what is written, where c can do that: the other end reads to the end, and may go on writing.
func (c *conn) CloseWrite() error {
	half, ok := c.Conn.(interface{ CloseWrite() error })
	if !ok {
		return errors.ErrUnsupported
	}
	return half.CloseWrite()
}

// described says of an error of the system where it happened, as package net does.
func (c *conn) described(operation string, err error) error {
	number, ok := err.(syscall.Errno) //nolint:errorlint // others are described already
	if !ok {
		return err
	}
	local, remote := c.LocalAddr(), c.RemoteAddr()
	return &net.OpError{Op: operation, Net: local.Network(), Source: local, Addr: remote, Err: os.NewSyscallError(operation, number)}
}

// transfer is a read or a write under way.
type transfer struct {
	call    uintptr
	attempt func(fd uintptr) (done bool) // made once, since making it allocates
	bytes   []byte
	n       int
	fault   syscall.Errno // 0: none
}

func (t *transfer) begin(b []byte) { t.bytes, t.n, t.fault = b, 0, 0 }

// end returns what was transferred, and why it is not more; err is what waiting came to.
func (t *transfer) end(err error) (int, error) {
	t.bytes = nil
	if err == nil && t.fault != 0 {
		err = t.fault
	}
	return t.n, err
}

// once transfers what can be at once, and reports false while that is nothing.
func (t *transfer) once(fd uintptr) bool {
	for {
		rest := t.bytes[t.n:]
		n, _, fault := syscall.RawSyscall(t.call, fd, uintptr(unsafe.Pointer(unsafe.SliceData(rest))), uintptr(len(rest)))
		switch fault {
		case 0:
			t.n += int(n)
			return true
		case syscall.EAGAIN:
			return false
		case syscall.EINTR:
		default:
			t.fault = fault
			return true
		}
	}
}

// whole transfers all, and reports false while that has to wait.
func (t *transfer) whole(fd uintptr) bool {
	for t.n < len(t.bytes) && t.fault == 0 {
		if !t.once(fd) {
			return false
		}
	}
	return true
}
