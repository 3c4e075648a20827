package straighten

import (
	"encoding/binary"
	"maps"
)

// memory is what a function that is never resumed knows, and so need not load or compute again: what is in places of its frame, and the
// offsets in memory that its pointers are. A runtime that checks the bounds of memory knows an offset again, and checks it once.
type memory struct {
	frame
	code   []instruction // being read
	at     int
	out    []instruction
	slots  map[place]int64 // the variable for each place that is loaded
	valid  map[int64]bool  // of variables: it has what the place, or the pointer, has
	blocks []map[int64]bool
}

// place is a place in the frame, by how it is loaded.
type place struct {
	op     opcode
	offset int64
}

// Variables that a function has more, until they are counted.
const (
	places  = 1 << 20 // from here on those for places
	offsets = 1 << 24 // this bit is set in those for the offset in memory that the pointer in a variable is
)

// remembering returns code with what is known put in the place of loads, and the local variables that it then has: from the returned one
// on they are offsets in memory, of which the first is not used yet.
func remembering(code []instruction, locals []byte) ([]instruction, []byte, int64) {
	m := &memory{frame: frameOf(code), code: code, slots: map[place]int64{}, valid: map[int64]bool{}}
	for m.at = range code {
		m.step(code[m.at])
	}
	return m.finish(locals)
}

func (m *memory) step(i instruction) {
	switch {
	case i.opens():
		m.open(i)
	case i.op == opElse:
		m.valid = maps.Clone(m.blocks[len(m.blocks)-1])
	case i.op == opEnd:
		last := len(m.blocks) - 1
		m.valid, m.blocks = m.blocks[last], m.blocks[:last]
	case m.load(i), m.wrap(i):
		return
	default:
		m.drop(m.at, m.valid)
	}
	if i.op == opI64Store && m.stores[m.at] == onFrame {
		m.define(m.slot(place{opI64Load, i.n}))
	}
	m.out = append(m.out, i)
}

// load replaces a load from the frame.
func (m *memory) load(i instruction) bool {
	last := len(m.out) - 1
	if i.op != opI64Load && (i.op < opLoad8S || i.op > opLoad32U) || last < 0 || !m.out[last].is(opLocalGet, localSP) {
		return false
	}
	v := m.slot(place{i.op, i.n})
	if m.valid[v] {
		m.out[last] = instruction{op: opLocalGet, n: v}
		return true
	}
	m.out = append(m.out, i)
	m.define(v)
	return true
}

func (m *memory) slot(p place) int64 {
	v, ok := m.slots[p]
	if !ok {
		v = places + int64(len(m.slots))
		m.slots[p] = v
	}
	return v
}

// define keeps the operand on the stack in a variable.
func (m *memory) define(v int64) {
	m.out = append(m.out, instruction{op: opLocalTee, n: v})
	m.valid[v] = true
	delete(m.valid, v|offsets)
}

// wrap replaces the making of an offset from a pointer.
func (m *memory) wrap(i instruction) bool {
	last := len(m.out) - 1
	if i.op != opWrap || last < 0 || m.out[last].op != opLocalGet && m.out[last].op != opLocalTee {
		return false
	}
	v := m.out[last].n | offsets
	if m.valid[v] && m.out[last].op == opLocalGet {
		m.out[last].n = v
		return true
	}
	m.out = append(m.out, i, instruction{op: opLocalTee, n: v})
	m.valid[v] = true
	return true
}

// drop drops from valid what an instruction may change.
func (m *memory) drop(at int, valid map[int64]bool) {
	var which func(place) bool
	switch i := &m.code[at]; {
	case i.op == opLocalSet || i.op == opLocalTee:
		delete(valid, i.n|offsets)
		if i.n != localSP {
			return
		}
		which = func(place) bool { return true }
	case i.op == opCall, i.op == opCallIndirect:
		which = func(p place) bool { return p.offset < m.size+8 || p.offset+8 > m.param }
	case i.op>>8 == opPrefix && i.op&0xff >= 8:
		which = func(place) bool { return true }
	case i.op < opFirstStore || i.op > opLastMemory:
		return
	case m.stores[at] == onFrame:
		which = func(p place) bool { return p.offset < i.n+8 && i.n < p.offset+8 }
	case m.stores[at] == elsewhere:
		which = func(p place) bool {
			return p.offset < m.size+8 && p.offset+8 > m.local || p.offset >= m.size+8 && p.offset+8 > m.param
		}
	default:
		which = func(place) bool { return true }
	}
	for p, v := range m.slots {
		if which(p) {
			delete(valid, v)
			delete(valid, v|offsets)
		}
	}
}

// open enters a block, and keeps what is known behind it: what nothing in it may change, or all that is known now if it is never left
// at its end. In a loop no more is known either.
func (m *memory) open(i instruction) {
	after := maps.Clone(m.valid)
	at, branches := m.at+1, false
	for depth := 1; ; at++ {
		if m.code[at].opens() {
			depth++
		} else if m.code[at].op == opEnd {
			depth--
		}
		if depth == 0 {
			break
		}
		branches = branches || m.code[at].op == opElse
		m.drop(at, after)
	}
	if i.op == opIf && !branches && m.code[at-1].leaves() {
		after = maps.Clone(m.valid)
	}
	if i.op == opLoop {
		m.valid = maps.Clone(after)
	}
	m.blocks = append(m.blocks, after)
}

// finish drops variables that nobody reads, and numbers the others.
func (m *memory) finish(locals []byte) ([]instruction, []byte, int64) {
	numbers := map[int64]int64{}
	for _, i := range m.out {
		if i.op == opLocalGet && i.n >= places {
			numbers[i.n] = 0
		}
	}
	next, groups, declared := variables(locals)
	var counts [2]int64 // of pointers and of offsets
	for kind := range counts {
		counts[1] = int64(kind)
		for _, i := range m.out { // in their order, so that the same code gives the same code
			if n, read := numbers[i.n]; i.op == opLocalTee && read && n == 0 && i.n >= places && (i.n&offsets != 0) == (kind == 1) {
				numbers[i.n] = next + counts[0] + counts[1]
				counts[kind]++
			}
		}
	}
	code := m.out[:0]
	for _, i := range m.out {
		if (i.op == opLocalGet || i.op == opLocalTee) && i.n >= places {
			if numbers[i.n] == 0 {
				continue
			}
			i.n = numbers[i.n]
		}
		code = append(code, i)
	}
	more := binary.AppendUvarint(nil, groups+2)
	more = append(more, declared...)
	more = append(binary.AppendUvarint(more, uint64(counts[0])), typeI64)
	return code, append(binary.AppendUvarint(more, uint64(counts[1])), typeI32), next + counts[0]
}

const (
	typeI32 = 0x7f
	typeI64 = 0x7e
)

// variables returns how many local variables a function has, its parameter included, and in how many groups they are declared.
func variables(locals []byte) (count int64, groups uint64, declared []byte) {
	r := &reader{data: locals}
	groups, count = r.unsigned(), 1
	declared = r.data
	for range groups {
		count += int64(r.unsigned())
		r.byte()
	}
	return count, groups, declared
}
