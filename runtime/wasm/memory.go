package wasm

import "github.com/tetratelabs/wazero/experimental"

// growth is how many bytes a policy needs for a byte of its data as JSON, as measured on bundles.
const growth = 16

// reserve allocates memories that grow in place up to so many bytes, or what they begin with: a policy asks for a little more again
// and again while it parses its data, which would be copied each time. What is reserved and not used is never touched.
type reserve int

// Allocate implements [experimental.MemoryAllocator].
func (r reserve) Allocate(begin, most uint64) experimental.LinearMemory {
	return &memory{bytes: make([]byte, 0, min(max(begin, uint64(r)), most)), most: most}
}

// memory is the memory of an instance, of which no more than most bytes are used.
type memory struct {
	bytes []byte
	most  uint64
}

// Reallocate implements [experimental.LinearMemory].
func (m *memory) Reallocate(size uint64) []byte {
	if size > m.most {
		return nil
	}
	if size > uint64(cap(m.bytes)) {
		larger := make([]byte, len(m.bytes), min(2*size, m.most))
		copy(larger, m.bytes)
		m.bytes = larger
	}
	m.bytes = m.bytes[:size]
	return m.bytes
}

// Free implements [experimental.LinearMemory]. The garbage collector does it.
func (m *memory) Free() { m.bytes = nil }
