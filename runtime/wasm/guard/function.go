package guard

// function is the code of one function, and what in it can take time.
type function struct {
	code     []byte
	start    int // of the instructions
	loops    []loop
	calls    []uint32 // of which functions, in the order of the code
	indirect bool     // it calls what a table holds
}

// loop is a loop's instructions. Those of the calls in it are calls[first:last] of the function.
type loop struct{ at, end, first, last int }

// walk reads functions, one after the other.
type walk struct {
	globals int
	open    []int // what is open: an index into loops, else notLoop
}

const notLoop = -1

func (w *walk) function(r *reader) (*function, error) {
	f := &function{code: r.bytes}
	for range r.u32() { // local variables
		r.u32()
		r.byte()
		if r.err != nil {
			return nil, r.err
		}
	}
	f.start = r.at
	w.open = append(w.open[:0], notLoop)
	for len(w.open) > 0 && r.err == nil {
		w.instruction(f, r)
	}
	if r.more() {
		r.fail("instructions after the end of a function")
	}
	return f, r.err
}

func (w *walk) instruction(f *function, r *reader) {
	switch op := r.byte(); op {
	case opBlock, opIf:
		r.signed()
		w.open = append(w.open, notLoop)
	case opLoop:
		r.signed()
		w.open = append(w.open, len(f.loops))
		f.loops = append(f.loops, loop{at: r.at, first: len(f.calls)})
	case opEnd:
		last := len(w.open) - 1
		if i := w.open[last]; i != notLoop {
			f.loops[i].end, f.loops[i].last = r.at, len(f.calls)
		}
		w.open = w.open[:last]
	case opCall:
		f.calls = append(f.calls, r.u32())
	default:
		f.indirect = f.indirect || op == opCallIndirect
		skip(r, op, w.globals)
	}
}

// weights says what functions cost, in bytes of code, until they ask or end. Those that do not ask when they begin
// call one another in no circle, and the weight of each has a bound, with that of what it calls. So whoever calls one of them knows
// what it costs; that is why most functions need not ask.
type weights struct {
	functions []*function
	imported  int
	asks      []bool // when it begins
	own       []int  // until it asks in a loop or calls a function that asks
	seen      []byte
}

const (
	unseen = iota
	underWay
	seen
)

const (
	maxWeight = 1 << 12 // of a function that does not ask
	hostCall  = 256     // what a call of the host costs
	maxDepth  = 1 << 10 // of calls that are followed
	maxCost   = 1 << 30
)

func newWeights(functions []*function, imported int) *weights {
	n := len(functions)
	w := &weights{functions: functions, imported: imported, asks: make([]bool, n), own: make([]int, n), seen: make([]byte, n)}
	for i := range functions {
		w.follow(i, 0)
	}
	return w
}

// follow weighs a function after those that it calls. One that is called in a circle, by which it is reached first, asks.
func (w *weights) follow(i, depth int) {
	switch {
	case w.seen[i] == seen:
		return
	case w.seen[i] == underWay, depth > maxDepth:
		w.asks[i] = true
		return
	}
	w.seen[i] = underWay
	f := w.functions[i]
	cost := len(f.code) - f.start
	for _, to := range f.calls {
		if n := int(to) - w.imported; n >= 0 && n < len(w.functions) {
			w.follow(n, depth+1)
		}
		cost = min(cost+w.call(to), maxCost)
	}
	w.own[i] = cost
	w.asks[i] = w.asks[i] || f.indirect || cost > maxWeight
	w.seen[i] = seen
}

// call returns what a call of a function costs its caller.
func (w *weights) call(to uint32) int {
	n := int(to) - w.imported
	switch {
	case n < 0 || n >= len(w.functions): // the latter is no module
		return hostCall
	case w.asks[n]:
		return 0
	default:
		return w.own[n]
	}
}
