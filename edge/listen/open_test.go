package listen_test

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lictor-dev/lictor/edge/listen"
)

func openUnix(t *testing.T, path string, mode fs.FileMode) (net.Listener, error) {
	t.Helper()
	l, err := listen.Open(t.Context(), listen.Unix+path, mode)
	if err == nil {
		t.Cleanup(func() { l.Close() })
	}
	return l, err
}

// socketFolder returns a folder with a short path: that of a socket has at most 108 bytes.
func socketFolder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "s")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func TestUnixSocket(t *testing.T) {
	t.Parallel()
	dir := socketFolder(t)
	path := filepath.Join(dir, "edge.sock")
	l, err := openUnix(t, path, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Lstat(path)
	if err != nil || info.Mode().Type() != fs.ModeSocket || info.Mode().Perm() != 0o600 || l.Addr().String() != path {
		t.Errorf("%v %v %v", info, err, l.Addr())
	}
	dial(t, l.Addr())
	if c, err := l.Accept(); err != nil || c.Close() != nil {
		t.Error(err)
	}
	if _, err := openUnix(t, path, 0o660); err == nil || !strings.Contains(err.Error(), "another process answers") {
		t.Errorf("a socket in use: %v", err)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 0 {
		t.Errorf("left behind: %v %v", entries, err)
	}
}

// TestStaleSocket replaces what a dead process left, and removes nothing else.
func TestStaleSocket(t *testing.T) {
	t.Parallel()
	dir := socketFolder(t)
	path := filepath.Join(dir, "edge.sock")
	dead, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	dead.SetUnlinkOnClose(false)
	dead.Close()
	first, err := openUnix(t, path, 0o660)
	if err != nil {
		t.Fatal(err)
	}
	// Somebody takes the name over, as a second edge would after the first one seemed dead.
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	second, err := openUnix(t, path, 0o660)
	if err != nil {
		t.Fatal(err)
	}
	first.Close()
	dial(t, second.Addr())

	for name, put := range map[string]func(string) error{
		"a file":             func(p string) error { return os.WriteFile(p, []byte("precious"), 0o600) },
		"a folder":           func(p string) error { return os.Mkdir(p, 0o700) },
		"a link to a socket": func(p string) error { return os.Symlink(path, p) },
	} {
		other := filepath.Join(dir, name)
		if err := put(other); err != nil {
			t.Fatal(err)
		}
		if _, err := openUnix(t, other, 0o660); err == nil || !strings.Contains(err.Error(), "is there and is no socket") {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := os.Lstat(other); err != nil {
			t.Errorf("%s is gone: %v", name, err)
		}
	}
}

func TestNoSocket(t *testing.T) {
	t.Parallel()
	dir := socketFolder(t)
	if _, err := openUnix(t, "@abstract", 0o660); err == nil || !strings.Contains(err.Error(), "only sockets with permissions") {
		t.Errorf("abstract: %v", err)
	}
	if _, err := openUnix(t, filepath.Join(dir, "none", "edge.sock"), 0o660); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no folder: %v", err)
	}
	if _, err := openUnix(t, filepath.Join(dir, strings.Repeat("x", 300)), 0o660); err == nil {
		t.Error("a name that is too long")
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 0 {
		t.Errorf("left behind: %v %v", entries, err)
	}
}
