package straighten

// calling reports whether code begins with a call (cmd/internal/obj/wasm), behind which the stack pointer is read anew.
func calling(code []instruction) bool {
	return len(code) >= 12 && pushes(code) && code[8].is(opI32Const, 0) && code[9].op == opCall &&
		code[10].is(opGlobalGet, globalSP) && code[11].is(opLocalSet, localSP)
}

// pushes reports whether code begins with what is before each call: the stack pointer goes down, the return address is stored there.
func pushes(code []instruction) bool {
	return len(code) >= 8 && code[0].is(opLocalGet, localSP) && code[1].is(opI32Const, 8) && code[2].op == opI32Sub &&
		code[3].op == opLocalTee && code[3].n <= localSP && code[4].is(opGlobalSet, globalSP) && code[5].is(opLocalGet, code[3].n) &&
		code[6].op == opI64Const && code[7].op == opI64Store
}

// keepSP makes the stack pointer of a function that is never resumed one for all its calls: one that returns has put it back, and the
// stack moves only while it is unwound. The local variable for where to resume is free for the one of the callee.
func keepSP(s segment) segment {
	out := make(segment, 0, len(s))
	for at := 0; at < len(s); at++ {
		if calling(s[at:]) {
			s[at+3].n, s[at+5].n = localPC, localPC
			out = append(out, s[at:at+10]...)
			at += 11
			continue
		}
		out = append(out, s[at])
	}
	return out
}
