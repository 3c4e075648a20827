package portable

import (
	"strconv"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/lictor-dev/lictor/compiler/diag"
)

const (
	maxDepth = 32  // of expressions within one another, so that no engine runs out of stack
	maxSteps = 400 // of an item: the largest takes less than a second to compile, and no engine runs out of stack
)

// reader takes one item apart. A method that returns false has added a diagnostic.
type reader struct {
	reporter
	item   *Item
	names  int               // given so far
	levels map[string]int    // of names
	named  map[string]string // names of what depends on no variable, by its text
	depth  int
	full   bool // it has been said that the item is too long
}

func itoa(n int) string { return strconv.Itoa(n) }

// statements reads the expressions of a body, in the order they stand.
func (r *reader) statements(s *scope, body ast.Body) bool {
	good := true
	for _, e := range body {
		good = r.statement(s, e) && good
		if r.names > maxSteps && !r.full {
			r.full, good = true, false
			r.unsupported(e.Location, "an expression this long", "split it into several, or write a rule under package custom")
		}
	}
	return good
}

func (r *reader) statement(s *scope, e *ast.Expr) bool {
	if len(e.With) > 0 {
		r.unsupported(e.With[0].Location, "the modifier \"with\"", "pass what differs to a function under package custom")
		return false
	}
	if e.Negated {
		return r.negation(s, e)
	}
	switch terms := e.Terms.(type) {
	case *ast.SomeDecl:
		return r.some(s, terms)
	case *ast.Every:
		return r.every(s, terms)
	case []*ast.Term:
		switch OperatorName(terms[0]) {
		case ast.Assign.Name:
			return r.assign(s, terms[0], terms[1:])
		case ast.Equality.Name:
			return r.unify(s, terms[1], terms[2])
		}
	}
	x, ok := r.truth(s, e)
	if !ok {
		return false
	}
	s.steps = append(s.steps, step{kind: filter, text: x.text + " == true", uses: x.uses, level: x.level})
	return true
}

// truth reads an expression that must be true or false, and names its value.
func (r *reader) truth(s *scope, e *ast.Expr) (expr, bool) {
	var x expr
	ok := false
	switch terms := e.Terms.(type) {
	case *ast.Term:
		x, ok = r.term(s, terms)
	case []*ast.Term:
		x, ok = r.call(s, terms[0], terms[1:], e.Location)
	}
	if !ok {
		return x, false
	}
	switch x.truth {
	case never:
		r.errorf(CodeNotBoolean, e.Location, "expression is never true or false").Hint = "compare it with something"
		return x, false
	case perhaps:
		x = r.apply(s, "operators.truth", always, x)
	}
	return r.hold(s, x), true
}

// negation reads "not" and an expression. Where the expression looks for a value among many, no value may satisfy it.
func (r *reader) negation(s *scope, e *ast.Expr) bool {
	plain := *e
	plain.Negated = false
	inner := r.open(s)
	inner.negated = true
	if terms, isCall := e.Terms.([]*ast.Term); isCall && OperatorName(terms[0]) == ast.Assign.Name {
		r.unsupported(terms[0].Location, "\"not\" before \":=\"", "compare with ==")
		return false
	}
	if terms, isCall := e.Terms.([]*ast.Term); isCall && OperatorName(terms[0]) == ast.Equality.Name {
		if !r.unify(inner, terms[1], terms[2]) {
			return false
		}
		r.noneOf(s, inner)
		return true
	}
	x, ok := r.truth(inner, &plain)
	if !ok {
		return false
	}
	if inner.loops() {
		inner.steps = append(inner.steps, step{kind: filter, text: x.text + " == true", uses: x.uses, level: x.level})
		r.noneOf(s, inner)
		return true
	}
	s.steps = append(s.steps, inner.steps...)
	s.steps = append(s.steps, step{kind: filter, text: x.text + " == false", uses: x.uses, level: x.level})
	return true
}

// noneOf adds the step that inner, a body, does not hold.
func (r *reader) noneOf(s, inner *scope) {
	found := r.collect(s, inner, expr{text: "true", constant: true}, "[]")
	s.steps = append(s.steps, step{kind: filter, text: found.text + " == []", uses: found.uses, level: found.level})
}

// collect names what is collected from a body: brackets are those of an array or a set.
func (r *reader) collect(s, inner *scope, head expr, brackets string) expr {
	level := r.free(inner, head.uses)
	held := r.fresh("", level)
	held.truth, held.typed = never, true
	r.place(s, step{kind: collect, name: held.text, text: head.text, uses: head.uses, brackets: brackets, inner: inner, level: level})
	return held
}

// some reads a declaration of variables.
func (r *reader) some(s *scope, d *ast.SomeDecl) bool {
	for _, symbol := range d.Symbols {
		call, isIn := symbol.Value.(ast.Call)
		if !isIn {
			if !r.declare(s, symbol, nil) {
				return false
			}
			continue
		}
		key, item, items := (*ast.Term)(nil), call[1], call[len(call)-1]
		if len(call) == 4 {
			key, item = call[1], call[2]
		}
		over, ok := r.collection(s, items)
		if !ok {
			return false
		}
		return r.iterate(s, over, key, item)
	}
	return true
}

// collection names what variables run over: an array, an object or a set.
func (r *reader) collection(s *scope, t *ast.Term) (expr, bool) {
	x, ok := r.term(s, t)
	if !ok {
		return x, false
	}
	return r.hold(s, r.apply(s, "builtins.collection", never, x)), true
}

// iterate adds the loop "some key, item in over". Both are new variables, constants or patterns; key may be nil.
func (r *reader) iterate(s *scope, over expr, key, item *ast.Term) bool {
	var st step
	var patterns []*ast.Term
	var names []expr
	place := func(t *ast.Term, name *string) bool {
		if t == nil {
			return true
		}
		v, isVar := t.Value.(ast.Var)
		if isVar && v.IsWildcard() {
			return true
		}
		written := ""
		if isVar {
			written = string(v)
		}
		x := r.fresh(written, s.nest)
		*name = x.text
		if isVar {
			return r.declare(s, t, &x)
		}
		patterns, names = append(patterns, t), append(names, x)
		return true
	}
	if !place(key, &st.key) || !place(item, &st.name) {
		return false
	}
	r.loop(s, over, st.key, st.name)
	p := pattern{reader: r, scope: s, fresh: true}
	for i := range patterns {
		if !p.take(patterns[i], names[i]) {
			return false
		}
	}
	return p.compare()
}

// loop adds a loop over a collection; key and item are names, "" for none. Wasm goes through sets and objects in an order
// of its own.
func (r *reader) loop(s *scope, over expr, key, item string) {
	switch {
	case !s.ordered || key == "" && item == "":
		s.steps = append(s.steps, step{kind: loop, key: key, name: item, text: over.text, uses: over.uses, level: s.nest})
	case key == "":
		over = r.hold(s, r.apply(s, "builtins.sequence", never, over))
		s.steps = append(s.steps, step{kind: loop, name: item, text: over.text, uses: over.uses, level: s.nest})
	default:
		over = r.hold(s, r.apply(s, "builtins.pairs", never, over))
		pair := r.fresh("", s.nest)
		s.steps = append(s.steps,
			step{kind: loop, name: pair.text, text: over.text, uses: over.uses, level: s.nest},
			step{kind: bind, name: key, text: pair.text + "[0]", uses: pair.uses, level: s.nest})
		if item != "" {
			s.steps = append(s.steps, step{kind: bind, name: item, text: pair.text + "[1]", uses: pair.uses, level: s.nest})
		}
	}
}

// every reads "every key, value in domain { body }".
func (r *reader) every(s *scope, e *ast.Every) bool {
	over, ok := r.collection(s, e.Domain)
	if !ok {
		return false
	}
	inner := r.open(s)
	st := step{kind: every, text: over.text, uses: over.uses, inner: inner}
	for _, v := range []struct {
		term *ast.Term
		name *string
	}{{e.Key, &st.key}, {e.Value, &st.name}} {
		if v.term == nil {
			continue
		}
		if name := v.term.Value.(ast.Var); !name.IsWildcard() {
			x := r.fresh(string(name), inner.nest)
			*v.name = x.text
			if !r.declare(inner, v.term, &x) {
				return false
			}
		}
	}
	if !r.statements(inner, e.Body) {
		return false
	}
	if st.level = r.free(inner, over.uses); st.level > 0 {
		s.steps = append(s.steps, st)
		return true
	}
	// It is evaluated also where nothing is looped over, so it becomes something that is placed at the top.
	alone := r.open(s)
	alone.steps = []step{st}
	found := r.collect(s, alone, expr{text: "true", constant: true}, "[]")
	s.steps = append(s.steps, step{kind: filter, text: found.text + " == [true]", uses: found.uses})
	return true
}

// declare adds a variable to a body; value is nil while it has none.
func (r *reader) declare(s *scope, t *ast.Term, value *expr) bool {
	v, ok := t.Value.(ast.Var)
	name := string(v)
	switch {
	case !ok:
		r.unsupported(t.Location, "this construct in the place of a variable", "write the name of a variable")
		return false
	case v.IsWildcard():
		return true
	case isRoot(name) || name == "input" || name == "data":
		r.unsupported(t.Location, "a variable named "+diag.Quote(name), "that name is in scope already: choose another one")
		return false
	case s.vars[name] != nil:
		r.unsupported(t.Location, "a second variable "+diag.Quote(name), "choose another name")
		return false
	}
	s.vars[name] = &variable{value: value}
	return true
}
