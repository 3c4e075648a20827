//go:build unix

package serve_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestPipeIsNoFile of callers: whoever opened it would wait for ever, and the end for him.
func TestPipeIsNoFile(t *testing.T) {
	t.Parallel()
	c := configured(bundleFile(t))
	c.Callers.File = filepath.Join(t.TempDir(), "callers.yaml")
	put(t, c.Callers.File, []byte("callers: {}"))
	r := run(t, c)
	if err := os.Remove(c.Callers.File); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(c.Callers.File, 0o600); err != nil {
		t.Fatal(err)
	}
	r.wait("not reloaded, the one before stays", "is not a plain file")
	if err := r.end(); err != nil {
		t.Error(err)
	}
}
