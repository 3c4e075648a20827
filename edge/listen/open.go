package listen

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Unix is what an address starts with that is the path of a unix socket.
const Unix = "unix:"

// Open listens on HOST:PORT or unix:PATH. A unix socket has the mode from the moment it can be found. One that a dead
// process left is replaced; one that answers, and anything that is no socket, is an error. Closing the listener removes
// the socket.
func Open(ctx context.Context, address string, mode fs.FileMode) (net.Listener, error) {
	if path, ok := strings.CutPrefix(address, Unix); ok {
		return openSocket(ctx, path, mode)
	}
	var config net.ListenConfig
	return config.Listen(ctx, "tcp", address)
}

// probe is how long a socket that is there may take to answer.
const probe = time.Second

func openSocket(ctx context.Context, path string, mode fs.FileMode) (net.Listener, error) {
	if strings.HasPrefix(path, "@") || path == "" {
		return nil, fmt.Errorf("%q is no path: only sockets with permissions are listened on", path)
	}
	if err := vacant(ctx, path); err != nil {
		return nil, err
	}
	// A socket gets its mode before its name, so that nobody can connect in between.
	hidden := filepath.Join(filepath.Dir(path), fmt.Sprintf(".%d", os.Getpid()))
	if err := os.Remove(hidden); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	bound, err := net.ListenUnix("unix", &net.UnixAddr{Name: hidden, Net: "unix"})
	if err != nil {
		return nil, err
	}
	bound.SetUnlinkOnClose(false)
	if err := os.Chmod(hidden, mode); err != nil {
		return nil, errors.Join(err, bound.Close(), os.Remove(hidden))
	}
	if err := os.Rename(hidden, path); err != nil {
		return nil, errors.Join(err, bound.Close(), os.Remove(hidden))
	}
	info, err := os.Lstat(path)
	if err != nil {
		return nil, errors.Join(err, bound.Close())
	}
	return &socket{UnixListener: bound, path: path, info: info}, nil
}

// vacant reports why a socket cannot be put at a path.
func vacant(ctx context.Context, path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.Mode().Type() != fs.ModeSocket:
		return fmt.Errorf("%q is there and is no socket", path)
	}
	dialer := net.Dialer{Timeout: probe}
	c, err := dialer.DialContext(ctx, "unix", path)
	switch {
	case err == nil:
		return errors.Join(fmt.Errorf("%q is a socket that another process answers on", path), c.Close())
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, fs.ErrNotExist):
		return nil
	}
	return fmt.Errorf("%q is a socket of which it cannot be told whether it is in use: %w", path, err)
}

// socket is a listener that removes its file.
type socket struct {
	*net.UnixListener
	path   string
	info   fs.FileInfo
	remove sync.Once
}

// Addr implements [net.Listener].
func (s *socket) Addr() net.Addr { return &net.UnixAddr{Name: s.path, Net: "unix"} }

// Close implements [net.Listener]. It removes the file unless somebody has put another one in its place.
func (s *socket) Close() error {
	err := s.UnixListener.Close()
	s.remove.Do(func() {
		if now, lookErr := os.Lstat(s.path); lookErr == nil && os.SameFile(now, s.info) {
			err = errors.Join(err, os.Remove(s.path))
		}
	})
	return err
}
