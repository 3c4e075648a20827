package straighten

import (
	"encoding/binary"
	"fmt"
)

// opcode is that of an instruction; those behind the prefix 0xfc have it as their high byte.
type opcode uint16

// The opcodes that are told apart (section 5.4 of the specification).
const (
	opUnreachable  opcode = 0x00
	opNop          opcode = 0x01
	opBlock        opcode = 0x02
	opLoop         opcode = 0x03
	opIf           opcode = 0x04
	opElse         opcode = 0x05
	opEnd          opcode = 0x0b
	opBr           opcode = 0x0c
	opBrIf         opcode = 0x0d
	opBrTable      opcode = 0x0e
	opReturn       opcode = 0x0f
	opCall         opcode = 0x10
	opCallIndirect opcode = 0x11
	opDrop         opcode = 0x1a
	opSelectTyped  opcode = 0x1c
	opLocalGet     opcode = 0x20
	opLocalSet     opcode = 0x21
	opLocalTee     opcode = 0x22
	opGlobalGet    opcode = 0x23
	opGlobalSet    opcode = 0x24
	opTableSet     opcode = 0x26
	opFirstMemory  opcode = 0x28
	opI32Load      opcode = 0x28
	opI64Load      opcode = 0x29
	opLoad8U       opcode = 0x2d // i32.load8_u
	opLoad8S       opcode = 0x30 // i64.load8_s
	opLoad32U      opcode = 0x35 // i64.load32_u
	opFirstStore   opcode = 0x36
	opI64Store     opcode = 0x37
	opLastMemory   opcode = 0x3e
	opMemorySize   opcode = 0x3f
	opMemoryGrow   opcode = 0x40
	opI32Const     opcode = 0x41
	opI64Const     opcode = 0x42
	opF32Const     opcode = 0x43
	opF64Const     opcode = 0x44
	opI32Eqz       opcode = 0x45
	opI32Eq        opcode = 0x46
	opI32LeU       opcode = 0x4d
	opI64Eqz       opcode = 0x50
	opI64Eq        opcode = 0x51
	opI64GeU       opcode = 0x5a
	opI32Add       opcode = 0x6a
	opI32Sub       opcode = 0x6b
	opI64Add       opcode = 0x7c
	opI64And       opcode = 0x83
	opWrap         opcode = 0xa7 // i32.wrap_i64
	opExtendU      opcode = 0xad // i64.extend_i32_u
	opLastNumeric  opcode = 0xc4
	opPrefix       opcode = 0xfc
)

// What jumps and unwinding become while a function is taken apart. They are no opcodes of WebAssembly.
const (
	opJump     opcode = 0xff00 + iota // to the segment of the operand
	opJumpIf                          // the same when the number on the stack is not 0
	opUnwind                          // returns 1
	opUnwindIf                        // the same when the number on the stack is not 0
)

// instruction is one with its operands.
type instruction struct {
	op   opcode
	n    int64    // label, index, constant, type of a block, or offset of a load or store
	m    uint64   // second index, or alignment
	list []uint32 // labels of a br_table, the last one for all others
	raw  []byte   // of a floating-point constant or a list of types, which nobody looks at
}

// opens reports whether a block begins.
func (i *instruction) opens() bool { return i.op == opBlock || i.op == opLoop || i.op == opIf }

// leaves reports whether nothing behind it in its block is reached.
func (i *instruction) leaves() bool {
	switch i.op {
	case opUnreachable, opBr, opBrTable, opReturn, opJump, opUnwind:
		return true
	}
	return false
}

func (i *instruction) is(op opcode, n int64) bool { return i.op == op && i.n == n }

// reader reads a part of a module. Behind the first fault, which it keeps, all it reads is nothing.
type reader struct {
	data []byte
	err  error
}

func (r *reader) fail(what string) {
	if r.err == nil {
		r.err = fmt.Errorf("the module has %s, %d bytes before the end of a part", what, len(r.data))
	}
	r.data = nil
}

func (r *reader) bytes(n uint64) []byte {
	if n > uint64(len(r.data)) {
		r.fail("less bytes than it says")
		return nil
	}
	part := r.data[:n:n]
	r.data = r.data[n:]
	return part
}

func (r *reader) byte() byte {
	if b := r.bytes(1); b != nil {
		return b[0]
	}
	return 0
}

// unsigned reads an unsigned integer in LEB128 (section 5.2.2).
func (r *reader) unsigned() uint64 {
	n, size := binary.Uvarint(r.data)
	if size <= 0 {
		r.fail("no integer")
		return 0
	}
	r.data = r.data[size:]
	return n
}

// signed reads a signed one.
func (r *reader) signed() int64 {
	var n int64
	for shift := 0; shift < 70; shift += 7 {
		b := r.byte()
		n |= int64(b&0x7f) << shift
		if b < 0x80 {
			if shift < 57 && b&0x40 != 0 {
				n |= -1 << (shift + 7)
			}
			return n
		}
	}
	r.fail("an integer of more than 64 bits")
	return 0
}

func (r *reader) sized() []byte { return r.bytes(r.unsigned()) }

// instruction reads one.
func (r *reader) instruction() (i instruction) {
	i.op = opcode(r.byte())
	switch {
	case i.op == opPrefix:
		i.op = opPrefix<<8 | opcode(min(r.unsigned(), 0xff))
		r.further(&i)
	case i.opens(), i.op == opI32Const, i.op == opI64Const:
		i.n = r.signed()
	case i.op == opBr, i.op == opBrIf, i.op == opCall, i.op >= opLocalGet && i.op <= opTableSet, i.op > opLastMemory && i.op <= opMemoryGrow:
		i.n = int64(r.unsigned())
	case i.op == opBrTable:
		for range r.unsigned() + 1 {
			i.list = append(i.list, uint32(r.unsigned()))
			if r.err != nil {
				break
			}
		}
	case i.op == opCallIndirect:
		i.n, i.m = int64(r.unsigned()), r.unsigned()
	case i.op >= opFirstMemory && i.op <= opLastMemory:
		i.m, i.n = r.unsigned(), int64(r.unsigned())
	case i.op == opF32Const:
		i.raw = r.bytes(4)
	case i.op == opF64Const:
		i.raw = r.bytes(8)
	case i.op > opLastNumeric, i.op == opSelectTyped:
		r.fail(fmt.Sprintf("the instruction %#x", i.op))
	}
	return i
}

// further reads the operands of an instruction behind the prefix 0xfc: saturating conversions, memory.copy and memory.fill.
func (r *reader) further(i *instruction) {
	switch n := i.op & 0xff; {
	case n < 8:
	case n == 10:
		i.raw = r.bytes(2)
	case n == 11:
		i.raw = r.bytes(1)
	default:
		r.fail(fmt.Sprintf("the instruction 0xfc %d", n))
	}
}

// append appends the bytes of an instruction.
func (i *instruction) append(dst []byte) []byte {
	switch {
	case i.op>>8 == opPrefix:
		dst = append(dst, byte(opPrefix), byte(i.op))
		return append(dst, i.raw...)
	case i.op > 0xff:
		panic(fmt.Sprintf("BUG: %#x is no instruction", i.op))
	}
	dst = append(dst, byte(i.op))
	switch {
	case i.opens(), i.op == opI32Const, i.op == opI64Const:
		return appendSigned(dst, i.n)
	case i.op == opBr, i.op == opBrIf, i.op == opCall, i.op >= opLocalGet && i.op <= opTableSet, i.op > opLastMemory && i.op <= opMemoryGrow:
		return binary.AppendUvarint(dst, uint64(i.n))
	case i.op == opBrTable:
		dst = binary.AppendUvarint(dst, uint64(len(i.list)-1))
		for _, label := range i.list {
			dst = binary.AppendUvarint(dst, uint64(label))
		}
		return dst
	case i.op == opCallIndirect:
		return binary.AppendUvarint(binary.AppendUvarint(dst, uint64(i.n)), i.m)
	case i.op >= opFirstMemory && i.op <= opLastMemory:
		return binary.AppendUvarint(binary.AppendUvarint(dst, i.m), uint64(i.n))
	}
	return append(dst, i.raw...)
}

func appendSigned(dst []byte, n int64) []byte {
	for {
		b := byte(n & 0x7f)
		n >>= 7
		if n == 0 && b&0x40 == 0 || n == -1 && b&0x40 != 0 {
			return append(dst, b)
		}
		dst = append(dst, b|0x80)
	}
}
