package portable

import (
	"strings"

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

// destructure adds the step that a value, which has a name, is as a pattern says. With fresh, the pattern's variables are
// new ones; else they were declared before.
func (r *reader) destructure(s *scope, t *ast.Term, value expr, fresh bool) bool {
	if v, isVar := t.Value.(ast.Var); isVar && !fresh {
		return v.IsWildcard() || r.give(s, t, value)
	}
	if value.typed {
		value = r.hold(s, r.apply(s, "operators.exact", perhaps, value))
	}
	p := pattern{reader: r, scope: s, fresh: fresh}
	text, ok := p.text(t)
	if !ok {
		return false
	}
	s.steps = append(s.steps, step{
		kind: match, name: value.text, text: text, uses: append(p.uses, value.uses...), level: s.nest,
	})
	return true
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

// pattern writes one pattern.
type pattern struct {
	*reader
	scope *scope
	fresh bool
	uses  []string
}

func (p *pattern) text(t *ast.Term) (string, bool) {
	switch v := t.Value.(type) {
	case ast.Var:
		if v.IsWildcard() {
			return "_", true
		}
		local := p.scope.find(string(v))
		if p.fresh || local != nil && local.value == nil {
			x := p.reader.fresh(string(v), p.scope.nest)
			if p.fresh {
				return x.text, p.declare(p.scope, t, &x)
			}
			return x.text, p.give(p.scope, t, x)
		}
	case *ast.Array:
		var items []string
		good := true
		v.Foreach(func(item *ast.Term) {
			text, ok := p.text(item)
			items, good = append(items, text), good && ok
		})
		return "[" + strings.Join(items, ", ") + "]", good
	case ast.Object:
		return p.object(v)
	}
	x, ok := p.term(p.scope, t)
	if !ok {
		return "", false
	}
	x = p.hold(p.scope, x)
	p.uses = append(p.uses, x.uses...)
	return x.text, true
}

func (p *pattern) object(o ast.Object) (string, bool) {
	var members []string
	good := true
	o.Foreach(func(key, item *ast.Term) {
		name, isText := key.Value.(ast.String)
		if !isText {
			p.unsupported(key.Location, "a pattern with a name that is not a constant string", "refer to the member")
			good = false
			return
		}
		text, ok := p.text(item)
		members, good = append(members, QuoteText(string(name))+": "+text), good && ok
	})
	return "{" + strings.Join(members, ", ") + "}", good
}
