package portable

import (
	"github.com/open-policy-agent/opa/v1/ast"
)

// assign reads "variable := value", or a pattern of new variables in the place of the variable.
func (r *reader) assign(s *scope, operator *ast.Term, sides []*ast.Term) bool {
	x, ok := r.term(s, sides[1])
	if !ok {
		return false
	}
	switch sides[0].Value.(type) {
	case ast.Var:
		x = r.hold(s, x)
		return r.declare(s, sides[0], &x)
	case *ast.Array, ast.Object:
		return r.destructure(s, sides[0], r.hold(s, x), true)
	}
	r.unsupported(operator.Location, "\":=\" behind anything but a variable", "compare with ==")
	return false
}

// unify reads "a = b": it compares, or gives values to variables that were declared and have none.
func (r *reader) unify(s *scope, a, b *ast.Term) bool {
	if r.isOpen(s, b) {
		a, b = b, a
	}
	if r.isOpen(s, b) {
		r.unsupported(b.Location, "\"=\" with variables without a value on both sides", "give one of them a value before")
		return false
	}
	x, ok := r.term(s, b)
	if !ok {
		return false
	}
	if r.isOpen(s, a) {
		return r.destructure(s, a, r.hold(s, x), false)
	}
	y, ok := r.term(s, a)
	if !ok {
		return false
	}
	x = r.hold(s, r.apply(s, "operators.equals", always, y, x))
	s.steps = append(s.steps, step{kind: filter, text: x.text + " == true", uses: x.uses, level: x.level})
	return true
}

// isOpen reports whether a term is a pattern: a wildcard, a declared variable without a value, or an array or an
// object with one in it.
func (r *reader) isOpen(s *scope, t *ast.Term) bool {
	found := false
	switch v := t.Value.(type) {
	case ast.Var:
		if v.IsWildcard() {
			return true
		}
		local := s.find(string(v))
		return local != nil && local.value == nil
	case *ast.Array:
		v.Foreach(func(item *ast.Term) { found = found || r.isOpen(s, item) })
	case ast.Object:
		v.Foreach(func(_, item *ast.Term) { found = found || r.isOpen(s, item) })
	}
	return found
}

// destructure adds the steps that a value, which has a name, is as a pattern says. With fresh, the pattern's variables are
// new ones; else they were declared before. A value of another shape cannot be evaluated; one of that shape with another
// constant in it is none that the body holds for.
func (r *reader) destructure(s *scope, t *ast.Term, value expr, fresh bool) bool {
	p := pattern{reader: r, scope: s, fresh: fresh}
	return p.take(t, value) && p.compare()
}

// give gives a declared variable its value.
func (r *reader) give(s *scope, t *ast.Term, value expr) bool {
	local := s.find(string(t.Value.(ast.Var)))
	if s.vars[string(t.Value.(ast.Var))] != local {
		return r.noValue(t)
	}
	local.value = &value
	return true
}

// pattern reads one pattern.
type pattern struct {
	*reader
	scope *scope
	fresh bool
	same  []expr // whether the values in the pattern are those at hand: looked at when the whole shape fits
}

// take takes a value, which has a name, apart as a pattern says.
func (p *pattern) take(t *ast.Term, value expr) bool {
	switch v := t.Value.(type) {
	case ast.Var:
		if v.IsWildcard() {
			return true
		}
		if p.fresh {
			return p.declare(p.scope, t, &value)
		}
		if local := p.scope.find(string(v)); local != nil && local.value == nil {
			return p.give(p.scope, t, value)
		}
	case *ast.Array:
		if p.isOpen(t) {
			return p.array(v, value)
		}
	case ast.Object:
		if p.isOpen(t) {
			return p.object(v, value)
		}
	}
	x, ok := p.term(p.scope, t)
	if !ok {
		return false
	}
	p.same = append(p.same, p.hold(p.scope, p.apply(p.scope, "operators.equals", always, value, x)))
	return true
}

// compare adds the steps that values are those in the pattern. It stands behind all that is taken apart.
func (p *pattern) compare() bool {
	for _, x := range p.same {
		p.scope.steps = append(p.scope.steps, step{kind: filter, text: x.text + " == true", uses: x.uses, level: x.level})
	}
	return true
}

// isOpen reports whether a term has variables that the pattern gives values to.
func (p *pattern) isOpen(t *ast.Term) bool {
	if !p.fresh {
		return p.reader.isOpen(p.scope, t)
	}
	found := false
	switch v := t.Value.(type) {
	case ast.Var:
		return true
	case *ast.Array:
		v.Foreach(func(item *ast.Term) { found = found || p.isOpen(item) })
	case ast.Object:
		v.Foreach(func(_, item *ast.Term) { found = found || p.isOpen(item) })
	}
	return found
}

func (p *pattern) array(a *ast.Array, value expr) bool {
	value = p.hold(p.scope, p.apply(p.scope, "builtins.array_of", perhaps, value, constant(itoa(a.Len()))))
	good := true
	for i := range a.Len() {
		good = p.below(a.Elem(i), value, "["+itoa(i)+"]") && good
	}
	return good
}

func (p *pattern) object(o ast.Object, value expr) bool {
	var names []expr
	good := true
	o.Foreach(func(key, _ *ast.Term) {
		name, isText := key.Value.(ast.String)
		if !isText {
			p.unsupported(key.Location, "a pattern with a name that is not a constant string", "refer to the member")
			good = false
			return
		}
		names = append(names, constant(QuoteText(string(name))))
	})
	if !good {
		return false
	}
	value = p.hold(p.scope, p.apply(p.scope, "builtins.object_with", perhaps, value, p.compose(p.scope, "{", "}", names)))
	o.Foreach(func(key, item *ast.Term) {
		good = p.below(item, value, RefText("", []string{string(key.Value.(ast.String))})) && good
	})
	return good
}

// below takes apart what stands in a value, which has the shape for it.
func (p *pattern) below(t *ast.Term, value expr, step string) bool {
	if v, isVar := t.Value.(ast.Var); isVar && v.IsWildcard() {
		return true
	}
	x := below(value, step)
	x.fallible = false
	return p.take(t, p.hold(p.scope, x))
}
