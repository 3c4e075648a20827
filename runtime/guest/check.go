package guest

import (
	"encoding/binary"

	"github.com/lictor-dev/lictor/runtime/decision"
	"github.com/lictor-dev/lictor/runtime/decision/input"
)

// Check answers the compact request in the first n bytes of the buffer with a reason code, or an error (rule Q1).
func (g *Guest) Check(h, n uint32) int32 {
	p, code := g.read(h, n)
	if code != 0 {
		return int32(code)
	}
	d, err := p.engine.Decide(&g.request)
	if err != nil {
		return int32(g.refuse(err))
	}
	return reason(d)
}

// Decide is Check with the ids of the policies that decided (rule Q2).
func (g *Guest) Decide(h, n uint32) ([]byte, Code) {
	p, code := g.read(h, n)
	if code != 0 {
		return nil, code
	}
	d, ids, err := p.engine.Deciding(&g.request, g.ids[:0])
	if g.ids = ids; err != nil {
		return nil, g.refuse(err)
	}
	g.answer = binary.LittleEndian.AppendUint32(g.answer[:0], uint32(reason(d)))
	g.answer = binary.LittleEndian.AppendUint32(g.answer, uint32(len(ids)))
	for _, id := range ids {
		g.answer = binary.LittleEndian.AppendUint32(g.answer, uint32(id))
	}
	return g.answer, 0
}

// HasRole answers whether the subject of a compact request holds all roles that it names (rule Q4).
func (g *Guest) HasRole(h, n uint32) int32 {
	p, body, code := g.question(h, n)
	if code != 0 {
		return int32(code)
	}
	c, err := g.decodeCompact(p, body)
	if err == nil {
		err = g.decodeRoles(&c)
	}
	if err != nil {
		return int32(g.refuse(err))
	}
	for _, role := range g.names {
		if held, err := p.engine.HasRole(&g.request, role); err != nil || !held {
			return 0
		}
	}
	return 1
}

// read decodes a compact request.
func (g *Guest) read(h, n uint32) (*policyState, Code) {
	p, body, code := g.question(h, n)
	if code != 0 {
		return nil, code
	}
	if g.readPlain(p, body) {
		return p, 0
	}
	c, err := g.decodeCompact(p, body)
	if err == nil {
		err = g.decodePermissions(p.grammar, &c)
	}
	if err != nil {
		return nil, g.refuse(err)
	}
	return p, 0
}

func (g *Guest) question(h, n uint32) (*policyState, []byte, Code) {
	p := g.policy(h)
	if p == nil {
		return nil, nil, g.unknownHandle()
	}
	body, code := g.input(n, MaxRequest)
	return p, body, code
}

// reason returns the number of a code (rule Q3). A decision that denies never has the number that allows.
func reason(d decision.Decision) int32 {
	if !d.Allowed && d.Code == decision.Allowed {
		return int32(decision.NoGrant)
	}
	return int32(d.Code)
}

// decodeRoles reads names of roles.
func (g *Guest) decodeRoles(c *compact) error {
	if c.flags&RequestNames != 0 || c.count == 0 || c.count > maxPermissions {
		return &input.MemberError{Member: "roles", Reason: "are none or more than 1024"}
	}
	g.names = g.names[:0]
	for range c.count {
		var s [1][2]int
		if !c.spans(s[:]) {
			return errShape
		}
		g.names = append(g.names, c.text(s[0]))
	}
	return c.end()
}
