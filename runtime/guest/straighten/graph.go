package straighten

import "slices"

// graph is the control flow of a function that is called, and never resumed: what is reached from its first segment.
type graph struct {
	f        *function
	next     [][]int // where each segment goes on
	order    []int   // of segments, so that those before others come first, but for loops
	number   []int   // of each segment in order; -1 for what is not reached
	dominant []int   // the number of what each of order is always reached by, the nearest
	merges   []bool  // by number: reached forward from more than one place
	heads    []bool  // by number: reached backward
}

// newGraph returns errShape where loops are entered at two places.
func newGraph(f *function) (*graph, error) {
	g := &graph{f: f, next: make([][]int, len(f.segments)), number: make([]int, len(f.segments))}
	for at, s := range f.segments {
		leaves, depth := false, 0
		for _, i := range s {
			switch {
			case i.opens():
				depth++
			case i.op == opEnd:
				depth--
			case i.op == opJump, i.op == opJumpIf:
				g.next[at] = append(g.next[at], int(i.n))
			}
			if depth == 0 && i.leaves() {
				leaves = true
				break
			}
		}
		if !leaves && at+1 < len(f.segments) {
			g.next[at] = append(g.next[at], at+1)
		}
		g.number[at] = -1
	}
	g.sort()
	return g, g.link()
}

// sort numbers the segments, in reverse postorder.
func (g *graph) sort() {
	type visit struct{ segment, child int }
	seen := make([]bool, len(g.next))
	seen[0] = true
	for stack := []visit{{}}; len(stack) > 0; {
		top := &stack[len(stack)-1]
		if top.child == len(g.next[top.segment]) {
			g.order = append(g.order, top.segment)
			stack = stack[:len(stack)-1]
			continue
		}
		child := g.next[top.segment][top.child]
		top.child++
		if !seen[child] {
			seen[child] = true
			stack = append(stack, visit{segment: child})
		}
	}
	slices.Reverse(g.order)
	for n, segment := range g.order {
		g.number[segment] = n
	}
}

// link finds what dominates what (Cooper, Harvey and Kennedy, "A Simple, Fast Dominance Algorithm"), merges and loops.
func (g *graph) link() error {
	count := len(g.order)
	before := make([][]int, count)
	g.merges, g.heads, g.dominant = make([]bool, count), make([]bool, count), make([]int, count)
	for n, segment := range g.order {
		g.dominant[n] = -1
		for _, next := range g.next[segment] {
			before[g.number[next]] = append(before[g.number[next]], n)
		}
	}
	g.dominant[0] = 0
	for changed := true; changed; {
		changed = false
		for n := 1; n < count; n++ {
			nearest := -1
			for _, b := range before[n] {
				switch {
				case g.dominant[b] < 0:
				case nearest < 0:
					nearest = b
				default:
					nearest = g.common(nearest, b)
				}
			}
			if g.dominant[n] != nearest {
				g.dominant[n], changed = nearest, true
			}
		}
	}
	for n := range count {
		forward := 0
		for _, b := range before[n] {
			switch {
			case b < n:
				forward++
			case !g.dominates(n, b):
				return errShape
			default:
				g.heads[n] = true
			}
		}
		g.merges[n] = forward > 1
	}
	return nil
}

func (g *graph) common(a, b int) int {
	for a != b {
		for a > b {
			a = g.dominant[a]
		}
		for b > a {
			b = g.dominant[b]
		}
	}
	return a
}

func (g *graph) dominates(a, b int) bool {
	for b > a {
		b = g.dominant[b]
	}
	return a == b
}
