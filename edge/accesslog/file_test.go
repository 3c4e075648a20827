package accesslog_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lictor-dev/lictor/edge/accesslog"
)

// put writes text to a log's file.
func put(t *testing.T, f *accesslog.File, text string) {
	t.Helper()
	if _, err := f.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
}

// contents returns what files hold.
func contents(t *testing.T, paths ...string) (texts []string) {
	t.Helper()
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(text))
	}
	return texts
}

// TestFile appends to what is there, stays with a file that was moved away until it is told, and with one whose path
// cannot be opened again until it can.
func TestFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path, moved := filepath.Join(dir, "access.log"), filepath.Join(dir, "access.log.1")
	if err := os.WriteFile(path, []byte("0"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := accesslog.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	put(t, f, "1")
	if err := os.Rename(path, moved); err != nil {
		t.Fatal(err)
	}
	put(t, f, "2")
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	f.Reopen()
	put(t, f, "3")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	put(t, f, "4")
	put(t, f, "5")
	if diff := cmp.Diff([]string{"0123", "45"}, contents(t, moved, path)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm()&0o007 != 0 {
		t.Errorf("mode %v, %v: others may read it", info.Mode(), err)
	}
	for range 2 {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestPipeWithoutReader wants an error, not an edge that does not start.
func TestPipeWithoutReader(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if f, err := accesslog.OpenFile(path); err == nil {
		f.Close()
		t.Error("a pipe that nobody reads was opened")
	}
}

// TestPipeThatNobodyReads fills a pipe and ends nevertheless: closing the file ends the write.
func TestPipeThatNobodyReads(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	reader, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	f, err := accesslog.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	l := accesslog.New(accesslog.Options{Writer: f, Capacity: 1024})
	const requests = 100_000 // more than any pipe holds
	for range requests {
		l.Observe(full())
	}
	stuck := l.Counts()
	if stuck.Accepted+stuck.Dropped != requests || stuck.Dropped == 0 {
		t.Errorf("counts %+v", stuck)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	finish(t, l)
	if c := l.Counts(); c.Written+c.Failed != c.Accepted || c.Failed == 0 {
		t.Errorf("counts %+v", c)
	}
}
