package straighten

import "math"

const (
	localSP  = 1 // the stack pointer, in every function of Go's
	globalSP = 0
)

// inverse has the opposite of each comparison of integers, from i32.eqz on: a zero where there is none.
var inverse = map[opcode]opcode{
	0x46: 0x47, 0x47: 0x46, // i32.eq, ne
	0x48: 0x4e, 0x4e: 0x48, 0x49: 0x4f, 0x4f: 0x49, // lt, ge
	0x4a: 0x4c, 0x4c: 0x4a, 0x4b: 0x4d, 0x4d: 0x4b, // gt, le
	0x51: 0x52, 0x52: 0x51, // i64.eq, ne
	0x53: 0x59, 0x59: 0x53, 0x54: 0x5a, 0x5a: 0x54,
	0x55: 0x57, 0x57: 0x55, 0x56: 0x58, 0x58: 0x56,
}

// shorten says the same in fewer instructions.
func shorten(s segment) segment {
	out := make(segment, 0, len(s))
	for _, i := range s {
		out = append(out, i)
		for {
			shorter, ok := fold(out)
			if !ok {
				break
			}
			out = shorter
		}
	}
	return foldStores(out)
}

// fold shortens what s ends with, if it can.
func fold(s segment) (segment, bool) {
	n := len(s)
	if n == 0 {
		return s, false
	}
	last := &s[n-1]
	at := func(back int) *instruction {
		if back >= n {
			return &instruction{op: opNop}
		}
		return &s[n-1-back]
	}
	switch before := at(1); {
	case last.op == opNop:
		return s[:n-1], true
	case last.op == opI32Eqz && inverse[before.op] != 0:
		s[n-2] = instruction{op: inverse[before.op]}
		return s[:n-1], true
	case last.op == opI32Eqz && before.op == opI64Eqz:
		s[n-2], s[n-1] = instruction{op: opI64Const}, instruction{op: inverse[opI64Eq]}
		return s, true
	case last.op == opWrap && before.op == opExtendU:
		return s[:n-2], true
	case last.op == opI64And && before.is(opI64Const, math.MaxUint32) && at(2).op == opLoad32U:
		return s[:n-2], true
	case last.op == opLocalGet && before.is(opLocalSet, last.n):
		s[n-2].op = opLocalTee
		return s[:n-1], true
	case last.op == opWrap && before.op == opI64Add && at(2).op == opI64Const && at(3).op == opExtendU:
		s[n-4], s[n-3] = instruction{op: opI32Const, n: int64(int32(at(2).n))}, instruction{op: opI32Add}
		return s[:n-2], true
	case last.op == opEnd && (before.op == opJump || before.op == opUnwind) && at(2).is(opIf, voidType):
		op := opJumpIf
		if before.op == opUnwind {
			op = opUnwindIf
		}
		s[n-3] = instruction{op: op, n: before.n}
		return s[:n-2], true
	}
	return s, false
}

// lowest is where Go's memory begins to be used: what is below is never read or written.
const lowest = 4096

// foldStores adds what is added to an address to the offset of the store or load behind it. The stack pointer and an offset in its frame do not
// go beyond 32 bits; nor does a pointer and less than lowest, since their sum is no less than lowest.
func foldStores(s segment) segment {
	var stack []int // where the constant of each operand is that is added; -1 for others. What is below is not known
	dropped := make([]bool, len(s))
	for at := range s {
		i := &s[at]
		takes, gives, known := effect(i)
		constant := -1
		switch {
		case !known || takes > len(stack):
			stack = stack[:0]
		default:
			if takes > 0 {
				constant = stack[len(stack)-takes]
			}
			stack = stack[:len(stack)-takes]
		}
		if i.op >= opFirstMemory && i.op <= opLastMemory && constant >= 0 && i.n+s[constant].n < math.MaxInt32 {
			i.n += s[constant].n
			dropped[constant], dropped[constant+1] = true, true
		}
		for range gives {
			stack = append(stack, -1)
		}
		if n := added(s[:at+1]); n >= 0 {
			stack[len(stack)-1] = n
		}
	}
	out := s[:0:0]
	for at := range s {
		if !dropped[at] {
			out = append(out, s[at])
		}
	}
	return out
}

// added returns where the constant is that is added to make the address that s ends with, -1 for no such address.
func added(s segment) int {
	at := len(s) - 1
	switch {
	case at >= 2 && s[at].op == opI32Add && s[at-1].op == opI32Const && s[at-1].n > 0 && s[at-2].is(opLocalGet, localSP):
		return at - 1
	case at >= 2 && s[at].op == opWrap && s[at-1].op == opI64Add && s[at-2].op == opI64Const && s[at-2].n > 0 && s[at-2].n < lowest:
		return at - 2
	}
	return -1
}

// effect returns how many operands an instruction takes and how many results it gives; not known for those that
// end what is known of the stack.
func effect(i *instruction) (takes, gives int, known bool) {
	switch {
	case i.op == opLocalGet, i.op == opGlobalGet, i.op >= opI32Const && i.op <= opF64Const:
		return 0, 1, true
	case i.op == opLocalSet, i.op == opGlobalSet:
		return 1, 0, true
	case i.op == opLocalTee:
		return 1, 1, true
	case i.op >= opFirstMemory && i.op < opFirstStore:
		return 1, 1, true
	case i.op >= opFirstStore && i.op <= opLastMemory:
		return 2, 0, true
	case i.op == opI32Eqz, i.op == opI64Eqz, i.op >= 0x67 && i.op <= 0x69, i.op >= 0x79 && i.op <= 0x7b,
		i.op >= 0x8b && i.op <= 0x91, i.op >= 0x99 && i.op <= 0x9f, i.op >= opWrap && i.op <= opLastNumeric:
		return 1, 1, true
	case i.op > opI32Eqz && i.op < opWrap:
		return 2, 1, true
	case i.op == 0x1b: // select
		return 3, 1, true
	}
	return 0, 0, false
}
