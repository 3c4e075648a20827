package portable

import (
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/lictor-dev/lictor/bundles/value"
	"github.com/lictor-dev/lictor/compiler/diag"
)

// term reads one operand. Loops over what a wildcard or a variable without a value runs over are added to s.
func (r *reader) term(s *scope, t *ast.Term) (expr, bool) {
	if r.depth++; r.depth > maxDepth {
		r.depth--
		r.unsupported(t.Location, "an expression this deep", "split it into several")
		return expr{}, false
	}
	defer func() { r.depth-- }()
	switch v := t.Value.(type) {
	case ast.Null:
		return constant("null"), true
	case ast.Boolean:
		x := constant(v.String())
		x.truth = always
		return x, true
	case ast.String:
		return constant(QuoteText(string(v))), true
	case ast.Number:
		return r.number(t, string(v))
	case ast.Var:
		return r.variable(s, t, v)
	case ast.Ref:
		return r.ref(s, t, v)
	case ast.Call:
		return r.call(s, v[0], v[1:], t.Location)
	case *ast.Array:
		return r.items(s, "[]", v.Len(), v.Foreach)
	case ast.Set:
		return r.items(s, "{}", v.Len(), v.Foreach)
	case ast.Object:
		return r.object(s, v)
	case *ast.ArrayComprehension:
		return r.comprehension(s, v.Body, v.Term, "[]")
	case *ast.SetComprehension:
		return r.comprehension(s, v.Body, v.Term, "{}")
	case *ast.ObjectComprehension:
		return r.objectComprehension(s, v)
	case *ast.TemplateString:
		r.unsupported(t.Location, "a template string", "write concat(\"\", [\"text\", value])")
	default:
		r.unsupported(t.Location, "this construct", "write a rule under package custom")
	}
	return expr{}, false
}

func constant(text string) expr {
	return expr{text: text, simple: true, constant: true, typed: true, truth: never}
}

func (r *reader) number(t *ast.Term, text string) (expr, bool) {
	b, err := value.AppendNumber(nil, text)
	if err != nil || value.Value(b).Kind() == value.Big {
		r.errorf(CodeLiteral, t.Location, "number %s is too large", diag.Quote(text)).Hint = "engines agree on integers up to 9007199254740992"
		return expr{}, false
	}
	return constant(string(value.AppendJSON(nil, b))), true
}

// variable reads a name that stands alone.
func (r *reader) variable(s *scope, t *ast.Term, v ast.Var) (expr, bool) {
	if v.IsWildcard() {
		r.unsupported(t.Location, "a wildcard here", "write it as an index, as in list[_]")
		return expr{}, false
	}
	if local := s.find(string(v)); local != nil {
		if local.value == nil {
			return expr{}, r.noValue(t)
		}
		return *local.value, true
	}
	return r.root(t, []string{string(v)}, false)
}

// noValue reports a variable that is used before it has a value, and returns false.
func (r *reader) noValue(t *ast.Term) bool {
	r.errorf(CodeUnknownName, t.Location, "variable %s has no value here", diag.Quote(t.String())).Hint =
		"give it one in an expression before, with \"some " + t.String() + " in …\" or \":=\""
	return false
}

// items reads an array or a set. No item may be an integer beyond 2⁵³ (X2).
func (r *reader) items(s *scope, brackets string, count int, foreach func(func(*ast.Term))) (expr, bool) {
	p := parts{reader: r, scope: s}
	foreach(func(t *ast.Term) {
		x, ok := r.term(s, t)
		p.add(r.exact(s, x), ok)
	})
	if p.bad {
		return expr{}, false
	}
	if count == 0 && brackets == "{}" {
		return constant("set()"), true
	}
	return r.compose(s, brackets[:1], brackets[1:], p.settled()), true
}

// exact guards against integers beyond 2⁵³ (X2).
func (r *reader) exact(s *scope, x expr) expr {
	if x.constant {
		return x
	}
	return r.apply(s, "operators.exact", x.truth, x)
}

// object reads an object. Its names are strings.
func (r *reader) object(s *scope, o ast.Object) (expr, bool) {
	p := parts{reader: r, scope: s}
	o.Foreach(func(key, item *ast.Term) {
		p.add(r.key(s, key))
		x, ok := r.term(s, item)
		p.add(r.exact(s, x), ok)
	})
	if p.bad {
		return expr{}, false
	}
	return r.composed(p.settled(), func(texts []string) string {
		var members []string
		for i := 0; i < len(texts); i += 2 {
			members = append(members, texts[i]+": "+texts[i+1])
		}
		return "{" + strings.Join(members, ", ") + "}"
	}), true
}

func (r *reader) key(s *scope, t *ast.Term) (expr, bool) {
	k, ok := r.term(s, t)
	_, isText := t.Value.(ast.String)
	switch {
	case !ok || isText:
		return k, ok
	case k.constant:
		r.unsupported(t.Location, "an object with a name that is not a string", "write the name in quotes")
		return k, false
	}
	return r.apply(s, "builtins.text", never, k), true
}

// compose writes an array, a set or what else stands in a list.
func (r *reader) compose(s *scope, open, shut string, parts []expr) expr {
	return r.composed(r.aligned(s, parts), func(texts []string) string { return open + strings.Join(texts, ", ") + shut })
}

// composed writes a value that is made of parts, which are aligned.
func (r *reader) composed(parts []expr, write func(texts []string) string) expr {
	x := merge(parts)
	x.truth, x.constant, x.typed = never, true, true
	texts := make([]string, len(parts))
	for i, p := range parts {
		texts[i] = p.text
		x.constant = x.constant && p.constant
	}
	x.simple = x.constant
	x.text = write(texts)
	return x
}

// apply writes a call of a guarded function.
func (r *reader) apply(s *scope, function string, t truth, args ...expr) expr {
	x := r.compose(s, function+"(", ")", args)
	x.truth, x.constant, x.simple, x.fallible, x.typed = t, false, false, true, t != perhaps
	return x
}

// aligned returns the parts of an expression. Those that depend on no variable get a name where the others do, so that
// they are evaluated always.
func (r *reader) aligned(s *scope, parts []expr) []expr {
	level := merge(parts).level
	for i := range parts {
		if parts[i].level == 0 && level > 0 {
			parts[i] = r.hold(s, parts[i])
		}
	}
	return parts
}

// merge returns what is known of a value that is made of parts.
func merge(parts []expr) expr {
	var x expr
	for _, p := range parts {
		x.level = max(x.level, p.level)
		x.fallible = x.fallible || p.fallible
		x.uses = append(x.uses, p.uses...)
	}
	return x
}

// comprehension reads an array or a set that is collected from a body.
func (r *reader) comprehension(s *scope, body ast.Body, head *ast.Term, brackets string) (expr, bool) {
	inner := r.open(s)
	inner.ordered = brackets == "[]"
	if !r.statements(inner, body) {
		return expr{}, false
	}
	x, ok := r.term(inner, head)
	if !ok {
		return x, false
	}
	return r.collect(s, inner, r.hold(inner, r.exact(inner, x)), brackets), true
}

// objectComprehension collects pairs of a name and a value. A name with two values cannot be evaluated.
func (r *reader) objectComprehension(s *scope, c *ast.ObjectComprehension) (expr, bool) {
	inner := r.open(s)
	if !r.statements(inner, c.Body) {
		return expr{}, false
	}
	p := parts{reader: r, scope: inner}
	p.add(r.key(inner, c.Key))
	x, ok := r.term(inner, c.Value)
	p.add(r.exact(inner, x), ok)
	if p.bad {
		return expr{}, false
	}
	pair := r.hold(inner, r.compose(inner, "[", "]", p.settled()))
	return r.apply(s, "builtins.object_of", never, r.collect(s, inner, pair, "{}")), true
}
