package straighten

import "slices"

// structure writes a function that is never resumed, with blocks and loops instead of jumps (Ramsey, "Beyond Relooper",
// 2022): each segment stands within what dominates it.
type structure struct {
	*graph
	around []int // the number of what follows each block, or of the loop's head; inner for blocks of segments
	code   []instruction
}

const (
	inner   = -1
	unwinds = -2
)

// direct returns the code of a function for callers that begin it. Where it is unwound it returns 1 as the other code
// does, which is then what is resumed.
func (f *function) direct() ([]instruction, error) {
	g, err := newGraph(f)
	if err != nil {
		return nil, err
	}
	s := structure{graph: g}
	s.code = append(s.code, f.prefix...)
	s.open(opBlock, unwinds)
	s.tree(0)
	s.code = append(s.code, instruction{op: opUnreachable})
	s.end()
	return append(s.code, instruction{op: opI32Const, n: 1}), nil
}

func (s *structure) open(op opcode, what int) {
	s.code = append(s.code, instruction{op: op, n: voidType})
	s.around = append(s.around, what)
}

func (s *structure) end() {
	s.code = append(s.code, instruction{op: opEnd})
	s.around = s.around[:len(s.around)-1]
}

// label returns the label of a block.
func (s *structure) label(what int) int64 {
	for n := len(s.around) - 1; n >= 0; n-- {
		if s.around[n] == what {
			return int64(len(s.around) - 1 - n)
		}
	}
	panic("BUG: a branch to no block")
}

// tree writes a segment with all that it dominates.
func (s *structure) tree(n int) {
	var follow []int // in the order in which blocks end, the last first
	for m := len(s.order) - 1; m > n; m-- {
		if s.dominant[m] == n && s.merges[m] {
			follow = append(follow, m)
		}
	}
	if s.heads[n] {
		s.open(opLoop, n)
		s.within(n, follow)
		s.end()
		return
	}
	s.within(n, follow)
}

// within writes a segment in the blocks behind which the others follow.
func (s *structure) within(n int, follow []int) {
	for _, m := range follow {
		s.open(opBlock, m)
	}
	s.segment(n)
	for k := len(follow) - 1; k >= 0; k-- {
		s.end()
		s.tree(follow[k])
	}
}

func (s *structure) segment(n int) {
	at := s.order[n]
	depth := 0
	for _, i := range keepSP(slices.Clone(s.f.segments[at])) {
		switch {
		case i.opens():
			depth++
			s.around = append(s.around, inner)
		case i.op == opEnd:
			depth--
			s.around = s.around[:len(s.around)-1]
		}
		s.instruction(n, i)
		if depth == 0 && i.leaves() {
			return
		}
	}
	if at+1 < len(s.f.segments) {
		s.jump(n, at+1)
		return
	}
	s.code = append(s.code, instruction{op: opUnreachable})
}

func (s *structure) instruction(n int, i instruction) {
	switch i.op {
	case opUnwind:
		i = instruction{op: opBr, n: s.label(unwinds)}
	case opUnwindIf:
		i = instruction{op: opBrIf, n: s.label(unwinds)}
	case opJump:
		s.jump(n, int(i.n))
		return
	case opJumpIf:
		if s.branches(n, int(i.n)) {
			i = instruction{op: opBrIf, n: s.label(s.number[i.n])}
			break
		}
		s.open(opIf, inner)
		s.jump(n, int(i.n))
		s.end()
		return
	}
	s.code = append(s.code, i)
}

// branches reports whether a segment stands elsewhere than where it is gone to from n.
func (s *structure) branches(n, segment int) bool {
	to := s.number[segment]
	return to <= n || s.merges[to]
}

// jump goes to a segment, or writes it.
func (s *structure) jump(n, segment int) {
	if s.branches(n, segment) {
		s.code = append(s.code, instruction{op: opBr, n: s.label(s.number[segment])})
		return
	}
	s.tree(s.number[segment])
}
