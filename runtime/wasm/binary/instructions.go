package binary

// operands is what follows behind an opcode.
type operands uint8

const (
	unknown   operands = iota
	none               // nothing
	block              // the type of a block that begins
	elseBlock          // nothing; the other branch begins
	endBlock           // nothing; a block ends, the function behind its last
	index              // an index or a label
	indices            // two of them
	table              // a list of labels and one more
	types              // a list of types
	memory             // alignment and offset
	int32s             // a constant, and so on
	int64s
	float32s
	float64s
	prefix // the number of a further opcode
)

// opcodes are the instructions of one byte (section 5.4 of the specification).
var opcodes = func() (all [256]operands) {
	set := func(kind operands, first, last int) {
		for i := first; i <= last; i++ {
			all[i] = kind
		}
	}
	set(none, 0x00, 0x01)  // unreachable, nop
	set(block, 0x02, 0x04) // block, loop, if
	set(elseBlock, 0x05, 0x05)
	set(endBlock, 0x0b, 0x0b)
	set(index, 0x0c, 0x0d) // br, br_if
	set(table, 0x0e, 0x0e) // br_table
	set(none, 0x0f, 0x0f)  // return
	set(index, call, call)
	set(indices, 0x11, 0x11)
	set(none, 0x1a, 0x1b) // drop, select
	set(types, 0x1c, 0x1c)
	set(index, 0x20, 0x26)  // local.get to table.set
	set(memory, 0x28, 0x3e) // loads and stores
	set(index, 0x3f, 0x40)  // memory.size, memory.grow
	set(int32s, 0x41, 0x41)
	set(int64s, 0x42, 0x42)
	set(float32s, 0x43, 0x43)
	set(float64s, 0x44, 0x44)
	set(none, 0x45, 0xc4) // comparisons, arithmetic, conversions, sign extension
	set(prefix, 0xfc, 0xfc)
	return all
}()

// further are the opcodes behind the prefix 0xfc.
var further = [...]operands{
	none, none, none, none, none, none, none, none, // saturating conversions
	indices, index, indices, index, // memory.init, data.drop, memory.copy, memory.fill
	indices, index, indices, // table.init, elem.drop, table.copy
	index, index, index, // table.grow, table.size, table.fill
}

const (
	call     = 0x10
	prefixed = 0xfc00
)

// body counts the instructions of a function, which must fill r.
func (r *reader) body() (int, error) {
	if err := r.skipLocals(); err != nil {
		return 0, err
	}
	count, depth := 0, 1
	for depth > 0 {
		kind, err := r.opcode()
		if err != nil {
			return 0, err
		}
		count++
		switch kind {
		case block:
			depth++
		case elseBlock:
			count--
		case endBlock:
			count--
			depth--
		}
	}
	if r.at != r.end {
		return 0, r.fault("function goes on behind its end")
	}
	return count, nil
}

func (r *reader) skipLocals() error {
	n, err := r.u32()
	for ; n > 0 && err == nil; n-- {
		if _, err = r.u32(); err == nil {
			r.byte()
			err = r.short()
		}
	}
	return err
}

// opcode reads an instruction with its operands.
func (r *reader) opcode() (operands, error) {
	at := r.at
	opcode := uint32(r.byte())
	if err := r.short(); err != nil {
		return unknown, err
	}
	kind := opcodes[opcode]
	if kind == prefix {
		n, err := r.u32()
		if err != nil {
			return unknown, err
		}
		if opcode, kind = prefixed, unknown; n < uint32(len(further)) {
			kind = further[n]
		}
		opcode += min(n, prefixed)
	}
	if kind == unknown {
		return unknown, &OpcodeError{Offset: at, Opcode: opcode}
	}
	if opcode == call {
		callee, err := r.u32()
		r.calls = append(r.calls, callee)
		return kind, err
	}
	return kind, r.skipOperands(kind)
}

func (r *reader) skipOperands(kind operands) error {
	switch kind {
	case block, int32s: // the type of a block is an integer of 33 bits, which takes as many bytes
		return r.skipInteger(5)
	case int64s:
		return r.skipInteger(10)
	case float32s:
		return r.skip(4)
	case float64s:
		return r.skip(8)
	case index:
		return r.skipIntegers(1)
	case indices, memory:
		return r.skipIntegers(2)
	case table, types:
		return r.skipList(kind)
	default:
		return nil
	}
}

func (r *reader) skipIntegers(n uint32) error {
	for ; n > 0; n-- {
		if _, err := r.u32(); err != nil {
			return err
		}
	}
	return nil
}

// skipList leaves out a list of labels with one more behind it, or a list of types.
func (r *reader) skipList(kind operands) error {
	n, err := r.u32()
	if err != nil {
		return err
	}
	if kind == types {
		return r.skip(int(min(n, 1<<30)))
	}
	if err := r.skipIntegers(n); err != nil {
		return err
	}
	return r.skipIntegers(1)
}
