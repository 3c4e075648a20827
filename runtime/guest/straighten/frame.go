package straighten

// frame is what a function does with the places on Go's stack that are its own.
type frame struct {
	size         int64 // arguments are behind it and the return address
	local, param int64 // the lowest offset whose address is taken among its own places, and among arguments; none: noAddress
	stores       []target
}

const noAddress = 1 << 40

// target is where an instruction stores.
type target uint8

const (
	anywhere  target = iota // the address is not known
	onFrame                 // at its offset in the frame
	elsewhere               // by a pointer
)

// frameOf returns what code does with its frame.
func frameOf(code []instruction) frame {
	f := frame{local: noAddress, param: noAddress, stores: targets(code)}
	for at := 3; at < len(code) && f.size == 0; at++ {
		if code[at].is(opLocalTee, localSP) && code[at-1].op == opI32Sub && code[at-2].n != 8 {
			f.size = code[at-2].n
		}
	}
	for at := range code {
		offset, taken := address(code[at:])
		switch {
		case !taken:
		case offset < f.size+8:
			f.local = min(f.local, offset)
		default:
			f.param = min(f.param, offset)
		}
	}
	return f
}

// address returns the offset in the frame whose address code begins with.
func address(code []instruction) (offset int64, taken bool) {
	if len(code) < 4 || !code[0].is(opLocalGet, localSP) {
		return 0, false
	}
	switch {
	case code[1].op == opExtendU && code[2].op == opI64Const && code[3].op == opI64Add:
		return code[2].n, true
	case code[1].op == opExtendU:
		return 0, true
	}
	return code[1].n, code[1].op == opI32Const && code[2].op == opI32Add && !code[3].is(opLocalTee, localSP)
}

// targets returns for each store whether its address is the stack pointer.
func targets(code []instruction) []target {
	all := make([]target, len(code))
	for at, pushed := range addresses(code) {
		switch {
		case pushed >= 0 && code[pushed].is(opLocalGet, localSP):
			all[at] = onFrame
		case pushed >= 0 || pushed == computed:
			all[at] = elsewhere
		}
	}
	return all
}
