package tables

import "github.com/lictor-dev/lictor/bundles/policy"

// Nodes of a condition's code: one word of kind, detail and count, then what belongs to it. Children
// follow their parent (FORMAT.md, rule F12).
const (
	nodeLiteral = 1 // offset into secValues
	nodeRef     = 2 // detail: root; count refs of the path
	nodeCall    = 3 // detail: operation; count nodes
	nodeRego    = 4 // index into secRego; at the top or below nothing but And and Or
)

func (b *builder) writeConditions() {
	for i, r := range b.m.Rego() {
		b.rego[r.Text] = uint32(i)
		b.appendRef(secRego, r.Text)
		b.append(secRego, uint32(r.Reads))
	}
	var code []uint32
	rows := len(b.m.Conditions) * conditionRow / 4
	for i := range b.m.Conditions {
		c := &b.m.Conditions[i]
		start := len(code)
		code = b.node(code, c.Expr)
		b.appendRef(secConditions, c.Text)
		b.append(secConditions, uint32(rows+start), uint32(len(code)-start), uint32(c.Place.File), uint32(c.Place.Line))
	}
	b.append(secConditions, code...)
}

func (b *builder) node(code []uint32, e policy.Expr) []uint32 {
	switch e := e.(type) {
	case policy.Literal:
		return append(code, nodeLiteral, b.value(e.Value))
	case policy.Ref:
		code = append(code, nodeRef|uint32(e.Root)<<8|uint32(len(e.Path))<<16)
		for _, name := range e.Path {
			code = append(code, b.text(name), uint32(len(name)))
		}
		return code
	case policy.Call:
		code = append(code, nodeCall|uint32(e.Op)<<8|uint32(len(e.Args))<<16)
		for _, arg := range e.Args {
			code = b.node(code, arg)
		}
		return code
	case policy.Rego:
		return append(code, nodeRego, b.rego[e.Text])
	default:
		panic("BUG: unknown kind of expression")
	}
}
