package custom

import (
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/lictor-dev/lictor/compiler/diag"
	"github.com/lictor-dev/lictor/compiler/portable"
)

// checkPortable reports what a module uses that not every engine evaluates alike, and what is not its own.
func (r *reader) checkPortable(file string) {
	m := r.modules[file]
	c := checker{reader: r, file: file, own: names(m)}
	for _, i := range m.Imports {
		if ref, ok := i.Path.Value.(ast.Ref); ok && ref.HasPrefix(ast.Ref{ast.DefaultRootDocument}) {
			c.data(ref, i.Path.Location)
		}
	}
	for _, rule := range m.Rules {
		c.rule(rule)
	}
}

// names lists what a module calls its own: rules and imports.
func names(m *ast.Module) map[string]bool {
	own := map[string]bool{}
	for _, rule := range m.Rules {
		own[rule.Head.Ref()[0].Value.String()] = true
	}
	for _, i := range m.Imports {
		own[string(i.Name())] = true
	}
	return own
}

type checker struct {
	*reader
	file string
	own  map[string]bool
}

func (c *checker) rule(rule *ast.Rule) {
	ast.NewGenericVisitor(func(x any) bool {
		switch x := x.(type) {
		case *ast.Expr:
			c.expression(x)
		case *ast.With:
			c.with(x)
		case *ast.Term:
			c.term(x)
		}
		return false
	}).Walk(rule)
}

func (c *checker) expression(e *ast.Expr) {
	if terms, isCall := e.Terms.([]*ast.Term); isCall && len(terms) > 0 {
		c.function(terms[0], e.Location)
	}
}

func (c *checker) term(t *ast.Term) {
	switch v := t.Value.(type) {
	case ast.Call:
		c.function(v[0], t.Location)
	case ast.Ref:
		if v.HasPrefix(ast.Ref{ast.DefaultRootDocument}) {
			c.data(v, t.Location)
		}
	case *ast.TemplateString:
		c.errorf(t.Location, c.file, "template strings are not portable").Hint = "write concat(\"\", [\"text\", value])"
	}
}

// function reports a built-in that is not portable.
func (c *checker) function(operator *ast.Term, loc *ast.Location) {
	name := portable.OperatorName(operator)
	_, isBuiltin := ast.BuiltinMap[name]
	first, _, _ := strings.Cut(name, ".")
	if !isBuiltin || c.own[first] || name == ast.Equality.Name || name == ast.Assign.Name {
		return
	}
	ok, hint := portable.Portable(name)
	if ok {
		return
	}
	if operator.Location != nil {
		loc = operator.Location
	}
	switch name {
	case "time.now_ns":
		hint = "write input.now: seconds since 1970, an integer"
	case ast.Divide.Name:
		name = "\"/\""
	}
	d := c.errorf(loc, c.file, "function %s is not portable", name)
	d.Code, d.Hint = portable.CodeBuiltin, hint
}

// data reports a reference to what is not the project's own.
func (c *checker) data(ref ast.Ref, loc *ast.Location) {
	if len(ref) < 2 || !ref[1].Equal(ast.StringTerm("custom")) {
		c.errorf(loc, c.file, "module refers to %s", diag.Quote(ref.String())).Hint = "the project's own modules refer to input and to rules under package custom"
	}
}

// with reports a modifier that replaces a function: input and the project's own rules can be replaced.
func (c *checker) with(w *ast.With) {
	ref, ok := w.Target.Value.(ast.Ref)
	if ok && slices.ContainsFunc([]ast.Ref{ast.InputRootRef, ast.DefaultRootRef}, ref.HasPrefix) {
		return
	}
	c.errorf(w.Location, c.file, "modifier \"with\" replaces %s", diag.Quote(w.Target.String())).Hint = "replace input or a rule under package custom"
}
