package straighten

import (
	"errors"
	"slices"
)

// errShape says that a function does not have the form that Go's compiler gives functions.
var errShape = errors.New("not of the form of Go's functions")

// segment is what runs between two places where a function is resumed or jumped to. It goes on with the next one.
type segment []instruction

// function is one that was taken apart.
type function struct {
	locals   []byte
	prefix   []instruction // before the dispatch
	segments []segment     // the first one is where a call begins
	resume   []int         // the segment of each place that a caller may name
}

const localPC = 0 // the parameter: where to resume

// decode reads the instructions of a body, the last "end" left out.
func decode(body []byte) (locals []byte, code []instruction, err error) {
	r := &reader{data: body}
	for range r.unsigned() {
		r.unsigned()
		r.byte()
		if r.err != nil {
			return nil, nil, r.err
		}
	}
	locals = body[:len(body)-len(r.data)]
	for len(r.data) > 0 {
		code = append(code, r.instruction())
	}
	if r.err != nil || len(code) == 0 || code[len(code)-1].op != opEnd {
		return nil, nil, errors.Join(r.err, errShape)
	}
	return locals, code[:len(code)-1], nil
}

// dispatch is what surrounds the segments: blocks that are left by unwinding, by jumping, and the dispatch.
type dispatch struct {
	unwind, loop bool
	blocks       int // of the dispatch
}

// split takes a function apart. It returns errShape for one without a dispatch, or of another form.
func split(locals []byte, code []instruction) (*function, error) {
	f, s := &function{locals: locals}, dispatch{}
	at := 0
	for at < len(code) && !code[at].opens() {
		at++
	}
	f.prefix = code[:at]
	rest := code[at:]
	// The dispatch: blocks, the first of which may be for unwinding, the second the loop; then local.get 0, br_table, end.
	opened := 0
	for opened < len(rest) && (rest[opened].op == opBlock || rest[opened].op == opLoop) && rest[opened].n == voidType {
		opened++
	}
	if opened+3 > len(rest) || !rest[opened].is(opLocalGet, localPC) || rest[opened+1].op != opBrTable || rest[opened+2].op != opEnd {
		return nil, errShape
	}
	table := rest[opened+1].list
	s.blocks = int(slices.Max(table)) + 1
	switch outer := rest[:max(opened-s.blocks, 0)]; {
	case len(outer) == 0:
	case len(outer) == 1 && outer[0].op == opLoop:
		s.loop = true
	case len(outer) == 1 && outer[0].op == opBlock:
		s.unwind = true
	case len(outer) == 2 && outer[0].op == opBlock && outer[1].op == opLoop:
		s.unwind, s.loop = true, true
	default:
		return nil, errShape
	}
	if opened < s.blocks || slices.ContainsFunc(rest[opened-s.blocks:opened], func(i instruction) bool { return i.op != opBlock }) {
		return nil, errShape
	}
	for _, label := range table {
		f.resume = append(f.resume, int(label))
	}
	return f, f.fill(rest[opened+3:], s)
}

const voidType = -64 // of a block

// fill reads the segments, whose ends are those of the blocks of the dispatch.
func (f *function) fill(code []instruction, s dispatch) error {
	segment, depth := segment{}, 0
	open := s.blocks - 1 // of the dispatch
	for at, i := range code {
		switch {
		case i.opens():
			depth++
		case i.op == opEnd && depth > 0:
			depth--
		case i.op == opEnd && open > 0:
			f.segments = append(f.segments, segment)
			segment, open = nil, open-1
			continue
		case i.op == opEnd || open == 0 && !s.loop && i.op == opUnreachable && f.closes(code[at:], s):
			f.segments = append(f.segments, segment)
			if !f.closes(code[at:], s) {
				return errShape
			}
			return f.check()
		}
		var err error
		if segment, err = f.branch(segment, i, depth+open, s); err != nil {
			return err
		}
	}
	return errShape
}

// closes reports whether code is what follows the last segment: the end of the loop, unreachable, the end of unwinding.
func (f *function) closes(code []instruction, s dispatch) bool {
	var want []instruction
	if s.loop {
		want = append(want, instruction{op: opEnd})
	}
	want = append(want, instruction{op: opUnreachable})
	if s.unwind {
		want = append(want, instruction{op: opEnd}, instruction{op: opI32Const, n: 1})
	}
	return slices.EqualFunc(code, want, func(a, b instruction) bool { return a.op == b.op && a.n == b.n })
}

// branch appends an instruction, and knows jumps and unwinding. Outer is the label of what surrounds the dispatch.
func (f *function) branch(s segment, i instruction, outer int, around dispatch) (segment, error) {
	if i.op != opBr && i.op != opBrIf && i.op != opBrTable {
		return append(s, i), nil
	}
	loop, unwind := int64(-1), int64(-1)
	if around.loop {
		loop = int64(outer)
		outer++
	}
	if around.unwind {
		unwind = int64(outer)
	}
	last := len(s) - 1
	switch {
	case i.op == opBr && i.n == loop && last >= 1 && s[last].is(opLocalSet, localPC) && s[last-1].op == opI32Const:
		to := s[last-1].n
		if to < 0 || to >= int64(len(f.resume)) {
			return nil, errShape
		}
		s[last-1] = instruction{op: opJump, n: int64(f.resume[to])}
		return s[:last], nil
	case i.op == opBr && i.n == unwind:
		return append(s, instruction{op: opUnwind}), nil
	case i.op == opBrIf && i.n == unwind:
		return append(s, instruction{op: opUnwindIf}), nil
	}
	return nil, errShape
}

// check refuses functions whose jumps are not as Go makes them: branches out of blocks that no segment opens.
func (f *function) check() error {
	if len(f.segments) != slices.Max(f.resume)+1 {
		return errShape
	}
	for _, s := range f.segments {
		depth := 0
		for _, i := range s {
			switch {
			case i.opens():
				depth++
			case i.op == opEnd:
				depth--
			}
		}
		if depth != 0 {
			return errShape
		}
	}
	return nil
}
