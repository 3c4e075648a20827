// Package tables is the compiled policy as binary decision tables: fixed-width little-endian sections
// without pointers, used in place.
//
// [Build] writes them from a [policy.Model], [Open] proves them: after it, every offset, count and
// index that reading follows is in bounds, every set is sorted and every hash is right, whatever the
// bytes came from. FORMAT.md numbers the rules of the layout.
//
// The tables answer two questions by key. [Tables.Subject] finds who asks and what they hold;
// [Tables.Cell] finds who is granted or denied one pattern. A decision is a few of the second, each
// intersected with the first; package runtime/table does that.
package tables

import (
	"encoding/binary"
	"math/bits"

	"github.com/lictor-dev/lictor/bundles/internal/load"
	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/value"
)

// Tables are proven decision tables. They are immutable and safe for concurrent use; they share the
// memory given to [Open], which must not change while they are in use.
type Tables struct {
	format       uint32
	seed         uint64
	sections     [sectionCount][]byte
	cells        []byte
	directory    []byte
	cellShift    uint8
	subjects     []byte
	subjectDir   []byte
	subjectShift uint8
	far          bool   // see Far
	subjectIndex *index // nil unless they are far
	cellIndex    *index // likewise

	home       string // the project's namespace, which most requests are in
	homeNumber uint16
	namespaces map[string]uint16
	types      map[string]uint16
	typeNames  []string // by number
	conditions []policy.Condition
	rego       []policy.Rego
	routes     []policy.Route
}

// Grammar returns the grammar that requests must be parsed in.
func (t *Tables) Grammar() permission.Grammar {
	g := permission.Grammar{Namespace: t.home}
	if t.meta(metaCase) == 1 {
		g.Case = permission.Insensitive
	}
	return g
}

// Format returns the number of the format that the tables are in.
func (t *Tables) Format() int { return int(t.format) }

// Size returns the length of the tables in bytes.
func (t *Tables) Size() int {
	n := sectionsStart
	for _, s := range t.sections {
		n += len(s) + padding(len(s))
	}
	return n
}

// meta returns a field of secMeta, 0 where the format has none.
func (t *Tables) meta(field int) uint32 {
	if field >= metaFieldsOf[t.format] {
		return 0
	}
	return load.U32(t.sections[secMeta], 4*field)
}

// refText returns the text of record i of a section of plain refs.
func (t *Tables) refText(section int, i uint32) string {
	return t.text(t.sections[section][refSize*int(i):])
}

// text returns the text that the ref at the start of b points to.
func (t *Tables) text(b []byte) string {
	at, n := int(load.U32(b, 0)), int(load.U32(b, 4))
	return stringOf(t.sections[secText][at : at+n])
}

// list returns the items of the u32 list at index i of secLists, as bytes.
func (t *Tables) list(i uint32) []byte {
	lists := t.sections[secLists]
	at := 4 * int(i)
	n := int(load.U32(lists, at))
	return lists[at+4:][: 4*n : 4*n]
}

// Hashes holds the hashes of the parts of an atom; HashPart fills it, Cell uses it.
type Hashes = [permission.MaxParts]uint64

// HashPart returns the hash of one part's value.
func (t *Tables) HashPart(value string) uint64 { return hashText(t.seed, value) }

// Namespace returns the number of a namespace, false when no policy is in it.
func (t *Tables) Namespace(name string) (uint16, bool) {
	if name == t.home {
		return t.homeNumber, true
	}
	n, ok := t.namespaces[name]
	return n, ok
}

// Cell is what the tables hold under one key: groups of holders, read in place.
type Cell struct {
	at     uint32 // word offset, the cell's identity
	groups uint16
	b      []byte // the groups
}

// HashKey returns the hash of a pattern as [Tables.FetchCell] takes it.
func (t *Tables) HashKey(namespace, mask uint16, hashes *Hashes) uint64 {
	return hashKey(t.seed, namespace, mask, hashes)
}

// Cell finds the cell of a pattern: the values of parts that mask names, in a namespace. Hashes of
// those parts must be filled in.
func (t *Tables) Cell(namespace, mask uint16, hashes *Hashes, parts *[permission.MaxParts]string) (Cell, bool) {
	h := hashKey(t.seed, namespace, mask, hashes)
	at, end := t.bucket(h)
	for head := cellHeadOf(namespace, mask, h); at < end; {
		cell := t.cells[4*at:]
		if load.U64(cell, cellHash) == head && keyEqual(cell, mask, parts) {
			return cellOf(cell, at), true
		}
		at += int(load.U32(cell, cellWords))
	}
	return Cell{}, false
}

// bucket returns the word offsets of the first cell that may have hash h and of the end; the same where
// the filter says that there is none.
func (t *Tables) bucket(h uint64) (at, end int) {
	if t.cellIndex != nil {
		return t.cellIndex.filtered(int(h>>t.cellShift), h)
	}
	bucket := bucketSize * int(h>>t.cellShift)
	row := load.U64(t.directory, bucket)
	if uint32(row>>32)&filterBit(h) == 0 {
		return 0, 0
	}
	return int(uint32(row)), int(load.U32(t.directory, bucket+bucketSize))
}

// cellHeadOf returns the first 8 bytes of a cell.
func cellHeadOf(space, mask uint16, h uint64) uint64 {
	return uint64(uint32(h)) | uint64(mask)<<32 | uint64(space)<<48
}

// cellOf returns the cell at word offset at.
func cellOf(cell []byte, at int) Cell {
	body := cellHead + 4*words(int(load.U16(cell, cellKeySize)))
	return Cell{at: uint32(at), groups: load.U16(cell, cellGroups), b: cell[body : 4*int(load.U32(cell, cellWords))]}
}

// keyEqual reports whether the cell's key is the values of parts under mask.
func keyEqual(cell []byte, mask uint16, parts *[permission.MaxParts]string) bool {
	at, end := cellHead, cellHead+int(load.U16(cell, cellKeySize))
	for m := mask; m != 0; m &= m - 1 {
		part := parts[bits.TrailingZeros16(m)]
		if end-at < 2+len(part) || int(load.U16(cell, at)) != len(part) || !load.HoldsText(cell, at+2, part) {
			return false
		}
		at += 2 + len(part)
	}
	return at == end
}

// named finds the cell of a name in one of the spaces beyond the namespaces: Cell for a key of one part.
func (t *Tables) named(space uint16, name string) (Cell, bool) {
	h := hashName(t.seed, space, name)
	at, end := t.bucket(h)
	for head := cellHeadOf(space, 1, h); at < end; {
		cell := t.cells[4*at:]
		if load.U64(cell, cellHash) == head && int(load.U16(cell, cellHead)) == len(name) && load.HoldsText(cell, cellHead+2, name) {
			return cellOf(cell, at), true
		}
		at += int(load.U32(cell, cellWords))
	}
	return Cell{}, false
}

// Role finds the one group of holders that hold the named role.
func (t *Tables) Role(name string) (Set, bool) {
	c, ok := t.named(spaceRole, name)
	if !ok {
		return Set{}, false
	}
	groups := c.Groups()
	return groups.Group().Holders(), true
}

// Organisation returns the index of an organisation's code.
func (t *Tables) Organisation(code string) (policy.OrganisationIndex, bool) {
	c, ok := t.named(spaceOrganisation, code)
	if !ok {
		return policy.NoOrganisation, false
	}
	return policy.OrganisationIndex(load.U32(c.b, 0)), true
}

// Object returns the stored properties of a known instance.
func (t *Tables) Object(namespace, resourceType, id string) value.Value {
	parts := [permission.MaxParts]string{namespace, resourceType, id}
	hashes := Hashes{t.HashPart(namespace), t.HashPart(resourceType), t.HashPart(id)}
	c, ok := t.Cell(spaceObject, 7, &hashes, &parts)
	if !ok {
		return nil
	}
	return value.Value(t.sections[secValues][load.U32(c.b, 0):])
}

// ID returns what identifies the cell in [Subject.Directs].
func (c Cell) ID() uint32 { return c.at }

// Groups returns an iterator over the groups of the cell: DENY before ALLOW, unconditional before
// conditional.
func (c Cell) Groups() Groups { return Groups{left: c.groups, b: c.b} }

// Groups iterates over a cell's groups: for g := c.Groups(); g.More(); g.Skip(). It is a plain value and allocates nothing.
type Groups struct {
	left uint16
	b    []byte
}

// Group is a set of holders that have policies of one effect and condition for a pattern, read in place.
type Group []byte

// More reports whether a group is left.
func (g *Groups) More() bool { return g.left > 0 }

// Group returns the first group that is left; there must be one.
func (g *Groups) Group() Group { return Group(g.b) }

// Skip moves behind the first group that is left.
func (g *Groups) Skip() {
	if g.left--; g.left > 0 {
		g.b = behind(g.b)
	}
}

// behind returns what follows the group at the start of b.
func behind(b []byte) []byte { return b[groupHead+setSize(b[groupSetKind], b, groupHead):] }

// Effect returns what the policies of the group decide.
func (g Group) Effect() policy.Effect { return policy.Effect(g[groupEffect]) }

// Tag returns the mask of the pattern as far as it is in keys; see [Tables.Shapes].
func (g Group) Tag() uint16 { return load.U16(g, groupTag) }

// Condition returns the condition of the group's policies.
func (g Group) Condition() policy.ConditionID { return policy.ConditionID(load.U32(g, groupCondition)) }

// Residual returns what [Tables.Residual] compares; 0 for nothing.
func (g Group) Residual() uint32 { return load.U32(g, groupResidual) }

// Holders returns who has the policies.
func (g Group) Holders() Set { return Set{kind: g[groupSetKind], b: g[groupHead:]} }

// Origin returns the lowest policy through which holder, one of the group's, is in the group.
func (t *Tables) Origin(g Group, holder uint32) policy.ID {
	at := int(load.U32(g, groupOrigin)) + g.Holders().Rank(holder)
	return policy.ID(load.U32(t.sections[secOrigins], 4*at))
}

// Residual reports whether an atom agrees with the parts of a long DENY that are not in its key:
// each is absent or a wildcard in the atom, or has the same value.
func (t *Tables) Residual(residual uint32, a *permission.Atom) bool {
	if residual == 0 {
		return true
	}
	for items := t.list(residual); len(items) > 0; items = items[12:] {
		if v := a.Parts[load.U32(items, 0)]; v != "" && v != t.text(items[4:]) {
			return false
		}
	}
	return true
}

// Shape is a set of parts that keys are made of.
type Shape struct {
	Mask uint16
	Deny bool // the mask of DENY policies; otherwise of ALLOW policies
}

// Shapes returns every shape that occurs, sorted by mask. An ALLOW of mask m stands under the key of m.
// A DENY of mask m stands under the key of every subset of m, tagged m: it touches a request that
// has literal values in the parts r when it stands under the key of m ∩ r.
func (t *Tables) Shapes() []Shape {
	b := t.sections[secShapes]
	shapes := make([]Shape, 0, len(b)/4)
	for ; len(b) > 0; b = b[4:] {
		shapes = append(shapes, Shape{Mask: load.U16(b, 0), Deny: b[2] == 1})
	}
	return shapes
}

// Conditions returns every condition, decoded: the one with id n at n-1.
func (t *Tables) Conditions() []policy.Condition { return t.conditions }

// Rego returns the expressions that only Rego can evaluate, as [policy.Model.Rego] numbers them: the one with
// number n at n-1. Tables of formats 1 and 2 have none.
func (t *Tables) Rego() []policy.Rego { return t.rego }

// Routes returns the route rules, decoded, in the order of [policy.Model.Routes]. Tables of formats 1 and 2
// have none.
func (t *Tables) Routes() []policy.Route { return t.routes }

// OpenRoutes reports whether requests that no route binds are let through.
func (t *Tables) OpenRoutes() bool { return t.meta(metaOpenRoutes) == 1 }

func appendU32(dst []byte, values ...uint32) []byte {
	for _, v := range values {
		dst = binary.LittleEndian.AppendUint32(dst, v)
	}
	return dst
}
