package bundles

import (
	"os"
	"runtime"
	"sync/atomic"
)

// Memory holds the bytes of a bundle's tables, which are used in place.
//
// Off the heap it is private memory that the system gave and takes back, so that resident memory rises by its
// own size and not by the collector's headroom. It is given back some time after the Memory itself is
// unreachable, and the bytes alone do not keep it: the compiler counts a variable as unreachable after its last
// use, so callers end each use of the bytes with runtime.KeepAlive of the Memory or of what holds it. On the
// heap, Memory is only a name for the bytes.
type Memory struct {
	bytes   []byte
	mapped  bool     // the bytes are those of a file, which has them when memory has not
	mapping *mapping // nil on the heap
}

// mapping is what the system gave, until it is given back.
type mapping struct {
	bytes []byte
	after atomic.Pointer[func()]
}

func (m *mapping) release() {
	unmapBytes(m.bytes)
	if after := m.after.Load(); after != nil {
		(*after)()
	}
}

// hold returns a name for what the system gave, which goes back when the name is unreachable.
func hold(bytes []byte, mapped bool) *Memory {
	given := &mapping{bytes: bytes}
	m := &Memory{bytes: bytes, mapped: mapped, mapping: given}
	runtime.AddCleanup(m, (*mapping).release, given)
	return m
}

// AfterRelease has f called, in a goroutine of the runtime's, when the memory has been given back to the system, and reports
// whether that will ever be: not on the heap. A later call replaces f, which must not refer to the Memory and returns soon.
func (m *Memory) AfterRelease(f func()) bool {
	if m.mapping == nil {
		return false
	}
	m.mapping.after.Store(&f)
	return true
}

// Bytes returns the memory. It is read only: writing may stop the program.
func (m *Memory) Bytes() []byte { return m.bytes }

// newMemory returns memory of size bytes, writable until seal.
func newMemory(size int64) (*Memory, error) {
	if size == 0 {
		return &Memory{}, nil
	}
	bytes, err := mapBytes(size)
	if err != nil {
		return nil, err
	}
	return hold(bytes, false), nil
}

// mapMemory returns memory that holds the first size bytes of a file which nobody else can change.
func mapMemory(file *os.File, size int64) (*Memory, error) {
	if size == 0 {
		return &Memory{}, nil
	}
	bytes, err := mapFile(file, size)
	if err != nil {
		return nil, err
	}
	return hold(bytes, true), nil
}

// Rest gives the memory back to the system until the bytes are used again, and reports whether it could: it can for
// the tables of a [Parked] bundle, on systems that map files. The bytes stay valid, also for those who read them now.
func (m *Memory) Rest() bool { return m.mapped && restBytes(m.bytes) }

// seal makes the memory read only.
func (m *Memory) seal() error {
	if len(m.bytes) == 0 {
		return nil
	}
	return protectBytes(m.bytes)
}
