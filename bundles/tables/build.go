package tables

import (
	"encoding/binary"
	"errors"
	"math"

	"github.com/lictor-dev/lictor/bundles/policy"
)

// ErrTooLarge says that a model does not fit the format: more than 65,280 namespaces, 65,535 subject
// types, 65,535 different conditions and deep parts of policies that one request could meet, 4 GiB of
// text or values, 16 GiB of cells or subjects, or 16 MiB of route rules.
var ErrTooLarge = errors.New("policy too large for decision tables")

// longestBucket is how many keys a bucket may hold before the writer tries another seed.
const longestBucket = 32

// Build writes the decision tables of m, which must be canonical. The same model gives the same bytes.
// The error is [ErrTooLarge], wrapped.
func Build(m *policy.Model) ([]byte, error) {
	for seed := uint64(1); ; seed++ {
		b := newBuilder(m, seed*k0)
		if err := b.run(); err != nil {
			return nil, err
		}
		if b.longest <= longestBucket || seed == 8 {
			return b.file(), nil
		}
	}
}

// builder writes one file. Each step fills sections that later steps refer to.
type builder struct {
	m        *policy.Model
	seed     uint64
	sections [sectionCount][]byte
	longest  int // keys in the fullest bucket
	tooLong  bool
	crowded  bool // a cell has more groups than it can count

	texts      map[string]uint32 // where a text stands in secText
	namespaces map[string]uint16
	types      map[string]uint16
	lists      map[string]uint32
	rego       map[string]uint32 // position of a text among those that only Rego can evaluate

	birthAny   map[string]uint32 // birthright holder of unknown subjects of a type
	birthKnown map[string]uint32 // birthright holder of stored subjects of a type
	closures   [][]uint32        // for each holder, birthright holders included: the named holders it is
	members    [][]uint32        // for each named holder: the holders that are it

	keys    keyTable
	entries []entry
	groups  map[groupKey]uint32
	kinds   []groupKey
	shapes  map[Shape]struct{}
	terms   map[Term]uint32
	cellAt  []uint32 // word offset of each key's cell
	directs []direct
	record  []byte // the one being encoded

	routeWords int // in the lists of routes
}

func newBuilder(m *policy.Model, seed uint64) *builder {
	return &builder{
		m: m, seed: seed,
		texts: map[string]uint32{}, namespaces: map[string]uint16{}, types: map[string]uint16{}, lists: map[string]uint32{}, rego: map[string]uint32{},
		birthAny: map[string]uint32{}, birthKnown: map[string]uint32{},
		keys:   keyTable{index: map[string]uint32{}},
		groups: map[groupKey]uint32{}, shapes: map[Shape]struct{}{}, terms: map[Term]uint32{},
	}
}

func (b *builder) run() error {
	b.sections[secLists] = appendU32(nil, 0) // list 0 is empty
	if err := b.names(); err != nil {
		return err
	}
	b.holders()
	b.policies()
	b.roles()
	b.directPolicies()
	b.lookups()
	b.writeCells()
	b.writeShapes()
	b.writeSubjects()
	b.writePolicies()
	b.writeHolders()
	b.writeConditions()
	b.writeScopes()
	b.writeResources()
	b.writeRoutes()
	b.writeMeta()
	return b.fits()
}

// longName notes a key or id whose length does not fit its field.
func (b *builder) longName(n int) { b.tooLong = b.tooLong || n >= math.MaxUint16 }

func (b *builder) fits() error {
	if b.tooLong || len(b.types) >= math.MaxUint16 {
		return fault(ErrTooLarge, "a name of 65535 bytes, or as many subject types")
	}
	if b.crowded {
		return fault(ErrTooLarge, "more than "+number(math.MaxUint16)+
			" policies that differ only in conditions or beyond their first "+number(denyKeyed)+" parts")
	}
	if b.routeWords > maxRouteWords {
		return fault(ErrTooLarge, "route rules of "+number(b.routeWords)+" words")
	}
	for i, s := range b.sections {
		limit := uint64(math.MaxUint32)
		if i == secCells || i == secSubjects {
			limit *= 4 // counted in words
		}
		if uint64(len(s)) >= limit {
			return fault(ErrTooLarge, "section "+number(i)+" of "+number(len(s))+" bytes")
		}
	}
	return nil
}

// file joins the sections, each starting on a cache line, behind the header.
func (b *builder) file() []byte {
	at := sectionsStart
	size := at
	for _, s := range b.sections {
		size += len(s) + padding(len(s))
	}
	out := make([]byte, at, size)
	copy(out, magic)
	binary.LittleEndian.PutUint32(out[8:], format)
	binary.LittleEndian.PutUint32(out[12:], sectionCount)
	binary.LittleEndian.PutUint64(out[16:], uint64(size))
	binary.LittleEndian.PutUint64(out[24:], b.seed)
	for i, s := range b.sections {
		row := out[headerSize+i*sectionSize:]
		binary.LittleEndian.PutUint64(row, uint64(len(out)))
		binary.LittleEndian.PutUint64(row[8:], uint64(len(s)))
		out = append(out, s...)
		out = append(out, make([]byte, padding(len(s)))...)
	}
	return out
}

// padding returns the bytes that bring n to a whole number of cache lines.
func padding(n int) int { return -n & (cacheLine - 1) }

// text stores s once and returns its offset in secText.
func (b *builder) text(s string) uint32 {
	at, ok := b.texts[s]
	if !ok {
		at = uint32(len(b.sections[secText]))
		b.texts[s] = at
		b.sections[secText] = append(b.sections[secText], s...)
	}
	return at
}

func (b *builder) appendRef(section int, s string) {
	b.sections[section] = appendU32(b.sections[section], b.text(s), uint32(len(s)))
}

func (b *builder) append(section int, values ...uint32) {
	b.sections[section] = appendU32(b.sections[section], values...)
}

// list stores a list of words once and returns its index in secLists.
func (b *builder) list(items []uint32) uint32 {
	if len(items) == 0 {
		return 0
	}
	encoded := appendU32(nil, uint32(len(items)))
	encoded = appendU32(encoded, items...)
	at, ok := b.lists[string(encoded)]
	if !ok {
		at = uint32(len(b.sections[secLists]) / 4)
		b.lists[string(encoded)] = at
		b.sections[secLists] = append(b.sections[secLists], encoded...)
	}
	return at
}

// value stores an encoded value and returns its offset in secValues.
func (b *builder) value(v []byte) uint32 {
	at := uint32(len(b.sections[secValues]))
	b.sections[secValues] = append(b.sections[secValues], v...)
	return at
}

func (b *builder) writeMeta() {
	mode := uint32(b.m.Case)
	b.append(secMeta, uint32(b.namespaces[b.m.Namespace]), mode, uint32(len(b.closures)), uint32(len(b.m.Holders)),
		uint32(len(b.m.Subjects)), uint32(len(b.keys.names)), boolWord(b.m.OpenRoutes))
}

func boolWord(b bool) uint32 {
	if b {
		return 1
	}
	return 0
}
