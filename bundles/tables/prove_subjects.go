package tables

import (
	"unicode/utf8"

	"github.com/lictor-dev/lictor/bundles/internal/load"
)

// proveSubjects proves directory and records of subjects.
func (t *Tables) proveSubjects() error {
	t.subjectShift = directoryShift(int(t.meta(metaSubjects)))
	buckets := 1 << (64 - t.subjectShift)
	if len(t.subjectDir) != 4*(buckets+1) {
		return corrupt(secSubjectDir, "wrong size")
	}
	w := walker{
		section: secSubjects, shift: t.subjectShift, buckets: buckets,
		starts: func(i int) uint32 { return load.U32(t.subjectDir, 4*i) },
	}
	if t.far {
		w.index = newIndex(buckets)
	}
	starts := t.cellStarts()
	rest, at, n := t.subjects, uint32(0), uint32(0)
	for len(rest) > 0 {
		size, err := t.proveSubject(&w, starts, rest, at)
		if err != nil {
			return fault(err, "subject at word "+number(at))
		}
		rest = rest[4*int(size):]
		at += size
		n++
	}
	if n != t.meta(metaSubjects) {
		return corrupt(secSubjects, "wrong count")
	}
	err := w.finish(at)
	t.subjectIndex = w.made()
	return err
}

// cellStarts returns a bit for each word of the proven cells, set where a cell starts.
func (t *Tables) cellStarts() []uint64 {
	starts := make([]uint64, len(t.cells)/4/64+1)
	for at := 0; at < len(t.cells)/4; at += int(load.U32(t.cells, 4*at+cellWords)) {
		starts[at/64] |= 1 << (at % 64)
	}
	return starts
}

// proveSubject proves one record and returns its words.
func (t *Tables) proveSubject(w *walker, starts []uint64, rest []byte, at uint32) (uint32, error) {
	if len(rest) < subjectHead {
		return 0, corrupt(secSubjects, "cut off")
	}
	size, idLen := load.U32(rest, subjectWords), int(load.U16(rest, subjectIDLen))
	if uint64(size)*4 > uint64(len(rest)) || int(size)*4 < subjectHead+4*words(idLen) {
		return 0, corrupt(secSubjects, "out of bounds")
	}
	b := rest[:4*int(size)]
	id := b[subjectHead : subjectHead+idLen]
	h := hashText(t.seed, stringOf(id))
	if uint32(h) != load.U32(b, subjectHash) || !utf8.Valid(id) {
		return 0, corrupt(secSubjects, "wrong hash or id")
	}
	if err := w.enter(h, at); err != nil {
		return 0, err
	}
	if uint64(load.U16(b, subjectType)) >= t.count(secTypes, typeSize) || b[subjectFlags] > 15 {
		return 0, corrupt(secSubjects, "unknown type or flag")
	}
	return size, t.proveHeld(starts, b, subjectHead+4*words(idLen))
}

// proveHeld proves what follows a subject's id.
func (t *Tables) proveHeld(starts []uint64, b []byte, at int) error {
	flags, kind := b[subjectFlags], b[subjectSet]
	b = b[at:]
	if flags&flagProperties != 0 {
		if len(b) < 4 {
			return corrupt(secSubjects, "properties cut off")
		}
		if err := t.proveProperties(secSubjects, load.U32(b, 0)); err != nil {
			return err
		}
		b = b[4:]
	}
	_, size, err := t.proveSet(secSubjects, kind, b)
	if err != nil {
		return err
	}
	b = b[size:]
	if flags&flagExtras != 0 {
		if b, err = t.proveExtras(b); err != nil {
			return err
		}
	}
	if flags&flagDirects != 0 {
		if b, err = t.proveDirects(starts, b); err != nil {
			return err
		}
	}
	if !isPadding(b) {
		return corrupt(secSubjects, "bytes behind the record")
	}
	return nil
}

// records splits a counted list of fixed-size records from the start of b.
func records(b []byte, size int) (list, rest []byte, err error) {
	if len(b) < 4 || uint64(len(b)-4) < uint64(size)*uint64(load.U32(b, 0)) {
		return nil, nil, corrupt(secSubjects, "list out of bounds")
	}
	n := size * int(load.U32(b, 0))
	return b[4 : 4+n], b[4+n:], nil
}

func (t *Tables) proveExtras(b []byte) (rest []byte, err error) {
	list, rest, err := records(b, extraSize)
	if err != nil {
		return nil, err
	}
	last := uint32(0)
	for ; len(list) > 0; list = list[extraSize:] {
		org := load.U32(list, 0)
		if uint64(org) > t.count(secOrgs, refSize) || org < last || load.U32(list, 4) >= t.meta(metaHolders) {
			return nil, corrupt(secSubjects, "extra unknown or not sorted")
		}
		last = org
	}
	return rest, nil
}

func (t *Tables) proveDirects(starts []uint64, b []byte) (rest []byte, err error) {
	list, rest, err := records(b, directSize)
	if err != nil {
		return nil, err
	}
	last := uint32(0)
	for ; len(list) > 0; list = list[directSize:] {
		cell, term, id := load.U32(list, 0), load.U32(list, 4), load.U32(list, 8)
		if cell < last || int(cell)/64 >= len(starts) || starts[cell/64]>>(cell%64)&1 == 0 {
			return nil, corrupt(secSubjects, "direct policy without a cell")
		}
		if uint64(term) >= t.count(secTerms, termSize) || id == 0 || uint64(id) > t.count(secPolicies, policySize) {
			return nil, corrupt(secSubjects, "direct policy out of range")
		}
		last = cell
	}
	return rest, nil
}
