package guard

// meter returns the code section with a question to the host wherever a module could run on.
func (l *layout) meter(s section) ([]byte, error) {
	r := s.reader()
	count := 0
	if s.bytes != nil {
		count = int(r.u32())
	}
	if r.err == nil && count != len(l.functions)-l.imported {
		r.fail("code for %d of %d functions", count, len(l.functions)-l.imported)
	}
	out := appendU32(make([]byte, 0, len(s.bytes)*5/4), uint32(count))
	var m metering
	for i := 0; i < count && r.err == nil; i++ {
		size := r.u32()
		body := reader{base: r.base + r.at, bytes: r.take(size)}
		if r.err != nil {
			break
		}
		if err := m.read(&body, len(l.globals)); err != nil {
			return nil, err
		}
		out = m.append(out, l)
	}
	if r.more() {
		r.fail("section is longer than what it holds")
	}
	if s.bytes == nil {
		return nil, r.err
	}
	return out, r.err
}

// metering is one function with the places where it has to ask. It is used for one function after the other.
type metering struct {
	code   []byte
	places []place
	open   []int // what is open: an index into places for a loop, else notLoop
	body   []byte
}

// place is where to ask, and the cost of what may run before the next question is reached.
type place struct{ at, cost int }

const notLoop = -1

// read walks through a function. The cost of a loop is its length, that of a function which calls others is
// the function's.
func (m *metering) read(r *reader, globals int) error {
	m.code, m.places, m.open = r.bytes, m.places[:0], append(m.open[:0], notLoop)
	for range r.u32() { // local variables
		r.u32()
		r.byte()
		if r.err != nil {
			return r.err
		}
	}
	m.places = append(m.places, place{at: r.at})
	start := r.at
	for len(m.open) > 0 && r.err == nil {
		m.instruction(r, globals)
	}
	if r.more() {
		r.fail("instructions after the end of a function")
	}
	if m.places[0].cost != 0 {
		m.places[0].cost = len(r.bytes) - start
	}
	return r.err
}

// instruction walks over one instruction.
func (m *metering) instruction(r *reader, globals int) {
	at := r.at
	op := r.byte()
	skip(r, op, globals)
	switch op {
	case opBlock, opIf:
		m.open = append(m.open, notLoop)
	case opLoop:
		m.open = append(m.open, len(m.places))
		m.places = append(m.places, place{at: r.at, cost: at})
	case opEnd:
		last := len(m.open) - 1
		if i := m.open[last]; i != notLoop {
			m.places[i].cost = r.at - m.places[i].cost
		}
		m.open = m.open[:last]
	case opCall, opCallIndirect:
		m.places[0].cost = 1 // it calls others; the cost is known at the end
	}
}

// append writes the function with its length.
func (m *metering) append(dst []byte, l *layout) []byte {
	m.body = m.body[:0]
	done := 0
	for _, p := range m.places {
		m.body = append(m.body, m.code[done:p.at]...)
		done = p.at
		if p.cost > 0 {
			m.body = l.appendQuestion(m.body, p.cost)
		}
	}
	m.body = append(m.body, m.code[done:]...)
	return append(appendU32(dst, uint32(len(m.body))), m.body...)
}

// appendQuestion takes the cost off what is left, and asks the host for more when nothing is.
func (l *layout) appendQuestion(dst []byte, cost int) []byte {
	fuel := uint32(len(l.globals))
	dst = appendU32(append(dst, opGlobalGet), fuel)
	dst = append(appendS32(append(dst, opConst), int32(cost)), opSubtract)
	dst = appendU32(append(dst, opGlobalSet), fuel)
	dst = appendU32(append(dst, opGlobalGet), fuel)
	dst = append(dst, opConst, 0, opLess, opIf, noResult)
	dst = append(dst, opConst, 0x7f, opConst, 0, opCall) // id -1, which is Tick, without a context
	dst = appendU32(dst, l.tick)
	dst = appendU32(append(dst, opGlobalSet), fuel)
	return append(dst, opEnd)
}
