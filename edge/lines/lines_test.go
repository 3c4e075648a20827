package lines_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lictor-dev/lictor/edge/lines"
)

// patience is how long anything may take before a test fails.
const patience = time.Minute

// one is the line of a record as [add] adds it.
const one = `{"a":1,"b":2}` + "\n"

// record is what a line of these tests needs. Its numbers differ only when two goroutines share a slot.
type record struct{ a, b int }

func appendLine(dst []byte, r *record) []byte {
	dst = append(dst, `{"a":`...)
	dst = append(dst, byte('0'+r.a), ',')
	dst = append(dst, `"b":`...)
	return append(dst, byte('0'+r.b), '}', '\n')
}

// add adds a line, or drops it.
func add(l *lines.Log[record]) {
	if s := l.Claim(); s != nil {
		s.Record = record{1, 2}
		l.Publish(s)
	}
}

// kept is a writer that keeps what it gets.
type kept struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (k *kept) Write(p []byte) (int, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.text.Write(p)
}

func (k *kept) String() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.text.String()
}

// finish closes a log that has nothing to wait for.
func finish(t *testing.T, l *lines.Log[record]) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), patience)
	defer cancel()
	if err := l.Close(ctx); err != nil {
		t.Fatal(err)
	}
}

// TestFlushWhenIdle wants a line to be written although nothing follows it.
func TestFlushWhenIdle(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var to kept
		l := lines.New(lines.Options[record]{Name: "access log", Append: appendLine, Writer: &to})
		for n := 1; n <= 3; n++ {
			synctest.Wait()
			add(l)
			<-time.After(50 * time.Millisecond)
			if got := strings.Count(to.String(), "\n"); got != n {
				t.Errorf("%d lines after %d requests", got, n)
			}
		}
		finish(t, l)
	})
}

// stuck is a writer that does not return before it is let go.
type stuck struct{ begun, release chan struct{} }

func (s stuck) Write(p []byte) (int, error) {
	s.begun <- struct{}{}
	<-s.release
	return len(p), nil
}

// TestStuckWriter drops what does not fit, exactly, and gives up at the end without losing count.
func TestStuckWriter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var told kept
		to := stuck{make(chan struct{}), make(chan struct{})}
		l := lines.New(lines.Options[record]{Name: "access log", Append: appendLine, Writer: to, Capacity: 10, Log: slog.New(slog.NewTextHandler(&told, nil))})
		add(l)
		<-to.begun // with one line
		for range 17 {
			add(l)
		}
		synctest.Wait()
		if got := strings.Count(told.String(), "dropped=1 failed=0\n"); got != 1 {
			t.Errorf("the operator is told at first\n%s", told.String())
		}
		for range 83 {
			add(l)
		}
		if diff := cmp.Diff(lines.Counts{Accepted: 17, Dropped: 84}, l.Counts()); diff != "" {
			t.Errorf("counts (-want +got):\n%s", diff)
		}
		<-time.After(150 * time.Second) // of the bubble
		if got := strings.Count(told.String(), "dropped=83 failed=0\n"); got != 1 || strings.Count(told.String(), "\n") != 2 {
			t.Errorf("the operator is told\n%s", told.String())
		}
		add(l)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err := l.Close(ctx)
		if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "17 lines of the access log") {
			t.Errorf("error %v", err)
		}
		add(l)
		close(to.release)
		<-to.begun
		synctest.Wait()
		if got := told.String(); strings.Count(got, "dropped=1 failed=0\n") != 2 || strings.Count(got, "\n") != 3 {
			t.Errorf("the operator is told in all\n%s", got)
		}
		if diff := cmp.Diff(lines.Counts{Accepted: 17, Dropped: 86, Written: 17}, l.Counts()); diff != "" {
			t.Errorf("counts (-want +got):\n%s", diff)
		}
	})
}

// failing writes so many bytes of each of the first batches, as a full disk does, and then all.
type failing struct {
	rooms []int
	text  bytes.Buffer
}

func (f *failing) Write(p []byte) (int, error) {
	if len(f.rooms) == 0 {
		return f.text.Write(p)
	}
	room := f.rooms[0]
	f.rooms = f.rooms[1:]
	n, _ := f.text.Write(p[:room])
	return n, errors.New("no space left on device")
}

// TestFailingWriter counts what is lost; what comes after is whole, however often writing failed before.
func TestFailingWriter(t *testing.T) {
	t.Parallel()
	size := len(one)
	for _, rooms := range [][]int{{0}, {10}, {size}, {size + 10}, {10, 0}, {10, 0, 0}, {10, 1, 0}, {10, 1 + 10, 0}, {size + 10, 1 + size, 0}} {
		synctest.Test(t, func(t *testing.T) {
			to := &failing{rooms: rooms}
			l := lines.New(lines.Options[record]{Name: "access log", Append: appendLine, Writer: to})
			for range len(rooms) + 1 {
				add(l)
				add(l)
				<-time.After(time.Second)
			}
			finish(t, l)
			kept := uint64(2)
			for _, room := range rooms {
				kept += uint64(room / size)
			}
			all := uint64(2*len(rooms) + 2)
			if diff := cmp.Diff(lines.Counts{Accepted: all, Written: kept, Failed: all - kept}, l.Counts()); diff != "" {
				t.Errorf("rooms %v: counts (-want +got):\n%s", rooms, diff)
			}
			whole := uint64(0)
			for line := range strings.Lines(to.text.String()) {
				if json.Valid([]byte(line)) {
					whole++
				}
			}
			if whole != kept {
				t.Errorf("rooms %v: %d whole lines in\n%s", rooms, whole, to.text.String())
			}
		})
	}
}

// TestHammer observes from many goroutines, into a ring too small for them, and closes meanwhile: each request is
// accepted or dropped, and each one accepted is one line.
func TestHammer(t *testing.T) {
	t.Parallel()
	for _, capacity := range []int{1, 16, 8192} {
		var to kept
		l := lines.New(lines.Options[record]{Name: "access log", Append: appendLine, Writer: &to, Capacity: capacity})
		const observers, each = 8, 3000
		var all sync.WaitGroup
		half := make(chan struct{})
		for n := range observers {
			all.Go(func() {
				for i := range each {
					add(l)
					if n == 0 && i == each/2 {
						close(half)
					}
				}
			})
		}
		<-half
		finish(t, l)
		all.Wait()
		c := l.Counts()
		if c.Accepted+c.Dropped != observers*each || c.Written != c.Accepted || c.Failed != 0 {
			t.Errorf("capacity %d: counts %+v", capacity, c)
		}
		text := to.String()
		if n := uint64(strings.Count(text, "\n")); n != c.Accepted {
			t.Errorf("capacity %d: %d lines, %d accepted", capacity, n, c.Accepted)
		}
		for line := range strings.Lines(text) {
			if line != one {
				t.Fatalf("capacity %d: line %q", capacity, line)
			}
		}
	}
}

// TestAllocates wants a line to cost no allocation, written or dropped.
func TestAllocates(t *testing.T) {
	l := lines.New(lines.Options[record]{Writer: io.Discard, Append: appendLine})
	for range 2 * lines.DefaultCapacity {
		add(l)
	}
	if n := testing.AllocsPerRun(5000, func() { add(l) }); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
	finish(t, l)
	if n := testing.AllocsPerRun(100, func() { add(l) }); n != 0 {
		t.Errorf("%v allocations for a line that is dropped, want 0", n)
	}
}
