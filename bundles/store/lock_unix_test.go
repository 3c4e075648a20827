//go:build unix && !solaris && !aix

package store_test

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestStuckProcess does not wait for ever for one that holds the folder and does nothing.
func TestStuckProcess(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir(), "/bundles")
	record(t, s, 1)
	file, err := os.Open(filepath.Join(s.Dir(), "lock"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	if err := s.Record(2); !errors.Is(err, syscall.EWOULDBLOCK) {
		t.Errorf("Record: %v", err)
	}
	if got := highest(t, s); got != 1 {
		t.Errorf("highest epoch %d", got)
	}
}
