package guard

// The instructions that matter here; the specification, section 5.4, has them all.
const (
	opBlock        = 0x02
	opLoop         = 0x03
	opIf           = 0x04
	opElse         = 0x05
	opEnd          = 0x0b
	opBranch       = 0x0c
	opBranchIf     = 0x0d
	opBranchTable  = 0x0e
	opReturn       = 0x0f
	opCall         = 0x10
	opCallIndirect = 0x11
	opDrop         = 0x1a
	opSelect       = 0x1b
	opLocalGet     = 0x20
	opLocalTee     = 0x22
	opGlobalGet    = 0x23
	opGlobalSet    = 0x24
	opLoad         = 0x28 // the first of those that read memory
	opStore        = 0x3e // the last of those that write it
	opMemorySize   = 0x3f
	opMemoryGrow   = 0x40
	opConst        = 0x41
	opConst64      = 0x42
	opFloat        = 0x43
	opFloat64      = 0x44
	opEqualZero    = 0x45 // the first without operands
	opLess         = 0x48
	opSubtract     = 0x6b
	opExtend       = 0xc4 // the last without operands
	opMore         = 0xfc
	maxMore        = 7 // saturating conversion; above are bulk memory and tables

	noResult = 0x40
)

// skip walks over the operands of an instruction that neither opens nor closes a block nor calls a function by its number,
// and refuses those that are not accepted.
func skip(r *reader, op byte, globals int) {
	switch {
	case op <= 1, op == opElse, op == opReturn, op == opDrop, op == opSelect, op >= opEqualZero && op <= opExtend:
	case op == opConst, op == opConst64:
		r.signed()
	case op == opBranch, op == opBranchIf, op >= opLocalGet && op <= opLocalTee:
		r.u32()
	case op == opGlobalGet, op == opGlobalSet:
		if n := r.u32(); int64(n) >= int64(globals) {
			r.fail("global %d of %d", n, globals)
		}
	case op == opBranchTable:
		for range r.u32() {
			r.u32()
			if r.err != nil {
				return
			}
		}
		r.u32()
	case op == opCallIndirect, op >= opLoad && op <= opStore:
		r.u32()
		r.u32()
	case op == opMemorySize, op == opMemoryGrow:
		r.byte()
	case op == opFloat:
		r.take(4)
	case op == opFloat64:
		r.take(8)
	case op == opMore:
		if n := r.u32(); n > maxMore {
			r.fail("instruction 0x%02x %d is not accepted", op, n)
		}
	default:
		r.fail("instruction 0x%02x is not accepted", op)
	}
}
