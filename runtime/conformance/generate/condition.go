package generate

import (
	"strings"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/value"
)

// kind is what an expression usually evaluates to.
type kind uint8

const (
	boolean kind = iota
	number
	text
	list
	group // a set
	anything
)

// condition returns a random condition: usually a boolean one, sometimes a list of conditions.
func (b *builder) condition() policy.Expr {
	if b.rego && b.chance(60) {
		return b.withRego()
	}
	switch {
	case b.chance(15):
		return policy.Call{Op: policy.And, Args: b.list(boolean, 1, 3)}
	case b.chance(15):
		return policy.Call{Op: policy.Or, Args: b.list(boolean, 1, 3)}
	default:
		return b.expr(boolean, 3)
	}
}

// withRego returns an expression that only Rego can evaluate, alone or in lists.
func (b *builder) withRego() policy.Expr {
	leaf := pick(b.source, leaves)
	op := pick(b.source, []policy.Op{policy.And, policy.Or})
	switch b.IntN(4) {
	case 0:
		return leaf
	case 1:
		inner := policy.Call{Op: policy.And + policy.Or - op, Args: []policy.Expr{pick(b.source, leaves), b.expr(boolean, 2)}}
		return policy.Call{Op: op, Args: []policy.Expr{b.expr(boolean, 2), inner, leaf}}
	default:
		return policy.Call{Op: op, Args: append(b.list(boolean, 1, 2), leaf)}
	}
}

func (b *builder) list(k kind, low, depth int) []policy.Expr {
	args := make([]policy.Expr, low+b.IntN(3))
	for i := range args {
		args[i] = b.expr(k, depth)
	}
	return args
}

// expr returns a random expression of a kind, now and then of another one.
func (b *builder) expr(k kind, depth int) policy.Expr {
	if k == anything || b.chance(8) {
		k = kind(b.IntN(int(anything)))
	}
	if depth == 0 || k != boolean && b.chance(65) {
		if b.chance(60) {
			return b.ref(k)
		}
		return b.literal(k)
	}
	switch k {
	case boolean:
		return b.boolean(depth - 1)
	case number:
		return b.number(depth - 1)
	case text:
		return b.text(depth - 1)
	case list:
		return policy.Call{Op: policy.MakeArray, Args: b.list(anything, 0, depth-1)}
	default:
		return b.group(depth - 1)
	}
}

func (b *builder) boolean(depth int) policy.Expr {
	op := pick(b.source, []policy.Op{
		policy.Not, policy.Equal, policy.Equal, policy.NotEqual, policy.Less, policy.LessEqual, policy.Greater, policy.GreaterEqual, policy.In, policy.In,
		policy.StartsWith, policy.EndsWith, policy.ContainsText, policy.RegexMatch, policy.CIDRContains, policy.And, policy.Or,
		policy.IsNull, policy.IsBoolean, policy.IsNumber, policy.IsString, policy.IsArray, policy.IsObject,
	})
	switch op {
	case policy.And, policy.Or:
		return policy.Call{Op: op, Args: b.list(boolean, 1, depth)}
	case policy.Not:
		return call(op, b.expr(boolean, depth))
	case policy.Equal, policy.NotEqual:
		k := kind(b.IntN(int(anything)))
		return call(op, b.expr(k, depth), b.expr(k, depth))
	case policy.Less, policy.LessEqual, policy.Greater, policy.GreaterEqual:
		k := pick(b.source, []kind{number, number, text})
		return call(op, b.expr(k, depth), b.expr(k, depth))
	case policy.In:
		return call(op, b.expr(anything, depth), b.expr(pick(b.source, []kind{list, group}), depth))
	case policy.RegexMatch:
		return call(op, literal(quote(pick(b.source, patterns))), b.expr(text, depth))
	case policy.CIDRContains:
		return call(op, literal(quote(pick(b.source, prefixes))), b.address())
	case policy.StartsWith, policy.EndsWith, policy.ContainsText:
		return call(op, b.expr(text, depth), b.expr(text, depth))
	default:
		return call(op, b.expr(anything, depth))
	}
}

func (b *builder) address() policy.Expr {
	return policy.Ref{Root: pick(b.source, []policy.Root{policy.Context, policy.SubjectProperties, policy.Token}), Path: []string{"ip"}}
}

func (b *builder) number(depth int) policy.Expr {
	op := pick(b.source, []policy.Op{policy.Plus, policy.Minus, policy.Times, policy.Rem, policy.Abs, policy.Count, policy.Count})
	switch op {
	case policy.Count:
		return call(op, b.expr(pick(b.source, []kind{text, list, group}), depth))
	case policy.Abs:
		return call(op, b.expr(number, depth))
	default:
		return call(op, b.expr(number, depth), b.expr(number, depth))
	}
}

func (b *builder) text(depth int) policy.Expr {
	op := pick(b.source, []policy.Op{policy.Lower, policy.Upper, policy.TrimSpace, policy.TrimPrefix, policy.TrimSuffix})
	if policy.Ops[op].Args == 1 {
		return call(op, b.expr(text, depth))
	}
	return call(op, b.expr(text, depth), b.expr(text, depth))
}

func (b *builder) group(depth int) policy.Expr {
	if depth == 0 || b.chance(60) {
		return policy.Call{Op: policy.MakeSet, Args: b.list(anything, 1, depth)}
	}
	op := pick(b.source, []policy.Op{policy.Minus, policy.Intersection, policy.Union})
	return call(op, b.expr(group, depth), b.expr(group, depth))
}

func call(op policy.Op, args ...policy.Expr) policy.Expr { return policy.Call{Op: op, Args: args} }

// ref returns a reference that usually has a value of the kind.
func (b *builder) ref(k kind) policy.Expr {
	switch {
	case k == text && b.chance(40):
		return policy.Ref{Root: pick(b.source, []policy.Root{
			policy.SubjectType, policy.SubjectID, policy.ActionName, policy.ResourceType, policy.ResourceID, policy.RequestOrganisation,
		})}
	case k == number && b.chance(15):
		return policy.Ref{Root: policy.Now}
	}
	root := pick(b.source, []policy.Root{
		policy.SubjectProperties, policy.SubjectProperties, policy.ResourceProperties, policy.ResourceProperties,
		policy.Context, policy.ActionProperties, policy.Token,
	})
	for {
		m := pick(b.source, members)
		if m.kind == k || b.chance(15) {
			return policy.Ref{Root: root, Path: m.path[:len(m.path)-min(len(m.path)-1, b.IntN(10)/9)]}
		}
	}
}

// literal returns a constant of the kind.
func (b *builder) literal(k kind) policy.Expr {
	var texts []string
	for _, m := range members {
		if m.kind == k {
			texts = append(texts, m.values...)
		}
	}
	if len(texts) == 0 || b.chance(20) {
		texts = odd
	}
	for {
		if l := literal(pick(b.source, texts)); l.Value.Kind() != value.Big {
			return l
		}
	}
}

func literal(text string) policy.Literal { return policy.Literal{Value: mustValue(text)} }

// render returns the text of an expression, in functional notation: different expressions have
// different texts.
func render(e policy.Expr) string {
	switch e := e.(type) {
	case policy.Literal:
		return string(value.AppendJSON(nil, e.Value))
	case policy.Ref:
		return strings.Join(append([]string{e.Root.String()}, e.Path...), ".")
	case policy.Call:
		args := make([]string, len(e.Args))
		for i := range args {
			args[i] = render(e.Args[i])
		}
		name := policy.Ops[e.Op].Rego
		switch e.Op {
		case policy.And:
			name = "and"
		case policy.Or:
			name = "or"
		}
		return name + "(" + strings.Join(args, ", ") + ")"
	case policy.Rego:
		return "rego(" + e.Text + ")"
	default:
		panic("BUG: an expression of an unknown kind")
	}
}
