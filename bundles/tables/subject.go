package tables

import (
	"unsafe"

	"github.com/lictor-dev/lictor/bundles/internal/load"
	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/value"
)

// Subject is one stored subject, read in place. The zero Subject holds nothing.
type Subject struct {
	head    []byte // the fixed fields and the id
	Holders Set    // what it holds everywhere and for ever, birthrights included
	extras  []byte // what it holds in an organisation or for a time
	directs []byte
}

// Subject finds a stored subject by its id, whatever its type, and makes s that subject. When there is
// none it returns false and leaves s as it is.
func (t *Tables) Subject(id string, s *Subject) bool {
	h := hashText(t.seed, id)
	at, end := t.subjectBucket(h)
	for at < end {
		b := t.subjects[4*at:]
		if load.U32(b, subjectHash) == uint32(h) && int(load.U16(b, subjectIDLen)) == len(id) && load.HoldsText(b, subjectHead, id) {
			s.decode(b[:4*int(load.U32(b, subjectWords))])
			return true
		}
		at += int(load.U32(b, subjectWords))
	}
	return false
}

// subjectBucket returns the word offsets of the first subject that may have hash h and of the end.
func (t *Tables) subjectBucket(h uint64) (at, end int) {
	bucket := int(h >> t.subjectShift)
	if t.subjectIndex != nil {
		return t.subjectIndex.bucket(bucket)
	}
	row := load.U64(t.subjectDir, 4*bucket)
	return int(uint32(row)), int(row >> 32)
}

// decode splits a whole record into its parts.
func (s *Subject) decode(b []byte) {
	at := subjectHead + 4*words(int(load.U16(b, subjectIDLen)))
	flags := b[subjectFlags]
	if flags&flagProperties != 0 {
		at += 4
	}
	s.head, s.Holders = b[:at], Set{kind: b[subjectSet], b: b[at:]}
	s.extras, s.directs = nil, nil
	if flags&(flagExtras|flagDirects) == 0 {
		return
	}
	at += s.Holders.size()
	if flags&flagExtras != 0 {
		n := extraSize * int(load.U32(b, at))
		s.extras = b[at+4 : at+4+n : at+4+n]
		at += 4 + n
	}
	if flags&flagDirects != 0 {
		n := directSize * int(load.U32(b, at))
		s.directs = b[at+4 : at+4+n : at+4+n]
	}
}

// Known reports whether s is a stored subject, not the zero Subject.
func (s *Subject) Known() bool { return len(s.head) > 0 }

// ID returns the subject's id; it shares the tables' memory.
func (s *Subject) ID() string { return stringOf(s.head[subjectHead:][:load.U16(s.head, subjectIDLen)]) }

// Inactive reports whether the subject is denied everything.
func (s *Subject) Inactive() bool { return s.head[subjectFlags]&flagInactive != 0 }

// SubjectType returns the type of a stored subject.
func (t *Tables) SubjectType(s *Subject) string {
	return t.typeNames[s.TypeNumber()]
}

// HasType reports whether a stored subject has a type.
func (t *Tables) HasType(s *Subject, name string) bool {
	return t.typeNames[s.TypeNumber()] == name
}

// Properties returns the stored properties of a subject, Missing when it has none.
func (t *Tables) Properties(s *Subject) value.Value {
	if len(s.head) == 0 || s.head[subjectFlags]&flagProperties == 0 {
		return nil
	}
	return value.Value(t.sections[secValues][load.U32(s.head, len(s.head)-4):])
}

// Birthright returns the holder that every subject of a type is which the tables do not know, false
// when that type has no birthrights.
func (t *Tables) Birthright(subjectType string) (uint32, bool) {
	i, ok := t.types[subjectType]
	if !ok {
		return 0, false
	}
	h := load.U32(t.sections[secTypes], typeSize*int(i)+refSize)
	return h, h != none
}

// Extra is a holder that a subject is in an organisation or for a time.
type Extra struct {
	Holder   uint32
	Validity policy.Validity
}

// Extras returns the number of the subject's extras.
func (s *Subject) Extras() int { return len(s.extras) / extraSize }

// HasExtras reports whether the subject has extras, which takes no division.
func (s *Subject) HasExtras() bool { return len(s.extras) > 0 }

// Extra returns extra i. They are sorted by organisation, those that count everywhere first.
func (s *Subject) Extra(i int) Extra {
	b := s.extras[extraSize*i:]
	return Extra{Holder: load.U32(b, 4), Validity: policy.Validity{
		Organisation: policy.OrganisationIndex(load.U32(b, 0)) - 1, From: int64(load.U64(b, 8)), To: int64(load.U64(b, 16)),
	}}
}

// HolderAt returns the holder of extra i, false where it does not count in an organisation, at a time.
func (s *Subject) HolderAt(i int, organisation policy.OrganisationIndex, now int64) (uint32, bool) {
	at := extraSize * i
	if in := load.U32(s.extras, at); in != 0 && in != uint32(organisation+1) {
		return 0, false
	}
	return load.U32(s.extras, at+4), int64(load.U64(s.extras, at+8)) <= now && now < int64(load.U64(s.extras, at+16))
}

// fewExtras is up to how many are looked at one after the other, which is faster.
const fewExtras = 4

// ExtrasIn returns the range of extras in an organisation.
func (s *Subject) ExtrasIn(organisation policy.OrganisationIndex) (start, end int) {
	want, n := uint32(organisation+1), len(s.extras)
	if n > fewExtras*extraSize {
		return search(s.extras, extraSize, want), search(s.extras, extraSize, want+1)
	}
	for at := 0; at < n && load.U32(s.extras, at) <= want; at += extraSize {
		if end++; load.U32(s.extras, at) < want {
			start++
		}
	}
	return start, end
}

// search returns how many of the records, sorted by their first word, have a smaller one than key.
func search(records []byte, size int, key uint32) int {
	lo, hi := 0, len(records)/size
	for lo < hi {
		mid := int(uint(lo+hi) / 2)
		if load.U32(records, size*mid) < key {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// Direct is a policy of the subject's own in one cell.
type Direct struct {
	Term   uint32
	Policy policy.ID
}

// HasDirects reports whether the subject has policies of its own.
func (s *Subject) HasDirects() bool { return len(s.directs) > 0 }

// Directs returns the range of direct policies that stand in a cell.
func (s *Subject) Directs(c Cell) (start, end int) {
	start = search(s.directs, directSize, c.at)
	for end = start; directSize*end < len(s.directs) && load.U32(s.directs, directSize*end) == c.at; end++ {
	}
	return start, end
}

func (s *Subject) directCount() int { return len(s.directs) / directSize }

// Direct returns direct policy i.
func (s *Subject) Direct(i int) Direct {
	b := s.directs[directSize*i:]
	return Direct{Term: load.U32(b, 4), Policy: policy.ID(load.U32(b, 8))}
}

// Term is what a direct policy decides, when, and on which condition.
type Term struct {
	Effect    policy.Effect
	Tag       uint16
	Condition policy.ConditionID
	Residual  uint32
	Validity  policy.Validity
}

// Term returns term i.
func (t *Tables) Term(i uint32) Term {
	b := t.sections[secTerms][termSize*int(i):]
	return Term{
		Effect: policy.Effect(b[0]), Tag: load.U16(b, 2),
		Condition: policy.ConditionID(load.U32(b, 4)), Residual: load.U32(b, 8),
		Validity: policy.Validity{
			Organisation: policy.OrganisationIndex(load.U32(b, 12)) - 1, From: int64(load.U64(b, 16)), To: int64(load.U64(b, 24)),
		},
	}
}

// stringOf returns the bytes as a string that shares their memory.
func stringOf(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// EachPolicy calls f with every policy of the subject's own. A policy that stands in several cells
// comes several times.
func (s *Subject) EachPolicy(f func(id policy.ID)) {
	for i := range s.directCount() {
		f(s.Direct(i).Policy)
	}
}
