package table

import (
	"strings"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/value"
)

// leaf is a call that is evaluated where its arguments lie: what it reads is neither unpacked into an operand nor copied. Most
// conditions are leaves, or lists of them. A leaf comes to what the general rules make of the same call, and stands beside
// them only because it takes a fraction of the time.
type leaf struct {
	op       policy.Op
	kind     leafKind
	property bool // its left side is one
	equal    bool // texts are to be equal
	left     ref
	right    *ref        // of a partLeaf and of a propertyLeaf
	text     string      // of a textLeaf
	n        int64       // of a numberLeaf,
	number   value.Value // and its encoding
	list     list        // of a listLeaf
}

// list is texts that In looks through.
type list struct {
	marks []uint32 // what distinguishes most texts from one another without looking at all of them
	texts []string
}

func (l *list) add(s string) { l.marks, l.texts = append(l.marks, markOf(s)), append(l.texts, s) }

func (l *list) holds(s string) bool {
	m := markOf(s)
	for i, mark := range l.marks {
		if mark == m && l.texts[i] == s {
			return true
		}
	}
	return false
}

// markOf returns the length of a text and three of its bytes.
func markOf(s string) uint32 {
	n := len(s)
	if n == 0 {
		return 0
	}
	return uint32(uint8(n)) | uint32(s[0])<<8 | uint32(s[n/2])<<16 | uint32(s[n-1])<<24
}

// leafKind is what a leaf compares its left side with.
type leafKind uint8

const (
	textLeaf     leafKind = iota // a constant text
	partLeaf                     // a text of the request
	listLeaf                     // constant texts, of which it must be one
	numberLeaf                   // a constant integer
	propertyLeaf                 // a property, which it must equal or not
)

// newLeaf returns the leaf for a compiled call, nil where it is none.
func newLeaf(c *condition) *leaf {
	if len(c.args) != 2 {
		return nil
	}
	l, left, right := &leaf{op: c.op}, &c.args[0], &c.args[1]
	if swapped := mirrored(c.op); swapped != 0 && !left.reads(true) && right.reads(true) {
		l.op, left, right = swapped, right, left
	}
	if !left.reads(false) {
		return nil
	}
	l.left, l.property = left.ref, left.reads(true)
	ok := false
	switch {
	case l.op == policy.In:
		ok = l.listed(right)
	case mirrored(l.op) != 0:
		ok = l.compared(right)
		l.equal = l.op == policy.Equal && l.kind <= partLeaf
	case l.op == policy.StartsWith, l.op == policy.EndsWith, l.op == policy.ContainsText:
		ok = l.compared(right) && l.kind <= partLeaf
	}
	if !ok {
		return nil
	}
	return l
}

// mirrored returns the comparison that holds of b and a where op holds of a and b; 0 where op is no comparison.
func mirrored(op policy.Op) policy.Op {
	switch op {
	case policy.Equal, policy.NotEqual:
		return op
	case policy.Less:
		return policy.Greater
	case policy.LessEqual:
		return policy.GreaterEqual
	case policy.Greater:
		return policy.Less
	case policy.GreaterEqual:
		return policy.LessEqual
	default:
		return 0
	}
}

// reads reports whether a node reads a property or a text of the request, or with property the former only.
func (c *condition) reads(property bool) bool {
	return c.kind == refNode && (c.ref.root.HasPath() || !property && c.ref.root != policy.Now)
}

// compared sets what a comparison or a test of texts compares with.
func (l *leaf) compared(right *condition) bool {
	switch {
	case right.kind == literalNode && right.literal.kind == value.String:
		l.kind, l.text = textLeaf, right.literal.text
	case right.kind == literalNode && right.literal.kind == value.Integer:
		l.kind, l.n, l.number = numberLeaf, right.literal.n, right.literal.v
	case right.reads(true):
		l.kind, l.right = propertyLeaf, &right.ref
		return l.property && (l.op == policy.Equal || l.op == policy.NotEqual)
	case right.reads(false):
		l.kind, l.right = partLeaf, &right.ref
	default:
		return false
	}
	return true
}

// listed sets what In looks through, which must be constant texts.
func (l *leaf) listed(right *condition) bool {
	l.kind = listLeaf
	if right.kind == literalNode && right.literal.kind == value.Array {
		for items := right.literal.v.Items(); ; {
			_, item, ok := items.Next()
			if !ok || item.Kind() != value.String {
				return !ok
			}
			l.list.add(item.Text())
		}
	}
	if right.kind != callNode || right.op != policy.MakeArray && right.op != policy.MakeSet {
		return false
	}
	for i := range right.args {
		item := &right.args[i]
		if item.kind != literalNode || item.literal.kind != value.String {
			return false
		}
		l.list.add(item.literal.text)
	}
	return true
}

// test evaluates a leaf.
func (e *Engine) test(q *query, l *leaf) truth {
	text := l.text
	switch l.kind {
	case partLeaf:
		var ok bool
		if text, ok = e.part(q, l.right.root); !ok {
			return unknown
		}
	case propertyLeaf:
		return l.properties(e.property(q, &l.left), e.property(q, l.right))
	}
	if !l.property {
		left, ok := e.part(q, l.left.root)
		if !ok {
			return unknown
		}
		return l.texts(left, text)
	}
	at := &l.left // as in property, whose call would take longer
	v := at.object(q.r).Get(at.name)
	if at.more || len(v) == 0 {
		v = e.further(q, at, v)
	}
	switch {
	case v.Kind() != value.String:
		return l.others(v)
	case l.equal:
		return truthOf(v.Text() == text)
	}
	return l.texts(v.Text(), text)
}

// others evaluates a leaf that has a property on its left which is no text.
func (l *leaf) others(v value.Value) truth {
	switch k := v.Kind(); {
	case k == value.Missing || k == value.Big:
		return unknown
	case l.kind != numberLeaf:
		return l.different()
	case k == value.Integer:
		return ordered(l.op, v.Int(), l.n)
	case k == value.Decimal:
		order, _ := value.Order(v, l.number)
		return ordered(l.op, int64(order), 0)
	}
	return l.different()
}

// texts evaluates a leaf that has a text on its left.
func (l *leaf) texts(left, right string) truth {
	switch {
	case l.kind == numberLeaf:
		return l.different()
	case l.op == policy.Equal:
		return truthOf(left == right)
	case l.kind == listLeaf:
		return truthOf(l.list.holds(left))
	case l.op == policy.StartsWith:
		return truthOf(strings.HasPrefix(left, right))
	case l.op == policy.EndsWith:
		return truthOf(strings.HasSuffix(left, right))
	case l.op == policy.ContainsText:
		return truthOf(strings.Contains(left, right))
	}
	return ordered(l.op, int64(strings.Compare(left, right)), 0)
}

// properties evaluates a leaf of two properties.
func (l *leaf) properties(a, b value.Value) truth {
	if ka, kb := a.Kind(), b.Kind(); ka == value.Missing || ka == value.Big || kb == value.Missing || kb == value.Big {
		return unknown
	}
	return truthOf(value.Equal(a, b) == (l.op == policy.Equal))
}

// different is what a leaf comes to when its sides are of different types.
func (l *leaf) different() truth {
	switch l.op {
	case policy.Equal, policy.In:
		return no
	case policy.NotEqual:
		return yes
	default:
		return unknown
	}
}

// ordered evaluates a comparison of two things that have an order.
func ordered(op policy.Op, a, b int64) truth {
	switch op {
	case policy.Equal:
		return truthOf(a == b)
	case policy.NotEqual:
		return truthOf(a != b)
	case policy.Less:
		return truthOf(a < b)
	case policy.LessEqual:
		return truthOf(a <= b)
	case policy.Greater:
		return truthOf(a > b)
	default:
		return truthOf(a >= b)
	}
}
