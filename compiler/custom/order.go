package custom

import (
	"maps"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/lictor-dev/lictor/compiler/diag"
	"github.com/lictor-dev/lictor/compiler/portable"
)

// CodeOrder is the code of the warning that engines may differ in the order of an array or a text.
const CodeOrder = "W0602"

// unordered are functions that give the same for an array in any order.
var unordered = map[string]bool{
	"sort": true, "count": true, "sum": true, "product": true, "max": true, "min": true,
	ast.Member.Name: true, ast.MemberWithKey.Name: true,
}

// checkOrder warns of arrays that are collected from what is not known to be an array, and of texts that are joined
// from sets: OPA goes through sets and objects in order and its wasm does not. What is counted or sorted at once is
// left alone.
func (r *reader) checkOrder(compiler *ast.Compiler) {
	for _, file := range sorted(r.modules) {
		c := orderChecker{reader: r, file: file, compiler: compiler, alone: map[at]bool{}, arrays: map[string]bool{}}
		for _, rule := range r.modules[file].Rules {
			maps.Copy(c.alone, unorderedIn(rule))
			maps.Copy(c.arrays, arraysIn(rule))
		}
		for _, rule := range compiler.Modules[file].Rules {
			c.rule(rule)
		}
	}
}

// at is a place in a module.
type at struct{ row, col int }

func place(t *ast.Term) at {
	if t.Location == nil {
		return at{}
	}
	return at{t.Location.Row, t.Location.Col}
}

// unorderedIn returns the places of array comprehensions whose order tells nothing.
func unorderedIn(rule *ast.Rule) map[at]bool {
	alone, named := map[at]bool{}, map[ast.Var]at{}
	uses, harmless := map[ast.Var]int{}, map[ast.Var]int{}
	call := func(terms []*ast.Term) {
		name := portable.OperatorName(terms[0])
		for _, t := range terms[1:] {
			v, isVar := t.Value.(ast.Var)
			switch {
			case unordered[name] && isVar:
				harmless[v]++
			case unordered[name]:
				alone[place(t)] = true
			}
		}
		if v, isVar := terms[1].Value.(ast.Var); isVar && name == ast.Assign.Name {
			named[v] = place(terms[2])
			uses[v]--
		}
	}
	ast.NewGenericVisitor(func(x any) bool {
		switch x := x.(type) {
		case *ast.Expr:
			if terms, isCall := x.Terms.([]*ast.Term); isCall && len(terms) > 1 {
				call(terms)
			}
			if e, isEvery := x.Terms.(*ast.Every); isEvery {
				alone[place(e.Domain)] = true
			}
		case *ast.Term:
			switch v := x.Value.(type) {
			case ast.Call:
				if len(v) > 1 {
					call(v)
				}
			case ast.Var:
				uses[v]++
			}
		}
		return false
	}).Walk(rule)
	for v, where := range named {
		if uses[v] == harmless[v] {
			alone[where] = true
		}
	}
	return alone
}

// arraysIn returns the texts of what a rule tests with is_array. In another rule of the module they count too: this is
// only about a warning.
func arraysIn(rule *ast.Rule) map[string]bool {
	arrays := map[string]bool{}
	ast.WalkExprs(rule, func(e *ast.Expr) bool {
		if terms, isCall := e.Terms.([]*ast.Term); isCall && portable.OperatorName(terms[0]) == ast.IsArray.Name && !e.Negated {
			arrays[terms[1].String()] = true
		}
		return false
	})
	return arrays
}

type orderChecker struct {
	*reader
	file     string
	compiler *ast.Compiler
	alone    map[at]bool
	arrays   map[string]bool
	made     map[ast.Var]*ast.Term // what variables stand for
	results  map[ast.Var]shape     // of functions, whose results variables are
}

// rule looks at a rule as the compiler has rewritten it.
func (c *orderChecker) rule(rule *ast.Rule) {
	c.made, c.results = map[ast.Var]*ast.Term{}, map[ast.Var]shape{}
	ast.WalkExprs(rule, func(e *ast.Expr) bool { c.learn(e); return false })
	ast.WalkTerms(rule, func(t *ast.Term) bool {
		if a, ok := t.Value.(*ast.ArrayComprehension); ok && !c.alone[place(t)] && c.iterates(rule, a) {
			c.warn(t, "array is collected from what may be a set or an object").Hint = "wrap it in sort, or test with is_array what it is collected from"
		}
		return false
	})
	ast.WalkExprs(rule, func(e *ast.Expr) bool {
		if terms, isCall := e.Terms.([]*ast.Term); isCall && portable.OperatorName(terms[0]) == "concat" && c.shape(terms[2]) == other {
			c.warn(terms[0], "text is joined from a set").Hint = "wrap the set in sort"
		}
		return false
	})
}

func (c *orderChecker) warn(t *ast.Term, what string) *diag.Diagnostic {
	where := place(t)
	return c.list.Warnf(CodeOrder, diag.Pos{File: c.file, Line: where.row, Col: where.col}, "%s, whose order differs between engines", what)
}

// iterates reports whether the body of a comprehension runs over anything that is not known to be an array.
func (c *orderChecker) iterates(rule *ast.Rule, a *ast.ArrayComprehension) bool {
	bound := c.outside(rule, a)
	found := false
	for _, e := range a.Body {
		ast.NewGenericVisitor(func(x any) bool {
			ref, _ := x.(ast.Ref)
			for i := 1; i < len(ref); i++ {
				v, isVar := ref[i].Value.(ast.Var)
				found = found || isVar && !bound[v] && c.shape(ast.NewTerm(ref[:i])) != array
			}
			return isClosure(x)
		}).Walk(e)
		ast.WalkVars(e, func(v ast.Var) bool { bound[v] = true; return false })
	}
	return found
}

// isClosure reports whether something has a body of its own, whose order it does not tell.
func isClosure(x any) bool {
	switch x.(type) {
	case *ast.ArrayComprehension, *ast.SetComprehension, *ast.ObjectComprehension, *ast.Every:
		return true
	}
	return false
}

// outside returns the variables that a rule has outside of a comprehension.
func (c *orderChecker) outside(rule *ast.Rule, a *ast.ArrayComprehension) map[ast.Var]bool {
	vars := map[ast.Var]bool{}
	ast.NewGenericVisitor(func(x any) bool {
		switch x := x.(type) {
		case *ast.ArrayComprehension:
			return x == a
		case ast.Var:
			vars[x] = true
		}
		return false
	}).Walk(rule)
	return vars
}
