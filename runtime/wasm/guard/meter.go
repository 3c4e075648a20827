package guard

// meter returns the code section with a question to the host wherever a module could run on.
func (l *layout) meter(s section) ([]byte, error) {
	functions, err := l.functionsOf(s)
	if err != nil || s.bytes == nil {
		return nil, err
	}
	w := newWeights(functions, l.imported)
	out := appendU32(make([]byte, 0, len(s.bytes)*5/4), uint32(len(functions)))
	var body []byte
	for i := range functions {
		body = l.appendMetered(body[:0], w, i)
		out = append(appendU32(out, uint32(len(body))), body...)
	}
	return out, nil
}

// functionsOf reads the code section.
func (l *layout) functionsOf(s section) ([]*function, error) {
	r := s.reader()
	count := 0
	if s.bytes != nil {
		count = int(r.u32())
	}
	if r.err == nil && count != len(l.functions)-l.imported {
		r.fail("code for %d of %d functions", count, len(l.functions)-l.imported)
	}
	w := walk{globals: len(l.globals)}
	var functions []*function
	for i := 0; i < count && r.err == nil; i++ {
		size := r.u32()
		body := reader{base: r.base + r.at, bytes: r.take(size)}
		if r.err != nil {
			break
		}
		f, err := w.function(&body)
		if err != nil {
			return nil, err
		}
		functions = append(functions, f)
	}
	if r.more() {
		r.fail("section is longer than what it holds")
	}
	return functions, r.err
}

// appendMetered appends a function that asks: when it begins, if it has to, and at every turn of its loops.
func (l *layout) appendMetered(dst []byte, w *weights, i int) []byte {
	f := w.functions[i]
	sums := make([]int, len(f.calls)+1) // of what calls cost
	for n, to := range f.calls {
		sums[n+1] = sums[n] + w.call(to)
	}
	dst = append(dst, f.code[:f.start]...)
	if w.asks[i] {
		dst = l.appendQuestion(dst, w.own[i])
	}
	done := f.start
	for _, p := range f.loops {
		dst = append(dst, f.code[done:p.at]...)
		done = p.at
		dst = l.appendQuestion(dst, p.end-p.at+sums[p.last]-sums[p.first])
	}
	return append(dst, f.code[done:]...)
}

// appendQuestion takes the cost off what is left, and asks the host for more when nothing is.
func (l *layout) appendQuestion(dst []byte, cost int) []byte {
	fuel := uint32(len(l.globals))
	dst = appendU32(append(dst, opGlobalGet), fuel)
	dst = append(appendS32(append(dst, opConst), int32(min(cost, maxCost))), opSubtract)
	dst = appendU32(append(dst, opGlobalSet), fuel)
	dst = appendU32(append(dst, opGlobalGet), fuel)
	dst = append(dst, opConst, 0, opLess, opIf, noResult)
	dst = append(dst, opConst, 0x7f, opConst, 0, opCall) // id -1, which is Tick, without a context
	dst = appendU32(dst, l.tick)
	dst = appendU32(append(dst, opGlobalSet), fuel)
	return append(dst, opEnd)
}
