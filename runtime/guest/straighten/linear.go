package straighten

import "slices"

// linear writes a function that may be resumed: segments in their order, a block for each one that is gone to.
type linear struct {
	f      *function
	places []int // the segments that blocks end at, ascending
	loop   bool  // jumps go back
	code   []instruction
}

// resumable returns the code of a function that may be resumed wherever a return address in it says.
func (f *function) resumable() []instruction {
	l := linear{f: f}
	for at, s := range f.segments {
		for _, i := range s {
			if i.op == opJump || i.op == opJumpIf {
				l.places = append(l.places, int(i.n))
				l.loop = l.loop || int(i.n) <= at
			}
		}
	}
	l.places = append(l.places, f.resume...)
	slices.Sort(l.places)
	l.places = slices.DeleteFunc(slices.Compact(l.places), func(n int) bool { return n == 0 })
	return l.write()
}

func (l *linear) write() []instruction {
	l.code = append(l.code, l.f.prefix...)
	l.open(opBlock) // for unwinding
	if l.loop {
		l.open(opLoop)
	}
	for range len(l.places) + 1 {
		l.open(opBlock)
	}
	table := make([]uint32, len(l.f.resume))
	for pc, segment := range l.f.resume {
		n, _ := slices.BinarySearch(l.places, segment+1)
		table[pc] = uint32(n)
	}
	l.code = append(l.code, instruction{op: opLocalGet, n: localPC}, instruction{op: opBrTable, list: table}, instruction{op: opEnd})
	next := 0
	for at, s := range l.f.segments {
		if next < len(l.places) && l.places[next] == at {
			l.code = append(l.code, instruction{op: opEnd})
			next++
		}
		l.segment(at, s, l.places[next:])
	}
	if l.loop {
		l.code = append(l.code, instruction{op: opEnd})
	}
	return append(l.code, instruction{op: opUnreachable}, instruction{op: opEnd}, instruction{op: opI32Const, n: 1})
}

func (l *linear) open(op opcode) { l.code = append(l.code, instruction{op: op, n: voidType}) }

// segment writes one; ahead are those that blocks still end at.
func (l *linear) segment(at int, s segment, ahead []int) {
	depth := 0
	for _, i := range s {
		switch {
		case i.opens():
			depth++
		case i.op == opEnd:
			depth--
		}
		loop := int64(depth + len(ahead))
		unwind := loop
		if l.loop {
			unwind++
		}
		switch i.op {
		case opUnwind:
			i = instruction{op: opBr, n: unwind}
		case opUnwindIf:
			i = instruction{op: opBrIf, n: unwind}
		case opJump, opJumpIf:
			if int(i.n) > at {
				n, _ := slices.BinarySearch(ahead, int(i.n))
				i = instruction{op: i.op - opJump + opBr, n: int64(depth + n)}
				break
			}
			l.back(i, loop)
			continue
		}
		l.code = append(l.code, i)
	}
}

// back writes a jump back, by way of the dispatch.
func (l *linear) back(i instruction, loop int64) {
	if i.op == opJumpIf {
		l.open(opIf)
		loop++
	}
	pc := slices.Index(l.f.resume, int(i.n))
	l.code = append(l.code, instruction{op: opI32Const, n: int64(pc)}, instruction{op: opLocalSet, n: localPC}, instruction{op: opBr, n: loop})
	if i.op == opJumpIf {
		l.code = append(l.code, instruction{op: opEnd})
	}
}
