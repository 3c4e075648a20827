package tables

import (
	"math"
	"unicode/utf8"

	"github.com/lictor-dev/lictor/bundles/internal/load"
)

// CorruptError says why bytes are not valid decision tables.
type CorruptError struct {
	Section string // where, such as "cells"
	Reason  string // what is wrong there
}

func (e *CorruptError) Error() string {
	return "corrupt decision tables: " + e.Section + ": " + e.Reason
}

// FormatError says that tables are of a format this program does not read. Want is the newest that it does.
type FormatError struct{ Got, Want uint32 }

func (e *FormatError) Error() string {
	return "decision tables have format " + number(e.Got) + ", this program reads up to " + number(e.Want)
}

// Offsets and sizes are summed as int, which a proof may rely on only where it has 64 bits: elsewhere this does not compile.
const _ int = 1 << 62

var sectionNames = [sectionCount]string{
	"meta", "text", "namespaces", "types", "shapes", "directory", "cells", "subject directory", "subjects", "terms",
	"origins", "values", "conditions", "policies", "holders", "lists", "scopes", "organisations", "files", "resources",
	"rego", "routes",
}

func corrupt(section int, reason string) error {
	return &CorruptError{Section: sectionNames[section], Reason: reason}
}

// Open proves data to be decision tables and returns them, using data in place. It reads every byte
// once; what it accepts cannot make a later call fail or read out of bounds. The error is a
// [*CorruptError] or a [*FormatError].
func Open(data []byte) (*Tables, error) {
	t := &Tables{}
	if err := t.split(data); err != nil {
		return nil, err
	}
	if err := inOrder(t.proveMeta, t.proveText, t.proveLists, t.proveNames, t.proveRego, t.proveConditions); err != nil {
		return nil, err
	}
	rows := make(chan error, 1)
	go func() { rows <- t.proveRows() }()
	keyed := inOrder(t.proveShapes, t.proveCells, t.proveSubjects)
	if err := <-rows; err != nil {
		return nil, err
	}
	if keyed != nil {
		return nil, keyed
	}
	return t, nil
}

// inOrder runs proofs until one fails. Later ones rely on what earlier ones proved.
func inOrder(proofs ...func() error) error {
	for _, prove := range proofs {
		if err := prove(); err != nil {
			return err
		}
	}
	return nil
}

// split finds the sections behind the header.
func (t *Tables) split(data []byte) error {
	count, err := header(data)
	if err != nil {
		return err
	}
	t.format, t.seed = load.U32(data, 8), load.U64(data, 24)
	start := headerSize + count*sectionSize
	at := uint64(start + padding(start))
	if at > uint64(len(data)) || !isPadding(data[start:at]) {
		return &CorruptError{Section: "header", Reason: "bad padding"}
	}
	for i := range count {
		row := headerSize + i*sectionSize
		offset, n := load.U64(data, row), load.U64(data, row+8)
		if offset != at || n > uint64(len(data))-offset {
			return corrupt(i, "out of bounds")
		}
		t.sections[i] = data[offset : offset+n : offset+n]
		at += n
		for ; at%cacheLine != 0; at++ {
			if at >= uint64(len(data)) || data[at] != 0 {
				return corrupt(i, "bad padding")
			}
		}
	}
	if at != uint64(len(data)) {
		return &CorruptError{Section: "header", Reason: "bytes behind the last section"}
	}
	t.cells, t.directory = t.sections[secCells], t.sections[secDirectory]
	t.subjects, t.subjectDir = t.sections[secSubjects], t.sections[secSubjectDir]
	t.far = fetches && len(t.cells)+len(t.subjects) > fewBytes
	return nil
}

// header proves the fixed part of the header and returns the number of sections.
func header(data []byte) (int, error) {
	if len(data) < headerSize || string(data[:8]) != magic {
		return 0, &CorruptError{Section: "header", Reason: "not decision tables"}
	}
	got := load.U32(data, 8)
	if got == 0 || got > format {
		return 0, &FormatError{Got: got, Want: format}
	}
	count := sectionsOf[got]
	if load.U32(data, 12) != uint32(count) || load.U64(data, 16) != uint64(len(data)) || len(data) < headerSize+count*sectionSize {
		return 0, &CorruptError{Section: "header", Reason: "wrong length or count of sections"}
	}
	return count, nil
}

func (t *Tables) proveMeta() error {
	sizes := map[int]int{
		secMeta: 4, secNamespaces: refSize, secTypes: typeSize, secShapes: 4, secDirectory: bucketSize, secCells: 4,
		secSubjectDir: 4, secSubjects: 4, secTerms: termSize, secOrigins: 4, secPolicies: policySize,
		secHolders: holderSize, secLists: 4, secScopes: scopeSize, secOrgs: refSize, secFiles: refSize, secConditions: 4,
		secResources: resourceSize, secRego: regoSize, secRoutes: routeSize,
	}
	for i, size := range sizes {
		if len(t.sections[i])%size != 0 || len(t.sections[i])/size > math.MaxUint32 {
			return corrupt(i, "not a whole number of records")
		}
	}
	if len(t.sections[secMeta]) != 4*metaFieldsOf[t.format] {
		return corrupt(secMeta, "wrong size")
	}
	if uint64(t.meta(metaNamespace)) >= t.count(secNamespaces, refSize) || t.meta(metaCase) > 1 || t.meta(metaOpenRoutes) > 1 {
		return corrupt(secMeta, "unknown option")
	}
	if uint64(t.meta(metaHolders)) != t.count(secHolders, holderSize) || t.meta(metaNamed) > t.meta(metaHolders) {
		return corrupt(secMeta, "wrong count of holders")
	}
	return nil
}

// count returns the number of records of a size in a section.
func (t *Tables) count(section, size int) uint64 { return uint64(len(t.sections[section]) / size) }

func (t *Tables) proveText() error {
	if !utf8.Valid(t.sections[secText]) {
		return corrupt(secText, "invalid UTF-8")
	}
	return nil
}

// proveRef proves the ref at the start of b.
func (t *Tables) proveRef(section int, b []byte) error {
	at, n := uint64(load.U32(b, 0)), uint64(load.U32(b, 4))
	text := t.sections[secText]
	if at+n > uint64(len(text)) {
		return corrupt(section, "text out of bounds")
	}
	if !atBoundary(text, at) || !atBoundary(text, at+n) {
		return corrupt(section, "text splits a character")
	}
	return nil
}

func atBoundary(text []byte, at uint64) bool {
	return at == uint64(len(text)) || utf8.RuneStart(text[at])
}

// proveLists walks secLists from the start: lists stand one behind the other, the first empty.
func (t *Tables) proveLists() error {
	b := t.sections[secLists]
	if len(b) < 4 || load.U32(b, 0) != 0 {
		return corrupt(secLists, "no empty list")
	}
	for at := uint64(0); at < uint64(len(b)); {
		at += 4 + 4*uint64(load.U32(b, int(at)))
		if at > uint64(len(b)) {
			return corrupt(secLists, "list out of bounds")
		}
	}
	return nil
}

// proveList proves that a list starts at index i and fits, without proving that it is one of the
// writer's, and returns its items.
func (t *Tables) proveList(section int, i uint32) ([]byte, error) {
	b := t.sections[secLists]
	at := 4 * uint64(i)
	if at+4 > uint64(len(b)) || at+4+4*uint64(load.U32(b, int(at))) > uint64(len(b)) {
		return nil, corrupt(section, "list out of bounds")
	}
	return t.list(i), nil
}
