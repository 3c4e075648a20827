package tables

import "unsafe"

// fewBytes is up to how large tables need no fetching ahead: the processor's caches hold what is asked for.
const fewBytes = 1 << 20

// Far reports whether it pays to say early what will be looked up: the tables are large, and the processor can load ahead.
func (t *Tables) Far() bool { return t.far }

// FetchSubject has the processor load the record of a subject while other work goes on. It decides nothing.
func (t *Tables) FetchSubject(id string) {
	at, end := t.subjectBucket(hashText(t.seed, id))
	if at < end {
		fetch(unsafe.Pointer(unsafe.SliceData(t.subjects[4*at:])))
	}
}

// FetchCell is FetchSubject for the cell of a pattern.
func (t *Tables) FetchCell(h uint64) {
	if at, end := t.bucket(h); at < end {
		fetch(unsafe.Pointer(unsafe.SliceData(t.cells[4*at:])))
	}
}
