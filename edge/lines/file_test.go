package lines_test

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lictor-dev/lictor/edge/lines"
)

// put writes text to a log's file.
func put(t *testing.T, f *lines.File, text string) {
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
	f, err := lines.OpenFile(path)
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
	f.Reopen()
	if n, err := f.Write([]byte("6")); n > 0 || err == nil {
		t.Errorf("%d, %v after the end", n, err)
	}
}

// pipe makes a named pipe.
func pipe(t *testing.T) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// reader opens a pipe for reading, whether or not somebody writes.
func reader(t *testing.T, path string) *os.File {
	t.Helper()
	r, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	if err := r.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return r
}

// read returns the next n bytes of a pipe.
func read(t *testing.T, r *os.File, n int) string {
	t.Helper()
	text := make([]byte, n)
	if _, err := io.ReadFull(r, text); err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestPipeReadersComeAndGo loses what is written while nobody reads, with an error, and nothing else.
func TestPipeReadersComeAndGo(t *testing.T) {
	t.Parallel()
	path := pipe(t)
	f, err := lines.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lost := func(text string) {
		t.Helper()
		if n, err := f.Write([]byte(text)); n != 0 || err == nil {
			t.Errorf("%q: %d, %v without a reader", text, n, err)
		}
	}
	lost("1")
	lost("2")
	first := reader(t, path)
	put(t, f, "3")
	put(t, f, "4")
	if got := read(t, first, 2); got != "34" {
		t.Errorf("the first reader got %q", got)
	}
	first.Close()
	lost("5")
	second := reader(t, path)
	put(t, f, "6")
	if got := read(t, second, 1); got != "6" {
		t.Errorf("the second reader got %q", got)
	}
}

// begins is a writer that says that a write has begun.
type begins chan struct{}

func (b begins) Write(p []byte) (int, error) {
	select {
	case b <- struct{}{}:
	default:
	}
	return len(p), nil
}

// fill opens a log to a pipe that is full, and adds lines until some are dropped.
func fill(t *testing.T, path string) (f *lines.File, l *lines.Log[record], stuffed int) {
	t.Helper()
	f, err := lines.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := syscall.Open(path, syscall.O_WRONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(raw)
	for chunk := []byte(strings.Repeat("x", 4096)); len(chunk) > 0; {
		n, err := syscall.Write(raw, chunk)
		if err == nil {
			stuffed += n
		} else if err == syscall.EAGAIN {
			chunk = chunk[:len(chunk)/2]
		} else {
			t.Fatal(err)
		}
	}
	begun := make(begins, 1)
	l = lines.New(lines.Options[record]{Name: "log", Writer: io.MultiWriter(begun, f), Append: appendLine, Capacity: 1024})
	for l.Counts().Dropped == 0 {
		add(l)
	}
	<-begun
	if c := l.Counts(); c.Written+c.Failed > 0 {
		t.Fatalf("the pipe is not stuck: %+v", c)
	}
	return f, l, stuffed
}

// TestPipeThatNobodyReads ends nevertheless: closing the file ends the write.
func TestPipeThatNobodyReads(t *testing.T) {
	t.Parallel()
	path := pipe(t)
	reader(t, path)
	f, l, _ := fill(t, path)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.Close(ended); err == nil {
		t.Error("nothing is left to be written")
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	eventually(t, func() bool {
		c := l.Counts()
		return c.Written+c.Failed == c.Accepted && c.Failed > 0
	})
}

// TestPipeIsReadAgain wants lines to go on when a reader that had stopped reads again.
func TestPipeIsReadAgain(t *testing.T) {
	t.Parallel()
	path := pipe(t)
	r := reader(t, path)
	f, l, stuffed := fill(t, path)
	got := make(chan string, 1)
	go func() {
		text, _ := io.ReadAll(r) // until the file is closed
		got <- string(text)
	}()
	eventually(t, func() bool { c := l.Counts(); return c.Written == c.Accepted })
	add(l)
	finish(t, l)
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	c := l.Counts()
	if text := <-got; c.Failed != 0 || text != strings.Repeat("x", stuffed)+strings.Repeat(one, int(c.Written)) {
		t.Errorf("counts %+v, %d bytes", c, len(text))
	}
}

// TestReopenFreesWriter wants a pipe that is stuck to be given up for the file that has taken its place.
func TestReopenFreesWriter(t *testing.T) {
	t.Parallel()
	path := pipe(t)
	reader(t, path)
	f, l, _ := fill(t, path)
	defer f.Close()
	if err := os.Rename(path, path+".stuck"); err != nil {
		t.Fatal(err)
	}
	f.Reopen()
	eventually(t, func() bool { c := l.Counts(); return c.Written+c.Failed == c.Accepted })
	before := l.Counts()
	add(l)
	finish(t, l)
	if c := l.Counts(); c.Written != before.Written+1 {
		t.Errorf("counts %+v, then %+v", before, c)
	}
	if text := contents(t, path)[0]; !strings.HasSuffix(text, one) {
		t.Errorf("the file ends in %.40q", text[max(0, len(text)-40):])
	}
}

// TestReopenKeepsPipe wants a pipe to stay usable when it should have been replaced and there is nothing in its place.
func TestReopenKeepsPipe(t *testing.T) {
	t.Parallel()
	path := pipe(t)
	r := reader(t, path)
	f, err := lines.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	put(t, f, "1")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	f.Reopen()
	put(t, f, "2")
	put(t, f, "3")
	if got := read(t, r, 3); got != "123" {
		t.Errorf("the reader got %q", got)
	}
}

// TestFullDisk loses lines with an error, and the program does not end.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	f, err := lines.OpenFile("/dev/full")
	if err != nil {
		t.Fatal(err)
	}
	l := lines.New(lines.Options[record]{Writer: f, Append: appendLine})
	const all = 1000
	for range all {
		add(l)
	}
	finish(t, l)
	if diff := cmp.Diff(lines.Counts{Accepted: all, Failed: all}, l.Counts()); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	if n, err := f.Write([]byte(one)); n != 0 || err == nil {
		t.Errorf("%d, %v after the end", n, err)
	}
}

// TestOpenFileFails wants what can never be written to be an error at once.
func TestOpenFileFails(t *testing.T) {
	t.Parallel()
	for _, path := range []string{t.TempDir(), filepath.Join(t.TempDir(), "missing", "a.log")} {
		if f, err := lines.OpenFile(path); err == nil {
			f.Close()
			t.Errorf("%s was opened", path)
		}
	}
}

// eventually looks until what is wanted is so.
func eventually(t *testing.T, look func() bool) {
	t.Helper()
	limit, ticker := time.After(patience), time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	for !look() {
		select {
		case <-ticker.C:
		case <-limit:
			t.Fatal("it did not come so")
		}
	}
}
