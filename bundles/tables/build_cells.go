package tables

import (
	"cmp"
	"encoding/binary"
	"math"
	"math/bits"
	"slices"

	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/policy"
)

// denyKeyed is how many literal parts of a DENY are in its keys: each doubles their number. Further
// parts are compared one by one (residual).
const denyKeyed = 4

// entry says that a holder is in a group of a key through a policy.
type entry struct {
	key, group, holder uint32
	id                 policy.ID
}

// direct says that a subject has a policy of its own under a key.
type direct struct {
	subject, key, term uint32
	id                 policy.ID
}

// groupKey is what makes policies one group of a cell.
type groupKey struct {
	effect    policy.Effect
	tag       uint16
	condition policy.ConditionID
	residual  uint32
}

// keyTable numbers keys in order of appearance. A name is space, mask and parts as they stand in a cell.
type keyTable struct {
	index   map[string]uint32
	names   []string
	hashes  []uint64
	payload []uint32 // of keys in spaces without groups
}

func (b *builder) key(space, mask uint16, parts *[permission.MaxParts]string) uint32 {
	var buf [512]byte
	name := binary.LittleEndian.AppendUint16(buf[:0], mask)
	name = binary.LittleEndian.AppendUint16(name, space)
	var hashes Hashes
	for m := mask; m != 0; m &= m - 1 {
		i := bits.TrailingZeros16(m)
		name = binary.LittleEndian.AppendUint16(name, uint16(len(parts[i])))
		name = append(name, parts[i]...)
		hashes[i] = hashText(b.seed, parts[i])
	}
	k, ok := b.keys.index[string(name)]
	if !ok {
		b.longName(len(name))
		k = uint32(len(b.keys.names))
		text := string(name)
		b.keys.index[text] = k
		b.keys.names = append(b.keys.names, text)
		b.keys.hashes = append(b.keys.hashes, hashKey(b.seed, space, mask, &hashes))
		b.keys.payload = append(b.keys.payload, none)
	}
	return k
}

// policies enters every policy of a role or entitlement under its keys, for every holder that is it.
func (b *builder) policies() {
	for i := range b.m.Policies {
		p := &b.m.Policies[i]
		if p.Owner == policy.OwnedBySubject {
			continue
		}
		members := b.members[p.OwnerIndex]
		b.eachKey(p, func(key uint32, g groupKey) {
			group := b.group(g)
			for _, h := range members {
				b.entries = append(b.entries, entry{key: key, group: group, holder: h, id: policy.ID(i + 1)})
			}
		})
	}
}

func (b *builder) group(g groupKey) uint32 {
	n, ok := b.groups[g]
	if !ok {
		n = uint32(len(b.kinds))
		b.groups[g] = n
		b.kinds = append(b.kinds, g)
	}
	return n
}

// eachKey calls f for every key that a policy stands under (Tables.Shapes says which those are).
func (b *builder) eachKey(p *policy.Policy, f func(key uint32, g groupKey)) {
	space := b.namespaces[p.Permission.Namespace()]
	var a permission.Atom
	for i := range p.Permission.Atoms() {
		p.Permission.Atom(i, &a)
		mask := literalParts(&a)
		g := groupKey{effect: p.Effect, tag: mask, condition: p.Condition}
		if p.Effect == policy.Allow {
			b.shapes[Shape{Mask: mask}] = struct{}{}
			f(b.key(space, mask, &a.Parts), g)
			continue
		}
		g.tag = lowest(mask, denyKeyed)
		g.residual = b.residual(mask&^g.tag, &a)
		b.shapes[Shape{Mask: g.tag, Deny: true}] = struct{}{}
		for sub := g.tag; ; sub = (sub - 1) & g.tag {
			f(b.key(space, sub, &a.Parts), g)
			if sub == 0 {
				break
			}
		}
	}
}

func literalParts(a *permission.Atom) (mask uint16) {
	for i, v := range a.Parts[:a.Len] {
		if v != "" {
			mask |= 1 << i
		}
	}
	return mask
}

// lowest returns the n lowest bits of mask.
func lowest(mask uint16, n int) uint16 {
	rest := mask
	for ; n > 0 && rest != 0; n-- {
		rest &= rest - 1
	}
	return mask &^ rest
}

func (b *builder) residual(mask uint16, a *permission.Atom) uint32 {
	var items []uint32
	for ; mask != 0; mask &= mask - 1 {
		i := bits.TrailingZeros16(mask)
		items = append(items, uint32(i), b.text(a.Parts[i]), uint32(len(a.Parts[i])))
	}
	return b.list(items)
}

// roles enters a cell for each role that says who holds it.
func (b *builder) roles() {
	group := b.group(groupKey{tag: 1})
	for i, h := range b.m.Holders {
		if h.Kind != policy.Role {
			continue
		}
		key := b.key(spaceRole, 1, &[permission.MaxParts]string{h.Name})
		for _, m := range b.members[i] {
			b.entries = append(b.entries, entry{key: key, group: group, holder: m})
		}
	}
}

// directPolicies gathers the policies that subjects have of their own.
func (b *builder) directPolicies() {
	for s := range b.m.Subjects {
		for _, id := range b.m.Subjects[s].Policies {
			p := b.m.Policy(id)
			b.eachKey(p, func(key uint32, g groupKey) {
				term := b.term(Term{Effect: g.effect, Tag: g.tag, Condition: g.condition, Residual: g.residual, Validity: p.Validity})
				b.directs = append(b.directs, direct{subject: uint32(s), key: key, term: term, id: id})
			})
		}
	}
}

func (b *builder) term(t Term) uint32 {
	n, ok := b.terms[t]
	if !ok {
		n = uint32(len(b.terms))
		b.terms[t] = n
		row := appendU32(nil, uint32(t.Effect)|uint32(t.Tag)<<16, uint32(t.Condition), t.Residual, uint32(t.Validity.Organisation+1))
		row = binary.LittleEndian.AppendUint64(row, uint64(t.Validity.From))
		row = binary.LittleEndian.AppendUint64(row, uint64(t.Validity.To))
		b.sections[secTerms] = append(b.sections[secTerms], row...)
	}
	return n
}

// lookups enters organisations and objects.
func (b *builder) lookups() {
	for i, o := range b.m.Organisations {
		key := b.key(spaceOrganisation, 1, &[permission.MaxParts]string{o.Code})
		b.keys.payload[key] = uint32(i)
	}
	for i := range b.m.Objects {
		o := &b.m.Objects[i]
		key := b.key(spaceObject, 7, &[permission.MaxParts]string{o.Namespace, o.Type, o.ID})
		b.keys.payload[key] = b.value(o.Properties)
	}
}

// writeCells sorts keys by hash into buckets and writes their cells.
func (b *builder) writeCells() {
	b.sortEntries()
	first := b.entriesByKey()
	order := byHash(b.keys.hashes)
	dir := newDirectory(len(order))
	b.cellAt = make([]uint32, len(order))
	cells := lines{wordsAt: cellWords}
	for _, k := range order {
		at := cells.add(b.cell(k, b.entries[first[k]:first[k+1]]))
		b.cellAt[k] = at
		dir.add(b.keys.hashes[k], at)
	}
	b.sections[secCells] = cells.b
	starts, filters := dir.finish(uint32(len(b.sections[secCells]) / 4))
	b.longest = max(b.longest, dir.longest)
	for i := range starts {
		b.append(secDirectory, starts[i], filters[i])
	}
}

// sortEntries orders entries by key, then groups as a cell lists them, then holder, and keeps the lowest
// policy of each.
func (b *builder) sortEntries() {
	rank := make([]uint32, len(b.kinds))
	order := make([]uint32, len(b.kinds))
	for i := range order {
		order[i] = uint32(i)
	}
	slices.SortFunc(order, func(x, y uint32) int { return compareGroups(b.kinds[x], b.kinds[y]) })
	for r, g := range order {
		rank[g] = uint32(r)
	}
	slices.SortFunc(b.entries, func(x, y entry) int {
		return cmp.Or(cmp.Compare(x.key, y.key), cmp.Compare(rank[x.group], rank[y.group]),
			cmp.Compare(x.holder, y.holder), cmp.Compare(x.id, y.id))
	})
	b.entries = slices.CompactFunc(b.entries, func(x, y entry) bool {
		return x.key == y.key && x.group == y.group && x.holder == y.holder
	})
}

// compareGroups puts DENY before ALLOW and unconditional before conditional.
func compareGroups(x, y groupKey) int {
	return cmp.Or(-cmp.Compare(x.effect, y.effect), cmp.Compare(x.condition, y.condition),
		cmp.Compare(x.tag, y.tag), cmp.Compare(x.residual, y.residual))
}

// entriesByKey returns where each key's entries start, and one end more.
func (b *builder) entriesByKey() []int {
	first := make([]int, len(b.keys.names)+1)
	for _, e := range b.entries {
		first[e.key+1]++
	}
	for i := 1; i < len(first); i++ {
		first[i] += first[i-1]
	}
	return first
}

// cell encodes the cell of a key, without its count of words.
func (b *builder) cell(key uint32, entries []entry) []byte {
	name := b.keys.names[key]
	out := appendU32(b.record[:0], uint32(b.keys.hashes[key]))
	out = append(out, name[:4]...)
	out = binary.LittleEndian.AppendUint16(out, uint16(len(name)-4))
	out = append(out, 0, 0, 0, 0, 0, 0) // groups and words, below
	out = append(out, name[4:]...)
	out = pad(out)
	if b.keys.payload[key] != none {
		out = appendU32(out, b.keys.payload[key])
	}
	groups := 0
	for len(entries) > 0 {
		n := 1
		for n < len(entries) && entries[n].group == entries[0].group {
			n++
		}
		out = b.appendGroup(out, entries[:n])
		entries = entries[n:]
		groups++
	}
	b.crowded = b.crowded || groups > math.MaxUint16
	binary.LittleEndian.PutUint16(out[cellGroups:], uint16(groups))
	b.record = out
	return out
}

func (b *builder) appendGroup(out []byte, entries []entry) []byte {
	g := b.kinds[entries[0].group]
	holders := make([]uint32, len(entries))
	origin := uint32(len(b.sections[secOrigins]) / 4)
	for i, e := range entries {
		holders[i] = e.holder
		b.append(secOrigins, uint32(e.id))
	}
	head := len(out)
	out = append(out, byte(g.effect), 0)
	out = binary.LittleEndian.AppendUint16(out, g.tag)
	out = appendU32(out, uint32(g.condition), origin, g.residual)
	out, kind := appendSet(out, holders)
	out[head+groupSetKind] = kind
	return out
}

func pad(b []byte) []byte {
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

// byHash returns the indexes of hashes in ascending order of hash.
func byHash(hashes []uint64) []uint32 {
	order := make([]uint32, len(hashes))
	for i := range order {
		order[i] = uint32(i)
	}
	slices.SortFunc(order, func(x, y uint32) int { return cmp.Or(cmp.Compare(hashes[x], hashes[y]), cmp.Compare(x, y)) })
	return order
}
