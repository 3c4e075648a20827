package custom

import (
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/types"

	"github.com/lictor-dev/lictor/compiler/portable"
)

// shape is what is known of a value: whether it has an order.
type shape uint8

const (
	unknown shape = iota
	array
	other // a set, an object, or no collection
)

func shapeOf(t types.Type) shape {
	switch t := t.(type) {
	case nil:
		return unknown
	case types.Any:
		if len(t) == 0 || slices.ContainsFunc(t, func(one types.Type) bool { return shapeOf(one) != array }) {
			return unknown
		}
		return array
	case *types.Array:
		return array
	case *types.NamedType:
		return shapeOf(t.Type)
	}
	return other
}

// learn keeps what an expression says of variables.
func (c *orderChecker) learn(e *ast.Expr) {
	terms, isCall := e.Terms.([]*ast.Term)
	if !isCall || e.Negated {
		return
	}
	name := portable.OperatorName(terms[0])
	if name == ast.Equality.Name || name == ast.Assign.Name {
		for i, t := range terms[1:] {
			if v, isVar := t.Value.(ast.Var); isVar && c.made[v] == nil {
				c.made[v] = terms[2-i]
			}
		}
		return
	}
	function, _ := c.compiler.TypeEnv.GetByValue(terms[0].Value).(*types.Function)
	if v, isVar := terms[len(terms)-1].Value.(ast.Var); isVar && function != nil && len(terms) == len(function.FuncArgs().Args)+2 {
		c.results[v] = shapeOf(function.Result())
	}
}

// shape returns what is known of a term.
func (c *orderChecker) shape(t *ast.Term) shape {
	for range 16 { // variables that stand for variables
		if c.arrays[t.String()] {
			return array
		}
		switch v := t.Value.(type) {
		case *ast.Array, *ast.ArrayComprehension:
			return array
		case ast.Set, ast.Object, *ast.SetComprehension, *ast.ObjectComprehension:
			return other
		case ast.Var:
			if c.arrays[string(c.compiler.RewrittenVars[v])] {
				return array
			}
			if s, known := c.results[v]; known {
				return s
			}
			if t = c.made[v]; t == nil {
				return unknown
			}
		case ast.Call:
			function, _ := c.compiler.TypeEnv.GetByValue(v[0].Value).(*types.Function)
			if function == nil {
				return unknown
			}
			return shapeOf(function.Result())
		case ast.Ref:
			if head, isVar := v[0].Value.(ast.Var); isVar && len(v) == 1 {
				t = ast.NewTerm(head)
				continue
			}
			if !v.HasPrefix(ast.DefaultRootRef) {
				return unknown
			}
			return shapeOf(c.compiler.TypeEnv.GetByRef(v))
		default:
			return other
		}
	}
	return unknown
}
