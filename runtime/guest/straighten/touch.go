package straighten

// page is how much memory there is behind what Go knows of (spare). Nothing is read or written at a larger offset from where Go may.
const page = 1 << 16

// base is the stack pointer less 8: where a callee's return address is. All of a frame is at offsets from it.
type base struct {
	code     []instruction
	variable int64
	address  []int // as addresses returns them
	from     int   // where the frame begins to be used
}

// based returns code in which the frame is used by one variable, the next one, which is set once.
func based(code []instruction, variable int64) []instruction {
	b := base{code: code, variable: variable, address: addresses(code), from: 2}
	if len(code) < 2 || !code[0].is(opGlobalGet, globalSP) || !code[1].is(opLocalSet, localSP) {
		return code
	}
	for at := range code {
		if moves(code[at:]) && !pushes(code[at:]) {
			b.from = at + 5
			break
		}
	}
	onFrame := map[int]bool{}
	for at, from := range b.address {
		if from >= b.from && code[from].is(opLocalGet, localSP) {
			onFrame[from] = true
			code[at].n += 8
		}
	}
	return b.write(onFrame)
}

func (b *base) write(onFrame map[int]bool) []instruction {
	get := instruction{op: opLocalGet, n: b.variable}
	out := make([]instruction, 0, len(b.code)+4)
	for at := 0; at < len(b.code); at++ {
		if at == b.from {
			out = append(out, instruction{op: opLocalGet, n: localSP}, instruction{op: opI32Const, n: 8}, instruction{op: opI32Sub},
				instruction{op: opLocalSet, n: b.variable})
		}
		switch {
		case at >= b.from && pushes(b.code[at:]):
			out = append(out, get, b.code[at+4], get, b.code[at+6], instruction{op: opI64Store, m: b.code[at+7].m})
			at += 7
		case onFrame[at]:
			out = append(out, get)
		default:
			out = append(out, b.code[at])
		}
	}
	return out
}

// moves reports whether code begins with taking a frame.
func moves(code []instruction) bool {
	return len(code) >= 5 && code[0].is(opLocalGet, localSP) && code[1].op == opI32Const && code[2].op == opI32Sub &&
		code[3].is(opLocalTee, localSP) && code[4].is(opGlobalSet, globalSP)
}

// touching returns code that reads the last byte of all that it uses by a variable where it first uses it, and drops it. A
// runtime that checks the bounds of memory then checks once; it drops the load. Variables from an index on are offsets in memory.
func touching(code []instruction, from int64) []instruction {
	ends, first := map[int64]int64{}, map[int]int{} // by variable; of the access for each place where its address is pushed
	for at, pushed := range addresses(code) {
		if pushed < 0 || code[pushed].n < from {
			continue
		}
		ends[code[pushed].n] = max(ends[code[pushed].n], code[at].n+8)
		first[pushed] = at
	}
	out := make([]instruction, 0, len(code))
	for at, i := range code {
		out = append(out, i)
		end := ends[i.n]
		read := []instruction{{op: opLoad8U, n: end - 1}, {op: opDrop}}
		access, used := first[at]
		switch {
		case end == 0 || end > page:
		case i.is(opLocalSet, from):
			out = append(append(out, instruction{op: opLocalGet, n: from}), read...)
		case i.op == opLocalTee && used && code[access].n+8 < end:
			out = append(append(out, read...), instruction{op: opLocalGet, n: i.n})
		}
	}
	return out
}

// What addresses says of an instruction that is no load or store, or whose address is not known; and of a computed address.
const (
	unknown  = -1
	computed = -2
)

// addresses returns where the address of each load and store is pushed by local.get or local.tee.
func addresses(code []instruction) []int {
	all := make([]int, len(code))
	var stack []int // where each operand was pushed, or computed. What is below is not known
	for at := range code {
		i := &code[at]
		all[at] = unknown
		takes, gives, ok := effect(i)
		switch {
		case i.op == opCall && at > 0 && code[at-1].is(opI32Const, 0): // of a function of Go's
			takes, gives, ok = 1, 1, true
		case i.op == opBrIf, i.op == opIf, i.op == opDrop:
			takes, gives, ok = 1, 0, true
		}
		if !ok || takes > len(stack) {
			stack, takes = stack[:0], 0
		} else if i.op >= opFirstMemory && i.op <= opLastMemory {
			all[at] = stack[len(stack)-takes]
		}
		stack = stack[:len(stack)-takes]
		for range gives {
			pushed := computed
			if i.op == opLocalGet || i.op == opLocalTee {
				pushed = at
			}
			stack = append(stack, pushed)
		}
	}
	return all
}
