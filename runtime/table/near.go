package table

import (
	"hash/maphash"
	"slices"
	"sort"

	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/tables"
)

// nearSearched is how many policies [Engine.Near] looks at, so that an explanation takes milliseconds at most.
const nearSearched = 4096

// near is an ALLOW policy and how close it comes to an atom.
type near struct {
	id    policy.ID
	parts int // parts of the atom that it covers
}

// closer reports whether a comes before b in an explanation.
func closer(a, b near) bool { return a.parts > b.parts || a.parts == b.parts && a.id < b.id }

// Near implements [decision.Catalog]. Of policies that can imply something on the atom's resource it looks at the first
// [nearSearched], those with a wildcard in the place of the resource before others.
func (e *Engine) Near(a *permission.Atom, limit int) []policy.ID {
	index := e.grants()
	var closest []near
	var p permission.Permission
	searched := 0
	for _, ids := range [][]uint64{index.on(anyValue), index.on(index.hash(a.Parts[0]))} {
		for _, entry := range ids[:min(len(ids), nearSearched-searched)] {
			searched++
			id := policy.ID(uint32(entry))
			if !e.t.PolicyPermission(id, e.grammar, &p) {
				continue
			}
			if n := covered(&p, a); n > 0 {
				closest = insert(closest, near{id, n}, limit)
			}
		}
	}
	ids := make([]policy.ID, len(closest))
	for i, n := range closest {
		ids[i] = n.id
	}
	return ids
}

// insert puts n where it belongs among the closest, of which limit are kept.
func insert(closest []near, n near, limit int) []near {
	at := len(closest)
	for at > 0 && closer(n, closest[at-1]) {
		at--
	}
	if at == limit {
		return closest
	}
	return slices.Insert(closest[:min(len(closest), limit-1)], at, n)
}

// covered returns how many parts of the atom a grant covers, 0 when its resource is another.
func covered(grant *permission.Permission, a *permission.Atom) int {
	if grant.Namespace() != a.Namespace {
		return 0
	}
	n := 0
	for i := range max(a.Len, grant.Len()) {
		if i >= grant.Len() || grant.Wild(i) || slices.Contains(grant.Values(i), a.Parts[i]) {
			n++
		} else if i == 0 {
			return 0
		}
	}
	return n
}

// anyValue stands where hashes of values do.
const anyValue = 0

// grants finds the ALLOW policies of roles and entitlements by the first part of what they grant. Entries are the hash
// of a value of that part in the upper half and the policy's id in the lower, ascending. Values of the same hash stand together.
type grants struct {
	seed    maphash.Seed
	entries []uint64
}

func newGrants(t *tables.Tables) *grants {
	g := &grants{seed: maphash.MakeSeed()}
	grammar := t.Grammar()
	var p permission.Permission
	for id := policy.ID(1); int(id) <= t.Policies(); id++ {
		row := t.Policy(id)
		if row.Effect != policy.Allow || row.Owner == policy.OwnedBySubject || !t.PolicyPermission(id, grammar, &p) {
			continue
		}
		if p.Wild(0) {
			g.add(anyValue, id)
			continue
		}
		for _, value := range p.Values(0) {
			g.add(g.hash(value), id)
		}
	}
	sort.Sort(ascending(g.entries))
	return g
}

func (g *grants) add(hash uint32, id policy.ID) {
	g.entries = append(g.entries, uint64(hash)<<32|uint64(id))
}

// hash is never [anyValue].
func (g *grants) hash(value string) uint32 { return max(1, uint32(maphash.String(g.seed, value))) }

// on returns the entries with a hash.
func (g *grants) on(hash uint32) []uint64 {
	rest := g.entries[g.from(uint64(hash)<<32):]
	if hash == ^uint32(0) {
		return rest
	}
	return rest[:g.from(uint64(hash+1)<<32)-(len(g.entries)-len(rest))]
}

// from returns the index of the first entry that is not below e.
func (g *grants) from(e uint64) int {
	return sort.Search(len(g.entries), func(i int) bool { return g.entries[i] >= e })
}

// ascending sorts by [sort.Sort], because what [slices.Sort] makes for one more type is half a percent of the guest.
type ascending []uint64

func (a ascending) Len() int           { return len(a) }
func (a ascending) Swap(i, j int)      { a[i], a[j] = a[j], a[i] }
func (a ascending) Less(i, j int) bool { return a[i] < a[j] }
