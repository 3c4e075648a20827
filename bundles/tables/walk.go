package tables

import (
	"math/bits"

	"github.com/lictor-dev/lictor/bundles/internal/load"
	"github.com/lictor-dev/lictor/bundles/policy"
)

// EachSubject calls f with every stored subject in the order of the file, and with its offset, which
// [Tables.SubjectAt] takes. s is reused from call to call.
func (t *Tables) EachSubject(f func(at uint32, s *Subject)) {
	var s Subject
	for at := 0; at < len(t.subjects)/4; {
		size := int(load.U32(t.subjects, 4*at+subjectWords))
		s.decode(t.subjects[4*at : 4*(at+size)])
		f(uint32(at), &s)
		at += size
	}
}

// SubjectAt makes s the subject at an offset that EachSubject gave.
func (t *Tables) SubjectAt(at uint32, s *Subject) {
	b := t.subjects[4*int(at):]
	s.decode(b[:4*int(load.U32(b, subjectWords))])
}

// SubjectID returns the id of the subject at an offset that EachSubject gave; it shares the tables' memory.
func (t *Tables) SubjectID(at uint32) string {
	b := t.subjects[4*int(at):]
	return stringOf(b[subjectHead:][:load.U16(b, subjectIDLen)])
}

// Types returns the number of subject types.
func (t *Tables) Types() int { return int(t.count(secTypes, typeSize)) }

// Type returns the number, less than Types, of a subject type; false when the tables do not know it.
func (t *Tables) Type(name string) (uint16, bool) {
	n, ok := t.types[name]
	return n, ok
}

// TypeNumber returns the number of the subject's type, as [Tables.Type] does for its name.
func (s *Subject) TypeNumber() uint16 { return load.U16(s.head, subjectType) }

// EachDirect calls f for every cell in which a policy of the subject's own stands, with its term.
func (s *Subject) EachDirect(f func(cell, term uint32)) {
	for i := range s.directCount() {
		f(load.U32(s.directs, directSize*i), load.U32(s.directs, directSize*i+4))
	}
}

// ObjectKey is what identifies a known instance; its texts share the tables' memory.
type ObjectKey struct{ Namespace, Type, ID string }

// EachObject calls f with the offset of every known instance, which [Tables.ObjectAt] takes, in the order
// of the file.
func (t *Tables) EachObject(f func(at uint32)) {
	t.eachCell(func(at int) {
		if load.U16(t.cells, 4*at+cellSpace) == spaceObject {
			f(uint32(at))
		}
	})
}

// ObjectAt returns the instance at an offset that EachObject gave.
func (t *Tables) ObjectAt(at uint32) ObjectKey {
	var parts [3]string
	b := t.cells[4*int(at)+cellHead:]
	for i := range parts {
		parts[i], b = keyPart(b)
	}
	return ObjectKey{Namespace: parts[0], Type: parts[1], ID: parts[2]}
}

// keyPart splits the first text from a key.
func keyPart(b []byte) (string, []byte) {
	n := int(load.U16(b, 0))
	return stringOf(b[2 : 2+n]), b[2+n:]
}

// Pattern is the key of a cell of policies, with its cell.
type Pattern struct {
	Cell
	Namespace uint16 // its number; see [Tables.NamespaceName]
	Mask      uint16 // the parts that the key names
	key       []byte
}

// Part returns the value of part i, empty when the key does not name it; it shares the tables' memory.
func (p *Pattern) Part(i int) string {
	if p.Mask>>i&1 == 0 {
		return ""
	}
	b := p.key
	for range bits.OnesCount16(p.Mask & (1<<i - 1)) {
		_, b = keyPart(b)
	}
	text, _ := keyPart(b)
	return text
}

// Grants reports whether an ALLOW of a role, an entitlement or a birthright stands under the key.
func (p *Pattern) Grants() bool {
	for groups := p.Groups(); groups.More(); groups.Skip() {
		if groups.Group().Effect() == policy.Allow {
			return true
		}
	}
	return false
}

// EachPattern calls f with the key of every policy, in the order of the file.
func (t *Tables) EachPattern(f func(p *Pattern)) {
	t.eachCell(func(at int) {
		if p, ok := t.PatternAt(uint32(at)); ok {
			f(&p)
		}
	})
}

// PatternAt returns the key of policies at the offset of a cell, as [Subject.EachDirect] gives it; false when
// the cell is not one of policies.
func (t *Tables) PatternAt(at uint32) (Pattern, bool) {
	b := t.cells[4*int(at):]
	p := Pattern{Cell: cellOf(b, int(at)), Namespace: load.U16(b, cellSpace), Mask: load.U16(b, cellMask), key: b[cellHead:]}
	return p, uint64(p.Namespace) < t.count(secNamespaces, refSize)
}

func (t *Tables) eachCell(f func(at int)) {
	for at := 0; at < len(t.cells)/4; at += int(load.U32(t.cells, 4*at+cellWords)) {
		f(at)
	}
}

// NamespaceName returns the name of a namespace.
func (t *Tables) NamespaceName(n uint16) string { return t.refText(secNamespaces, uint32(n)) }
