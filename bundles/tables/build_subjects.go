package tables

import (
	"cmp"
	"encoding/binary"
	"slices"

	"github.com/lictor-dev/lictor/bundles/policy"
)

// writeSubjects sorts subjects by hash into buckets and writes their records.
func (b *builder) writeSubjects() {
	b.sortDirects()
	first := make([]int, len(b.m.Subjects)+1)
	for _, d := range b.directs {
		first[d.subject+1]++
	}
	for i := 1; i < len(first); i++ {
		first[i] += first[i-1]
	}
	hashes := make([]uint64, len(b.m.Subjects))
	for i := range b.m.Subjects {
		hashes[i] = hashText(b.seed, b.m.Subjects[i].ID)
	}
	dir := newDirectory(len(hashes))
	records := lines{wordsAt: subjectWords}
	for _, i := range byHash(hashes) {
		dir.add(hashes[i], records.add(b.subject(hashes[i], &b.m.Subjects[i], b.directs[first[i]:first[i+1]])))
	}
	b.sections[secSubjects] = records.b
	starts, _ := dir.finish(uint32(len(b.sections[secSubjects]) / 4))
	b.append(secSubjectDir, starts...)
	b.longest = max(b.longest, dir.longest)
}

// sortDirects orders direct policies by subject, then cell, and keeps each policy once in a cell.
func (b *builder) sortDirects() {
	slices.SortFunc(b.directs, func(x, y direct) int {
		return cmp.Or(cmp.Compare(x.subject, y.subject), cmp.Compare(b.cellAt[x.key], b.cellAt[y.key]),
			cmp.Compare(x.term, y.term), cmp.Compare(x.id, y.id))
	})
	b.directs = slices.CompactFunc(b.directs, func(x, y direct) bool {
		return x.subject == y.subject && x.key == y.key && x.term == y.term
	})
}

// subject encodes the record of a subject, without its count of words.
func (b *builder) subject(hash uint64, s *policy.Subject, directs []direct) []byte {
	holders, extras := b.held(s)
	b.longName(len(s.ID))
	out := appendU32(b.record[:0], uint32(hash))
	out = binary.LittleEndian.AppendUint16(out, uint16(len(s.ID)))
	out = binary.LittleEndian.AppendUint16(out, b.types[s.Type])
	out = appendU32(out, 0, 0)
	out = pad(append(out, s.ID...))
	flags := byte(0)
	if s.Inactive {
		flags |= flagInactive
	}
	if len(s.Properties) > 0 {
		flags |= flagProperties
		out = appendU32(out, b.value(s.Properties))
	}
	out, kind := appendSet(out, holders)
	out[subjectSet] = kind
	if len(extras) > 0 {
		flags |= flagExtras
		out = appendExtras(out, extras)
	}
	if len(directs) > 0 {
		flags |= flagDirects
		out = appendU32(out, uint32(len(directs)))
		for _, d := range directs {
			out = appendU32(out, b.cellAt[d.key], d.term, uint32(d.id))
		}
	}
	out[subjectFlags] = flags
	b.record = out
	return out
}

// held splits what a subject holds into holders that always count, birthrights included, and extras,
// sorted by organisation.
func (b *builder) held(s *policy.Subject) (holders []uint32, extras []policy.Assignment) {
	if h := b.birthKnown[s.Type]; b.hasBirthright(s.Type) {
		holders = append(holders, h)
	}
	for _, a := range s.Assignments {
		if a.Validity == policy.Always {
			holders = append(holders, uint32(a.Holder))
		} else {
			extras = append(extras, a)
		}
	}
	slices.SortFunc(extras, func(x, y policy.Assignment) int {
		return cmp.Or(cmp.Compare(x.Validity.Organisation, y.Validity.Organisation), cmp.Compare(x.Holder, y.Holder),
			cmp.Compare(x.Validity.From, y.Validity.From), cmp.Compare(x.Validity.To, y.Validity.To))
	})
	return unique(holders), extras
}

func (b *builder) hasBirthright(subjectType string) bool {
	h, ok := b.birthKnown[subjectType]
	return ok && h != none
}

func appendExtras(out []byte, extras []policy.Assignment) []byte {
	out = appendU32(out, uint32(len(extras)))
	for _, e := range extras {
		out = appendU32(out, uint32(e.Validity.Organisation+1), uint32(e.Holder))
		out = binary.LittleEndian.AppendUint64(out, uint64(e.Validity.From))
		out = binary.LittleEndian.AppendUint64(out, uint64(e.Validity.To))
	}
	return out
}
