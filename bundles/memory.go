package bundles

import (
	"os"
	"runtime"
)

// Memory holds the bytes of a bundle's tables, which are used in place.
//
// Off the heap it is private memory that the system gave and takes back, so that resident memory rises by its
// own size and not by the collector's headroom. It is given back some time after the Memory itself is
// unreachable, and the bytes alone do not keep it: the compiler counts a variable as unreachable after its last
// use, so callers end each use of the bytes with runtime.KeepAlive of the Memory or of what holds it. On the
// heap, Memory is only a name for the bytes.
type Memory struct {
	bytes  []byte
	mapped bool // the bytes are those of a file, which has them when memory has not
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
	m := &Memory{bytes: bytes}
	runtime.AddCleanup(m, unmapBytes, bytes)
	return m, nil
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
	m := &Memory{bytes: bytes, mapped: true}
	runtime.AddCleanup(m, unmapBytes, bytes)
	return m, nil
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
