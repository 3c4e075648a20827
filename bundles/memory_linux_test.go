package bundles_test

import (
	"bytes"
	"math/rand/v2"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"

	"github.com/lictor-dev/lictor/bundles"
)

// anonymous returns how many bytes of memory that belongs to no file the process holds, in pages that are there.
func anonymous(t *testing.T) int64 {
	t.Helper()
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(text), "RssAnon:")
	fields := strings.Fields(rest)
	if !found || len(fields) == 0 {
		t.Fatal("the system does not say how much memory is resident")
	}
	kilobytes, err := strconv.ParseInt(fields[0], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return kilobytes << 10
}

// TestTablesOffTheHeap is not parallel: it measures the whole process. Resident memory rises by the tables and by
// little more, and falls again when they are unreachable.
func TestTablesOffTheHeap(t *testing.T) {
	const size = 64 << 20
	raw, want := largeBundle(t, size)
	before := settle(t, 0)
	b, err := bundles.Open(bytes.NewReader(raw), bundles.Options{AllowUnsigned: true, OffHeap: true, Keep: bundles.Serving})
	if err != nil {
		t.Fatal(err)
	}
	if rise := anonymous(t) - before; rise > size*11/10 || rise < size/2 {
		t.Errorf("resident memory rose by %d bytes for %d bytes of tables", rise, size)
	}
	if m, _ := b.Member(bundles.TablesName); m.Bytes != nil || bundles.DigestOf(b.Tables().Bytes()) != want {
		t.Error("the tables are not what was written")
	}
	runtime.KeepAlive(b)
	if after := settle(t, before+size/2); after > before+size/2 {
		t.Errorf("resident memory was %d bytes before and %d after", before, after)
	}
}

// largeBundle returns a bundle and the digest of its tables. What it was made from is garbage.
func largeBundle(t *testing.T, size int) ([]byte, bundles.Digest) {
	t.Helper()
	tables := make([]byte, size)
	random := rand.New(rand.NewPCG(1, 1))
	for i := 0; i < size; i += 64 {
		tables[i] = byte(random.Uint32())
	}
	d := newDraft()
	d.Parts[bundles.TablesName] = tables
	return write(t, d), bundles.DigestOf(tables)
}

// settle collects garbage until resident memory is at most the goal or does not get lower.
func settle(t *testing.T, goal int64) int64 {
	t.Helper()
	lowest := anonymous(t)
	for range 50 {
		runtime.GC()
		runtime.Gosched()
		now := anonymous(t)
		if now <= goal {
			return now
		}
		lowest = min(lowest, now)
	}
	return lowest
}

// TestTablesOffTheHeapAreReadOnly writes where nobody may: the fault must come, as a panic that can be seen.
func TestTablesOffTheHeapAreReadOnly(t *testing.T) {
	t.Parallel()
	b, err := bundles.Open(bytes.NewReader(write(t, newDraft())), bundles.Options{AllowUnsigned: true, OffHeap: true})
	if err != nil {
		t.Fatal(err)
	}
	defer runtime.KeepAlive(b)
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if recover() == nil {
			t.Error("the tables could be written")
		}
	}()
	b.Tables().Bytes()[0] = 'x'
}

// TestAfterRelease wants to be told of memory when it has been given back, and not before.
func TestAfterRelease(t *testing.T) {
	t.Parallel()
	raw := write(t, newDraft())
	onHeap, err := bundles.Open(bytes.NewReader(raw), bundles.Options{AllowUnsigned: true})
	if err != nil {
		t.Fatal(err)
	}
	if onHeap.Tables().AfterRelease(func() {}) {
		t.Error("memory on the heap says when it is given back")
	}
	b, err := bundles.Open(bytes.NewReader(raw), bundles.Options{AllowUnsigned: true, OffHeap: true})
	if err != nil {
		t.Fatal(err)
	}
	told := make(chan struct{})
	if !b.Tables().AfterRelease(func() { close(told) }) {
		t.Fatal("memory off the heap does not say when it is given back")
	}
	runtime.GC()
	select {
	case <-told:
		t.Error("memory in use was given back")
	default:
	}
	runtime.KeepAlive(b)
	for range 1000 {
		runtime.GC()
		select {
		case <-told:
			return
		default:
			runtime.Gosched()
		}
	}
	t.Error("nobody told that the memory was given back")
}
