package table

import "github.com/lictor-dev/lictor/bundles/tables"

// planned is how many parts the prepared plans cover; deeper policies are planned per request.
const planned = 8

// probe is one look-up: the key of the parts in mask, and whether a DENY may stand there.
type probe struct {
	mask uint16
	deny bool
}

// plan says which look-ups answer an atom, by the parts in which it has literal values. DENY probes
// come first, so that an atom without them is done at its first ALLOW.
type plan struct {
	shapes []tables.Shape
	used   uint16 // parts that any shape names
	byMask [][]probe
}

func newPlan(shapes []tables.Shape) plan {
	p := plan{shapes: shapes}
	for _, s := range shapes {
		p.used |= s.Mask
	}
	if p.used < 1<<planned {
		p.byMask = make([][]probe, p.used+1)
		for literal := range p.byMask {
			p.byMask[literal] = p.compute(nil, uint16(literal))
		}
	}
	return p
}

// probes returns the look-ups for an atom with the given literal parts, which the plan's used parts
// bound. Where nothing is prepared they are appended to buf.
func (p *plan) probes(buf []probe, literal uint16) []probe {
	if literal &= p.used; p.byMask != nil {
		return p.byMask[literal]
	}
	return p.compute(buf, literal)
}

func (p *plan) compute(list []probe, literal uint16) []probe {
	for _, s := range p.shapes {
		if s.Deny {
			list = addProbe(list, probe{mask: s.Mask & literal, deny: true})
		}
	}
	for _, s := range p.shapes {
		if !s.Deny && s.Mask&^literal == 0 {
			list = addProbe(list, probe{mask: s.Mask})
		}
	}
	return list
}

// addProbe merges p into the probe of the same key, if there is one.
func addProbe(list []probe, p probe) []probe {
	for i := range list {
		if list[i].mask == p.mask {
			list[i].deny = list[i].deny || p.deny
			return list
		}
	}
	return append(list, p)
}
