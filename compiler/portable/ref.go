package portable

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/compiler/diag"
)

const namesInScope = "names in scope: subject, action, resource, context, organisation, token and now"

var roots = []string{"subject", "action", "resource", "context", "organisation", "token", "now"}

func isRoot(name string) bool { return slices.Contains(roots, name) }

// ref reads a reference.
func (r *reader) ref(s *scope, t *ast.Term, ref ast.Ref) (expr, bool) {
	head, isName := ref[0].Value.(ast.Var)
	if !isName {
		x, ok := r.term(s, ref[0])
		if !ok {
			return x, false
		}
		return r.steps(s, x, ref[1:])
	}
	if local := s.find(string(head)); local != nil || head.IsWildcard() {
		x, ok := r.variable(s, ref[0], head)
		if !ok {
			return x, false
		}
		return r.steps(s, x, ref[1:])
	}
	path := constantPath(string(head), ref[1:])
	rest := ref[len(path):]
	var x expr
	ok := false
	if head == "data" {
		x, ok = r.rule(t, path)
	} else {
		x, ok = r.root(t, path, len(rest) > 0)
	}
	if !ok {
		return x, false
	}
	return r.steps(s, x, rest)
}

// constantPath returns the constant texts that a reference begins with.
func constantPath(head string, steps []*ast.Term) []string {
	path := []string{head}
	for _, step := range steps {
		text, ok := step.Value.(ast.String)
		if !ok {
			break
		}
		path = append(path, string(text))
	}
	return path
}

// root reads a name in scope; more says that steps follow which are not constant texts.
func (r *reader) root(t *ast.Term, path []string, more bool) (expr, bool) {
	reads := policy.RootSet(0)
	for i := range policy.RootCount {
		root := policy.Root(i)
		words := strings.Split(root.String(), ".")
		n := min(len(words), len(path))
		if !slices.Equal(words[:n], path[:n]) {
			continue
		}
		if !root.HasPath() && (len(path) > len(words) || len(path) == len(words) && more) {
			r.errorf(CodeUnknownName, t.Location, "%s has no members", root).Hint = "write " + root.String() + " alone"
			return expr{}, false
		}
		reads = reads.With(root)
	}
	if reads == 0 {
		r.unknownName(t, path)
		return expr{}, false
	}
	r.item.Reads |= reads
	x := expr{text: RefText("input."+path[0], path[1:]), fallible: true}
	if len(path) == 1 && !more && path[0] != "context" && path[0] != "token" || len(path) == 2 && !slices.Contains([]string{"context", "token"}, path[0]) {
		x.truth = never
	}
	return x, true
}

// rule reads a reference to a rule of the project's own.
func (r *reader) rule(t *ast.Term, path []string) (expr, bool) {
	if !r.callable(t, path) {
		return expr{}, false
	}
	r.refer(t, path, -1)
	return expr{text: dotted(path), fallible: true, typed: true}, true
}

// callable reports whether a path leads to what conditions may refer to below data.
func (r *reader) callable(t *ast.Term, path []string) bool {
	switch {
	case len(path) < 2 || path[1] != "custom":
		r.errorf(CodeUnknownName, t.Location, "unknown name %s", diag.Quote(dotted(path))).Hint = "conditions refer to rules under package custom, as data.custom.name"
	case len(path) < 3:
		r.unsupported(t.Location, "package custom as a whole", "name a rule of it, as in data.custom.name")
	default:
		return true
	}
	return false
}

func (r *reader) refer(t *ast.Term, path []string, args int) {
	offset := 0
	if t.Location != nil {
		offset = t.Location.Offset
	}
	r.item.Reads = policy.AllRoots
	r.item.Calls = append(r.item.Calls, Call{
		Path: path[1:], Args: args, Position: r.text.At(offset), Width: utf8.RuneCountInString(dotted(path)),
	})
}

// steps follows a reference below x.
func (r *reader) steps(s *scope, x expr, rest []*ast.Term) (expr, bool) {
	for _, step := range rest {
		next, ok := r.step(s, x, step)
		if !ok {
			return next, false
		}
		x = next
	}
	return x, true
}

func (r *reader) step(s *scope, x expr, t *ast.Term) (expr, bool) {
	switch v := t.Value.(type) {
	case ast.String:
		if strings.HasSuffix(x.text, ")") {
			x = r.hold(s, x)
		}
		if x.typed {
			return r.member(s, x, constant(QuoteText(string(v)))), true
		}
		return below(x, RefText("", []string{string(v)})), true
	case ast.Number:
		if n, ok := v.Int(); ok && n >= 0 && !strings.HasSuffix(x.text, ")") && !x.typed {
			return below(x, "["+itoa(n)+"]"), true
		}
	case ast.Var:
		if v.IsWildcard() || r.isFree(s, string(v)) {
			return r.each(s, x, t, v)
		}
	}
	p := parts{reader: r, scope: s}
	p.add(x, true)
	p.add(r.term(s, t))
	if p.bad {
		return expr{}, false
	}
	both := p.settled()
	return r.member(s, both[0], both[1]), true
}

func (r *reader) member(s *scope, x, key expr) expr {
	return r.apply(s, "builtins.member", perhaps, x, key)
}

func below(x expr, step string) expr {
	return expr{text: x.text + step, uses: x.uses, level: x.level, fallible: true}
}

// isFree reports whether a name is that of a variable without a value, declared or not.
func (r *reader) isFree(s *scope, name string) bool {
	if local := s.find(name); local != nil {
		return local.value == nil
	}
	return !isRoot(name) && name != "input" && name != "data"
}

// each reads an index that runs over everything in x.
func (r *reader) each(s *scope, x expr, t *ast.Term, v ast.Var) (expr, bool) {
	x = r.hold(s, r.apply(s, "builtins.collection", never, x))
	name := ""
	if !v.IsWildcard() {
		key := r.fresh(string(v), s.nest)
		if !r.index(s, t, string(v), key) {
			return key, false
		}
		name = key.text
	}
	item := r.fresh("", s.nest)
	r.loop(s, x, name, item.text)
	return item, true
}

// index gives a variable that stands as an index its value. One that is not declared must not be a slip of the pen.
func (r *reader) index(s *scope, t *ast.Term, name string, key expr) bool {
	if local := s.find(name); local != nil {
		if s.vars[name] != local {
			return r.noValue(t)
		}
		local.value = &key
		return true
	}
	if near := diag.NewNames(roots).Nearest(name); near != "" && len(name) > 1 {
		r.unknownName(t, []string{name})
		return false
	}
	for outer := s; outer != nil; outer = outer.outer {
		if outer.negated {
			return r.noValue(t)
		}
	}
	return r.declare(s, t, &key)
}

func (r *reader) unknownName(t *ast.Term, path []string) {
	d := r.errorf(CodeUnknownName, t.Location, "unknown name %s", diag.Quote(dotted(path)))
	if d.Hint = nameHint(path); path[0] == "input" {
		d.Hint = namesInScope + ", without \"input\""
	}
}

// nameHint suggests a name in scope: the same member one level further down, or one spelled alike.
func nameHint(path []string) string {
	switch path[0] {
	case "subject", "action", "resource":
		known := []string{"type", "id", "properties"}
		if path[0] == "action" {
			known = []string{"name", "properties"}
		}
		if near := diag.NewNames(known).Nearest(path[1]); near != "" {
			return "did you mean " + diag.Quote(dotted(append([]string{path[0], near}, path[2:]...))) + "?"
		}
		return "did you mean " + diag.Quote(dotted(append([]string{path[0], "properties"}, path[1:]...))) + "?"
	}
	if near := diag.NewNames(roots).Nearest(path[0]); near != "" {
		return "did you mean " + diag.Quote(dotted(append([]string{near}, path[1:]...))) + "?"
	}
	return namesInScope + "; text is written in quotes, and variables are declared with \"some\""
}
