package tables

import (
	"net/netip"
	"regexp"

	"github.com/lictor-dev/lictor/bundles/internal/load"
	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/value"
)

// maxConditionDepth is how deep the nodes of a condition may nest.
const maxConditionDepth = 200

// conditionCount returns the number of conditions, which the code of the first one tells: rows stand
// before all code.
func (t *Tables) conditionCount() int {
	b := t.sections[secConditions]
	if len(b) < conditionRow {
		return 0
	}
	return int(load.U32(b, 8)) / (conditionRow / 4)
}

// proveConditions decodes every condition.
func (t *Tables) proveConditions() error {
	b := t.sections[secConditions]
	n := t.conditionCount()
	if n*conditionRow > len(b) || n == 0 && len(b) > 0 {
		return corrupt(secConditions, "rows out of bounds")
	}
	next := uint64(n * conditionRow / 4)
	for i := range n {
		row := b[i*conditionRow:]
		if err := t.proveRef(secConditions, row); err != nil {
			return err
		}
		at, size := uint64(load.U32(row, 8)), uint64(load.U32(row, 12))
		if at != next || 4*(at+size) > uint64(len(b)) {
			return corrupt(secConditions, "code out of bounds")
		}
		next += size
		if err := t.provePlace(secConditions, load.U32(row, 16)); err != nil {
			return err
		}
		d := decoder{t: t, code: b[4*at : 4*(at+size)]}
		e, err := d.node(0, true)
		if err != nil {
			return err
		}
		if len(d.code) > 0 {
			return corrupt(secConditions, "code behind a condition")
		}
		t.conditions = append(t.conditions, policy.Condition{
			Text: t.text(row), Expr: e,
			Place: policy.Place{File: int32(load.U32(row, 16)), Line: int32(load.U32(row, 20))},
		})
	}
	if next != uint64(len(b)/4) {
		return corrupt(secConditions, "code behind the last condition")
	}
	return t.proveRegoUsed()
}

// decoder reads the code of one condition.
type decoder struct {
	t    *Tables
	code []byte
}

func (d *decoder) word() (uint32, error) {
	if len(d.code) < 4 {
		return 0, corrupt(secConditions, "code ends early")
	}
	w := load.U32(d.code, 0)
	d.code = d.code[4:]
	return w, nil
}

// node decodes a node and what is below it. Whole says that all above it are And and Or.
func (d *decoder) node(depth int, whole bool) (policy.Expr, error) {
	w, err := d.word()
	if err != nil {
		return nil, err
	}
	if depth > maxConditionDepth {
		return nil, corrupt(secConditions, "nested too deeply")
	}
	detail, count := uint8(w>>8), int(w>>16)
	switch uint8(w) {
	case nodeLiteral:
		return d.literal()
	case nodeRef:
		return d.ref(policy.Root(detail), count)
	case nodeCall:
		return d.call(policy.Op(detail), count, place{depth, whole})
	case nodeRego:
		if w != nodeRego {
			return nil, corrupt(secConditions, "unknown node")
		}
		return d.rego(whole)
	}
	return nil, corrupt(secConditions, "unknown node")
}

func (d *decoder) literal() (policy.Expr, error) {
	at, err := d.word()
	if err != nil {
		return nil, err
	}
	v, err := d.t.proveValue(secConditions, at)
	if err != nil {
		return nil, err
	}
	if v.Kind() == value.Big {
		return nil, corrupt(secConditions, "literal beyond 2^53")
	}
	return policy.Literal{Value: v}, nil
}

func (d *decoder) ref(root policy.Root, count int) (policy.Expr, error) {
	if int(root) >= policy.RootCount || root.HasPath() != (count > 0) {
		return nil, corrupt(secConditions, "unknown reference")
	}
	ref := policy.Ref{Root: root}
	for range count {
		if len(d.code) < refSize {
			return nil, corrupt(secConditions, "code ends early")
		}
		if err := d.t.proveRef(secConditions, d.code); err != nil {
			return nil, err
		}
		ref.Path = append(ref.Path, d.t.text(d.code))
		d.code = d.code[refSize:]
	}
	return ref, nil
}

// place is where in a condition a node stands.
type place struct {
	depth int
	whole bool
}

func (d *decoder) call(op policy.Op, count int, at place) (policy.Expr, error) {
	if int(op) == 0 || int(op) >= policy.OpCount {
		return nil, corrupt(secConditions, "unknown operation")
	}
	if want := policy.Ops[op].Args; want != policy.Variadic && want != count || (op == policy.And || op == policy.Or) && count == 0 {
		return nil, corrupt(secConditions, "wrong number of arguments")
	}
	call, whole := policy.Call{Op: op}, at.whole && (op == policy.And || op == policy.Or)
	for range count {
		arg, err := d.node(at.depth+1, whole)
		if err != nil {
			return nil, err
		}
		call.Args = append(call.Args, arg)
	}
	return call, provePattern(call)
}

// provePattern proves that a pattern or prefix is a literal that compiles.
func provePattern(call policy.Call) error {
	if call.Op != policy.RegexMatch && call.Op != policy.CIDRContains {
		return nil
	}
	lit, _ := call.Args[0].(policy.Literal)
	text := lit.Value.Text()
	var err error
	if call.Op == policy.RegexMatch {
		_, err = regexp.Compile(text)
	} else {
		_, err = netip.ParsePrefix(text)
	}
	if err != nil || lit.Value.Kind() != value.String {
		return corrupt(secConditions, "malformed pattern")
	}
	return nil
}
