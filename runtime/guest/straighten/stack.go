package straighten

import "slices"

// guarded is what Go's functions begin with that need more stack than is always there: the stack pointer is compared with g.stackguard0,
// and runtime.morestack called, which unwinds.
type guarded struct {
	from, to int // without the comparison; to is behind the end of its block
	compare  int // where i32.le_u is
}

// guard finds it.
func guard(code []instruction) (g guarded, ok bool) {
	for at := range min(len(code), 8) {
		if !code[at].is(opLocalGet, localSP) || !code[at+1].is(opGlobalGet, globalG) || code[at+2].op != opWrap || code[at+3].op != opI32Load {
			continue
		}
		g = guarded{from: at, compare: at + 4}
		if code[g.compare].op == opI32Const {
			g.compare += 2
		}
		end := slices.IndexFunc(code[g.compare:], func(i instruction) bool { return i.op == opEnd })
		g.to = g.compare + end + 1
		return g, end >= 0 && code[g.compare].op == opI32LeU && code[g.compare+1].is(opIf, voidType)
	}
	return g, false
}

const globalG = 2

// stackSmall is how much of a frame may be beyond the guard (internal/abi.StackSmall).
const stackSmall = 128

// stack knows how much stack functions need that are never resumed. Those that others begin, and those that call themselves in the
// end, ask for all that is called below them; the rest need not ask.
type stack struct {
	code   map[int64][]instruction // of the twins, by the functions that they are of
	asks   map[int64]bool
	needs  map[int64]int64
	within map[int64]bool // being visited
}

// visit finds what a function and all below it need.
func (s *stack) visit(n int64) int64 {
	if need, known := s.needs[n]; known {
		return need
	}
	if s.within[n] {
		s.asks[n] = true
		return 0
	}
	s.within[n] = true
	below := int64(0)
	for _, i := range s.code[n] {
		if i.op != opCall || s.code[i.n] == nil {
			continue
		}
		need := s.visit(i.n)
		if !s.asks[i.n] {
			below = max(below, need)
		}
	}
	delete(s.within, n)
	s.needs[n] = frameOf(s.code[n]).size + 16 + below
	return s.needs[n]
}

// settle makes functions ask as they must. When one of them cannot, all ask as they did.
func (s *stack) settle(all []int64) {
	for _, n := range all {
		s.visit(n)
	}
	for _, n := range all {
		if _, ok := guard(s.code[n]); s.asks[n] && !ok && s.needs[n] > stackSmall {
			return
		}
	}
	for _, n := range all {
		g, ok := guard(s.code[n])
		switch need := s.needs[n] - stackSmall; {
		case !ok:
		case !s.asks[n]:
			s.code[n] = slices.Delete(s.code[n], g.from, g.to)
		case need > 0:
			s.code[n] = slices.Replace(s.code[n], g.from+4, g.compare, instruction{op: opI32Const, n: need}, instruction{op: opI32Add})
		}
	}
}
