package guest

import (
	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/tables"
	"github.com/lictor-dev/lictor/runtime/decision"
	"github.com/lictor-dev/lictor/runtime/golden"
	"github.com/lictor-dev/lictor/runtime/table"
)

// Flags of an open (rule P3).
const (
	HostVerified = 1 << iota
	HostConditions
	CallersStored
	CallersIgnore
	knownFlags = 1<<iota - 1
)

// policyState is one opened policy.
type policyState struct {
	handle  uint32
	engine  *table.Engine
	grammar permission.Grammar
	callers decision.Callers
	bundle  *identity // nil for tables
	golden  int
}

// identity says which bundle a policy came from.
type identity struct {
	revision, id string
	epoch        uint64
}

// OpenTables opens the first n bytes of the buffer as tables (rule P1) and returns a handle, or an error of rule E1.
func (g *Guest) OpenTables(n, flags uint32) int32 {
	if code := g.checkFlags(flags); code != 0 {
		return int32(code)
	}
	content, code := g.take(n)
	if code != 0 {
		return int32(code)
	}
	p, code := g.open(content, flags)
	if code != 0 {
		return int32(code)
	}
	return g.keep(p)
}

// checkFlags judges flags and whether there is room for one more policy.
func (g *Guest) checkFlags(f uint32) Code {
	switch {
	case f&^uint32(knownFlags) != 0:
		return g.fail(flags, "unknown flags")
	case f&CallersStored != 0 && f&CallersIgnore != 0:
		return g.fail(flags, "callers_stored and callers_ignore exclude each other")
	case f&HostVerified == 0:
		return g.fail(unverified, "the flag host_verified is missing: this module does not know who made a bundle")
	case g.free() < 0:
		return g.fail(limit, "more than 64 policies")
	}
	return 0
}

// free returns a place for a policy, -1 when there is none.
func (g *Guest) free() int {
	for i, p := range g.policies {
		if p == nil {
			return i
		}
	}
	return -1
}

// open makes a policy of tables, with the handle that it will have.
func (g *Guest) open(content []byte, flags uint32) (*policyState, Code) {
	t, err := tables.Open(content)
	if err != nil {
		return nil, g.refuseTables(err)
	}
	p := &policyState{handle: (g.opened+1)%(1<<25)*MaxPolicies + uint32(g.free())}
	if p.handle < MaxPolicies { // 0 is no handle
		p.handle += MaxPolicies
	}
	var asked decision.Conditions
	if flags&HostConditions != 0 {
		asked = hostConditions{g.host.Condition, p.handle}
	}
	if p.engine, err = table.NewWith(t, asked); err != nil {
		return nil, g.refuseTables(err)
	}
	p.grammar = p.engine.Grammar()
	switch {
	case flags&CallersStored != 0:
		p.callers = decision.Stored
	case flags&CallersIgnore != 0:
		p.callers = decision.Ignore
	}
	return p, 0
}

// hostConditions asks the host (rule C1).
type hostConditions struct {
	ask    func(handle uint32, rule string, environment []byte) int32
	handle uint32
}

// Condition implements [decision.Conditions].
func (c hostConditions) Condition(rule string, environment []byte) decision.Truth {
	switch c.ask(c.handle, rule, environment) {
	case 1:
		return decision.False
	case 2:
		return decision.True
	default:
		return decision.Unknown
	}
}

// keep makes a policy known by its handle.
func (g *Guest) keep(p *policyState) int32 {
	g.policies[p.handle%MaxPolicies] = p
	g.opened++
	return int32(p.handle)
}

// policy returns the policy of a handle, nil for none.
func (g *Guest) policy(handle uint32) *policyState {
	if p := g.policies[handle%MaxPolicies]; p != nil && p.handle == handle {
		return p
	}
	return nil
}

// Close gives a policy up (rule P5).
func (g *Guest) Close(h uint32) int32 {
	if g.policy(h) == nil {
		return int32(g.unknownHandle())
	}
	g.policies[h%MaxPolicies] = nil
	return 0
}

func (g *Guest) unknownHandle() Code { return g.fail(handle, "no policy has this handle") }

// Prove puts the golden decisions in the first n bytes of the buffer to a policy (rule P4).
func (g *Guest) Prove(h, n uint32) int32 {
	p := g.policy(h)
	if p == nil {
		return int32(g.unknownHandle())
	}
	content, code := g.take(n)
	if code == 0 {
		code = g.prove(p, content)
	}
	return int32(code)
}

// prove puts the golden decisions of a bundle to a policy.
func (g *Guest) prove(p *policyState, content []byte) Code {
	tests, err := golden.Decode(content, p.engine.Grammar())
	if err != nil {
		return g.fail(damaged, err.Error())
	}
	if err := golden.Check(p.engine, tests); err != nil {
		return g.fail(goldenDiffers, err.Error())
	}
	p.golden = len(tests)
	return 0
}
