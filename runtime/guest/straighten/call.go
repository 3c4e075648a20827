package straighten

// calling is how a function is called (cmd/internal/obj/wasm): the stack pointer goes down and the return address is
// stored there; n is the address. Behind it the stack pointer is read anew.
func calling(s segment) (ok bool) {
	return len(s) >= 12 && s[0].is(opLocalGet, localSP) && s[1].is(opI32Const, 8) && s[2].op == opI32Sub && s[3].is(opLocalTee, localSP) &&
		s[4].is(opGlobalSet, globalSP) && s[5].is(opLocalGet, localSP) && s[6].op == opI64Const && s[7].op == opI64Store &&
		s[8].is(opI32Const, 0) && s[9].op == opCall && s[10].is(opGlobalGet, globalSP) && s[11].is(opLocalSet, localSP)
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
