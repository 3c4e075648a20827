package table

import (
	"strings"
	"sync"
	"unsafe"

	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/value"
)

// scratch is memory for values that a condition makes: texts and collections. One query uses it at a
// time; what was written stays valid until the query ends, even where the buffer grows.
type scratch struct {
	bytes []byte
	stack []operand

	answers     []answer // of Rego for the query's atom, by number less one
	environment []byte   // what Rego is asked with
}

var scratches = sync.Pool{New: func() any { return new(scratch) }}

// workspace returns the query's scratch, taken from the pool at first use.
func (q *query) workspace() *scratch {
	if q.scratch == nil {
		q.scratch = scratches.Get().(*scratch)
	}
	return q.scratch
}

// release ends the query.
func (q *query) release() {
	if q.scratch != nil {
		q.scratch.putBack()
		q.scratch = nil
	}
}

func (w *scratch) putBack() {
	w.bytes = w.bytes[:0]
	clear(w.stack[:cap(w.stack)])
	w.stack = w.stack[:0]
	scratches.Put(w)
}

// collection evaluates operations that give an array or a set (rule X8).
func (e *Engine) collection(q *query, c *condition) operand {
	if c.op == policy.MakeArray || c.op == policy.MakeSet {
		return e.written(q, c)
	}
	var a, b operand
	if !e.pair(q, c, &a, &b) || a.kind != value.Set || b.kind != value.Set {
		return operand{}
	}
	if c.op == policy.Intersection {
		return q.combine(&a, &b, true, false)
	}
	return q.union(&a, &b)
}

// written evaluates an array or a set that the condition writes out.
func (e *Engine) written(q *query, c *condition) operand {
	w := q.workspace()
	mark := len(w.stack)
	for i := range c.args {
		var o operand
		if !e.operand(q, &c.args[i], &o) {
			w.stack = w.stack[:mark]
			return operand{}
		}
		if c.op == policy.MakeArray || !contains(w.stack[mark:], &o) {
			w.stack = append(w.stack, o)
		}
	}
	kind := value.Array
	if c.op == policy.MakeSet {
		kind = value.Set
	}
	start := len(w.bytes)
	w.bytes = value.Begin(w.bytes, kind)
	for _, o := range w.stack[mark:] {
		w.bytes = o.append(w.bytes)
	}
	w.bytes = value.End(w.bytes, start, len(w.stack)-mark)
	w.stack = w.stack[:mark]
	return operandOf(value.Value(w.bytes[start:len(w.bytes):len(w.bytes)]))
}

func contains(operands []operand, o *operand) bool {
	for i := range operands {
		if equal(&operands[i], o) {
			return true
		}
	}
	return false
}

// append appends the operand's encoding.
func (o operand) append(dst []byte) []byte {
	switch o.kind {
	case value.Integer:
		return value.AppendInt(dst, o.n)
	case value.String:
		return value.AppendString(dst, o.text)
	case value.True, value.False, value.Null:
		return append(dst, byte(o.kind))
	}
	return append(dst, o.v[:o.v.Size()]...)
}

// combine makes the set of a's items that b holds (both) or does not hold, and with rest all of b's.
func (q *query) combine(a, b *operand, both, rest bool) operand {
	w := q.workspace()
	start, count := len(w.bytes), 0
	w.bytes = value.Begin(w.bytes, value.Set)
	for items := a.v.Items(); ; {
		_, item, ok := items.Next()
		if !ok {
			break
		}
		if value.Contains(b.v, item) == both {
			w.bytes = append(w.bytes, item...)
			count++
		}
	}
	for items := b.v.Items(); rest; {
		_, item, ok := items.Next()
		if !ok {
			break
		}
		w.bytes = append(w.bytes, item...)
		count++
	}
	w.bytes = value.End(w.bytes, start, count)
	return operandOf(value.Value(w.bytes[start:len(w.bytes):len(w.bytes)]))
}

func (q *query) difference(a, b *operand) operand { return q.combine(a, b, false, false) }
func (q *query) union(a, b *operand) operand      { return q.combine(a, b, false, true) }

// folded maps the case of an ASCII text in scratch memory, and of any other text by the general rules (rule X9).
func (q *query) folded(s string, first, last byte, general func(string) string) operand {
	changes := false
	for i := range len(s) {
		if s[i] >= 0x80 {
			if permission.HasNewCase(s[i:]) {
				return operand{}
			}
			return textOperand(general(s))
		}
		changes = changes || first <= s[i] && s[i] <= last
	}
	if !changes {
		return textOperand(s)
	}
	w := q.workspace()
	start := len(w.bytes)
	w.bytes = append(w.bytes, s...)
	b := w.bytes[start:]
	for i, c := range b {
		if first <= c && c <= last {
			b[i] = c ^ 0x20
		}
	}
	return textOperand(unsafe.String(unsafe.SliceData(b), len(b)))
}

func (q *query) lower(s string) operand { return q.folded(s, 'A', 'Z', strings.ToLower) }
func (q *query) upper(s string) operand { return q.folded(s, 'a', 'z', strings.ToUpper) }
