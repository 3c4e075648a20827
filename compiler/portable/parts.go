package portable

import "slices"

// parts are the values that an expression is made of, in the order they are read.
type parts struct {
	*reader
	scope  *scope
	values []expr
	behind []int // how many steps the body had when a value had been read
	bad    bool  // one could not be read
}

func (p *parts) add(x expr, ok bool) {
	p.values = append(p.values, x)
	p.behind = append(p.behind, len(p.scope.steps))
	p.bad = p.bad || !ok
}

// settled returns the values, aligned. One that may be missing gets its name before what follows loops, so that it is
// evaluated also where nothing is looped over.
func (p *parts) settled() []expr {
	steps := &p.scope.steps
	for i := len(p.values) - 1; i >= 0; i-- {
		x, at := p.values[i], p.behind[i]
		if x.simple || x.level == 0 || !slices.ContainsFunc((*steps)[at:], step.binds) {
			continue
		}
		rest := slices.Clone((*steps)[at:])
		*steps = (*steps)[:at]
		p.values[i] = p.hold(p.scope, x)
		*steps = append(*steps, rest...)
	}
	return p.aligned(p.scope, p.values)
}
