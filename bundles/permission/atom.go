package permission

import "math/bits"

// Atom is a permission with exactly one value, or the wildcard, in each part. A wildcard part and a
// part beyond Len hold the empty string, which is never a value.
type Atom struct {
	Namespace string
	Parts     [MaxParts]string
	Len       int
}

// Atoms returns the number of atoms p expands to: the product of its parts' numbers of values, where a
// wildcard counts as one. It is between 1 and [MaxAtoms] for a parsed permission.
func (p *Permission) Atoms() int {
	if p.single() {
		return 1
	}
	n := 1
	for i := range int(p.n) {
		n *= max(1, len(p.Values(i)))
	}
	return n
}

// single reports whether p has one value, or the wildcard, in each part, as nearly always.
func (p *Permission) single() bool { return len(p.values)+bits.OnesCount16(p.wild) == int(p.n) }

// Atom writes the atom with index i, 0 ≤ i < p.Atoms(), to dst. Indexes count through the sorted
// values with the last part changing fastest; that is the order in which a decision names the first
// atom that is not allowed.
func (p *Permission) Atom(i int, dst *Atom) {
	dst.Namespace = p.namespace
	if dst.Len > int(p.n) {
		clear(dst.Parts[int(p.n):dst.Len])
	}
	dst.Len = int(p.n)
	if p.wild == 0 && p.single() {
		for part, v := range p.values {
			dst.Parts[part&(MaxParts-1)] = v
		}
		return
	}
	for part := int(p.n) - 1; part >= 0; part-- {
		switch values := p.Values(part); len(values) {
		case 0:
			dst.Parts[part] = ""
		case 1: // nearly always, and a division takes longer than all else here
			dst.Parts[part] = values[0]
		default:
			dst.Parts[part] = values[i%len(values)]
			i /= len(values)
		}
	}
}

// SetAtom makes p the permission that has a as its only atom, in reused storage.
func (p *Permission) SetAtom(a *Atom) {
	p.reset()
	p.namespace, p.n = a.Namespace, uint8(a.Len)
	for i, v := range a.Parts[:a.Len] {
		if v == "" {
			p.wild |= 1 << i
		} else {
			p.values = append(p.values, v)
		}
		p.ends[i] = uint16(len(p.values))
	}
}

// ImpliesAtom reports whether grant covers the single atom a, as [Implies] does.
func ImpliesAtom(grant *Permission, a *Atom) bool {
	if grant.namespace != a.Namespace {
		return false
	}
	for i := range int(grant.n) {
		if !grant.Wild(i) && !holds(grant.Values(i), a.Parts[i]) {
			return false
		}
	}
	return true
}

// OverlapsAtom reports whether deny touches the single atom a, as [Overlaps] does.
func OverlapsAtom(deny *Permission, a *Atom) bool {
	if deny.namespace != a.Namespace {
		return false
	}
	for i := range int(deny.n) {
		if !deny.Wild(i) && a.Parts[i] != "" && !holds(deny.Values(i), a.Parts[i]) {
			return false
		}
	}
	return true
}

func holds(values []string, v string) bool {
	for _, w := range values {
		if w == v {
			return true
		}
	}
	return false
}
