package table

import (
	"net/netip"
	"regexp"

	"github.com/lictor-dev/lictor/bundles/policy"
)

// truth is the result of a condition.
type truth uint8

const (
	unknown truth = iota // it cannot be evaluated
	no
	yes
)

func truthOf(b bool) truth {
	if b {
		return yes
	}
	return no
}

func (t truth) not() truth {
	switch t {
	case yes:
		return no
	case no:
		return yes
	}
	return unknown
}

// condition is a compiled node: what to do, and everything it needs ready.
type condition struct {
	kind    nodeKind
	op      policy.Op
	ref     ref
	native  *leaf // of a callNode that is one
	literal operand
	leaves  []leaf      // of And and Or: those of their arguments that are leaves,
	args    []condition // and the others
	number  int         // of a regoNode: its number less one
	rego    bool        // a regoNode, or one below it
	pattern *regexp.Regexp
	prefix  netip.Prefix
}

type nodeKind uint8

const (
	literalNode nodeKind = iota
	refNode
	callNode
	regoNode
)

// compiler prepares expressions for evaluation.
type compiler struct{ numbers map[string]int } // of what only Rego can evaluate, by text

// compile prepares one expression. The error says which pattern or node is malformed.
func (p *compiler) compile(e policy.Expr) (condition, error) {
	switch e := e.(type) {
	case policy.Literal:
		return condition{kind: literalNode, literal: operandOf(e.Value)}, nil
	case policy.Ref:
		return condition{kind: refNode, ref: newRef(e)}, nil
	case policy.Call:
		return p.call(e)
	case policy.Rego:
		return condition{kind: regoNode, number: p.numbers[e.Text], rego: true}, nil
	default:
		return condition{}, errUnknownKind
	}
}

func (p *compiler) call(e policy.Call) (condition, error) {
	c := condition{kind: callNode, op: e.Op}
	for _, arg := range e.Args {
		compiled, err := p.compile(arg)
		if err != nil {
			return condition{}, err
		}
		c.args, c.rego = append(c.args, compiled), c.rego || compiled.rego
	}
	if e.Op == policy.And || e.Op == policy.Or {
		c.arrange()
	}
	var err error
	switch e.Op {
	case policy.RegexMatch:
		c.pattern, err = regexp.Compile(c.args[0].literal.text)
	case policy.CIDRContains:
		c.prefix, err = netip.ParsePrefix(c.args[0].literal.text)
		c.prefix = c.prefix.Masked()
	}
	c.native = newLeaf(&c)
	return c, err
}

// arrange has the leaves among the arguments of And and Or evaluated first and what needs Rego last: the order of arguments does
// not change the value (rule X3).
func (c *condition) arrange() {
	var others, rego []condition
	for i := range c.args {
		switch arg := &c.args[i]; {
		case arg.native != nil:
			c.leaves = append(c.leaves, *arg.native)
		case arg.rego:
			rego = append(rego, *arg)
		default:
			others = append(others, *arg)
		}
	}
	c.args = append(others, rego...)
}

// holds evaluates a condition for the query's atom (rule X13).
func (e *Engine) holds(q *query, id policy.ConditionID) truth {
	return e.truth(q, &e.conditions[id-1])
}

// truth evaluates a node as a boolean. Operations whose result is a boolean never build a value.
func (e *Engine) truth(q *query, c *condition) truth {
	switch {
	case c.native != nil:
		return e.test(q, c.native)
	case c.kind == callNode:
		return e.call(q, c)
	case c.kind == regoNode:
		return e.ask(q, c.number)
	case c.kind == literalNode:
		return c.literal.truth()
	case c.ref.root.HasPath():
		return kindTruth(e.property(q, &c.ref).Kind())
	}
	return unknown // a text or a time
}

// call evaluates an operation as a boolean.
func (e *Engine) call(q *query, c *condition) truth {
	switch c.op {
	case policy.And, policy.Or:
		return e.junction(q, c)
	case policy.Not:
		return e.truth(q, &c.args[0]).not()
	case policy.In:
		return e.member(q, c)
	case policy.Equal, policy.NotEqual, policy.Less, policy.LessEqual, policy.Greater, policy.GreaterEqual:
		return e.comparison(q, c)
	case policy.StartsWith, policy.EndsWith, policy.ContainsText, policy.RegexMatch, policy.CIDRContains:
		return e.textTest(q, c)
	case policy.IsNull, policy.IsBoolean, policy.IsNumber, policy.IsString, policy.IsArray, policy.IsObject:
		return e.typeTest(q, c)
	default: // an operation that gives a number, a text or a collection is no boolean
		return unknown
	}
}

// junction evaluates And and Or (rule X3).
func (e *Engine) junction(q *query, c *condition) truth {
	decisive := no
	if c.op == policy.Or {
		decisive = yes
	}
	result := decisive.not()
	leaves := c.leaves
	for i := range leaves {
		switch e.test(q, &leaves[i]) {
		case decisive:
			return decisive
		case unknown:
			result = unknown
		}
	}
	for i := range c.args {
		switch e.truth(q, &c.args[i]) {
		case decisive:
			return decisive
		case unknown:
			result = unknown
		}
	}
	return result
}
