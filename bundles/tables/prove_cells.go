package tables

import (
	"math/bits"

	"github.com/lictor-dev/lictor/bundles/internal/load"
	"github.com/lictor-dev/lictor/bundles/policy"
)

func (t *Tables) proveShapes() error {
	b := t.sections[secShapes]
	last := -1
	for i := range t.count(secShapes, 4) {
		word := load.U32(b, int(4*i))
		if word>>17 != 0 {
			return corrupt(secShapes, "unknown flag")
		}
		order := int(word&0xffff)<<1 | int(word>>16)
		if order <= last {
			return corrupt(secShapes, "not sorted")
		}
		last = order
	}
	return nil
}

// walker proves a hashed section record by record: sorted by hash, each in its bucket, each filter bit
// set and no other.
type walker struct {
	section int
	shift   uint8
	starts  func(bucket int) uint32
	filter  func(bucket int) uint32 // nil where there are no filters
	buckets int
	index   *index // to be filled; nil for none

	bucket int
	bits   uint32
	last   uint64
}

// enter proves that the record at word offset at, with hash h, stands where look-ups find it.
func (w *walker) enter(h uint64, at uint32) error {
	if h < w.last {
		return corrupt(w.section, "not sorted by hash")
	}
	w.last = h
	for bucket := int(h >> w.shift); w.bucket <= bucket; {
		if err := w.open(at); err != nil {
			return err
		}
	}
	w.bits |= filterBit(h)
	return nil
}

// open closes the filter of the bucket before and proves that the next one starts at word offset at.
func (w *walker) open(at uint32) error {
	if w.bucket > 0 && w.filter != nil && w.filter(w.bucket-1) != w.bits {
		return corrupt(w.section, "wrong filter")
	}
	if w.starts(w.bucket) != at {
		return corrupt(w.section, "bucket starts elsewhere")
	}
	if w.index != nil {
		w.enterIndex(at)
	}
	w.bits = 0
	w.bucket++
	return nil
}

// enterIndex enters the next bucket into the index.
func (w *walker) enterIndex(at uint32) {
	w.index.add(at)
	if w.filter != nil {
		w.index.addFilter(w.filter(w.bucket))
	}
}

// made returns the index, nil when there is none.
func (w *walker) made() *index {
	if w.index == nil || w.index.none {
		return nil
	}
	return w.index
}

// finish proves the buckets behind the last record, and the end.
func (w *walker) finish(end uint32) error {
	for w.bucket <= w.buckets {
		if err := w.open(end); err != nil {
			return err
		}
	}
	return nil
}

// proveCells proves directory and cells.
func (t *Tables) proveCells() error {
	t.cellShift = directoryShift(int(t.meta(metaCells)))
	buckets := 1 << (64 - t.cellShift)
	if len(t.directory) != bucketSize*(buckets+1) {
		return corrupt(secDirectory, "wrong size")
	}
	w := walker{
		section: secCells, shift: t.cellShift, buckets: buckets,
		starts: func(i int) uint32 { return load.U32(t.directory, bucketSize*i) },
		filter: func(i int) uint32 { return load.U32(t.directory, bucketSize*i+4) },
	}
	if t.far {
		w.index = newIndex(buckets)
		w.index.filter = make([]uint8, 0, buckets+1)
	}
	rest, at, n := t.cells, uint32(0), uint32(0)
	for len(rest) > 0 {
		size, err := t.proveCell(&w, rest, at)
		if err != nil {
			return fault(err, "cell at word "+number(at))
		}
		rest = rest[4*int(size):]
		at += size
		n++
	}
	if n != t.meta(metaCells) {
		return corrupt(secCells, "wrong count")
	}
	err := w.finish(at)
	t.cellIndex = w.made()
	return err
}

// proveCell proves one cell and returns its words.
func (t *Tables) proveCell(w *walker, rest []byte, at uint32) (uint32, error) {
	if len(rest) < cellHead {
		return 0, corrupt(secCells, "cut off")
	}
	size := load.U32(rest, cellWords)
	body := cellHead + 4*words(int(load.U16(rest, cellKeySize)))
	if uint64(size)*4 > uint64(len(rest)) || int(size)*4 < body {
		return 0, corrupt(secCells, "out of bounds")
	}
	cell := rest[:4*int(size)]
	space, mask := load.U16(cell, cellSpace), load.U16(cell, cellMask)
	h, err := t.proveKey(space, mask, cell[cellHead:cellHead+int(load.U16(cell, cellKeySize))])
	if err != nil {
		return 0, err
	}
	if uint32(h) != load.U32(cell, cellHash) {
		return 0, corrupt(secCells, "wrong hash")
	}
	if err := w.enter(h, at); err != nil {
		return 0, err
	}
	return size, t.provePayload(space, mask, int(load.U16(cell, cellGroups)), cell[body:])
}

// proveKey proves the key of a cell and returns its hash.
func (t *Tables) proveKey(space, mask uint16, key []byte) (uint64, error) {
	var hashes Hashes
	for m := mask; m != 0; m &= m - 1 {
		if len(key) < 2 || len(key) < 2+int(load.U16(key, 0)) {
			return 0, corrupt(secCells, "key out of bounds")
		}
		n := int(load.U16(key, 0))
		hashes[bits.TrailingZeros16(m)] = t.HashPart(stringOf(key[2 : 2+n]))
		key = key[2+n:]
	}
	if len(key) > 0 {
		return 0, corrupt(secCells, "key too long")
	}
	return hashKey(t.seed, space, mask, &hashes), nil
}

func (t *Tables) provePayload(space, mask uint16, groups int, b []byte) error {
	switch {
	case space == spaceOrganisation && mask == 1 && groups == 0 && len(b) >= 4 && isPadding(b[4:]):
		if uint64(load.U32(b, 0)) >= t.count(secOrgs, refSize) {
			return corrupt(secCells, "unknown organisation")
		}
		return nil
	case space == spaceObject && mask == 7 && groups == 0 && len(b) >= 4 && isPadding(b[4:]):
		return t.proveProperties(secCells, load.U32(b, 0))
	case space == spaceRole && mask == 1 && groups == 1:
		return t.proveGroups(mask, groups, b, 0)
	case uint64(space) < t.count(secNamespaces, refSize):
		return t.proveGroups(mask, groups, b, 1)
	}
	return corrupt(secCells, "unknown space or payload")
}

// proveGroups proves the groups of a cell. Their origins are policies, at least first: a role's cell has
// no policies and holds 0 in their place.
func (t *Tables) proveGroups(mask uint16, groups int, b []byte, first uint32) error {
	for range groups {
		if len(b) < groupHead {
			return corrupt(secCells, "group out of bounds")
		}
		tag := load.U16(b, groupTag)
		allow := b[groupEffect] == byte(policy.Allow)
		if b[groupEffect] > byte(policy.Deny) || tag&mask != mask || allow && tag != mask {
			return corrupt(secCells, "unknown effect or tag")
		}
		if err := t.proveCondition(secCells, load.U32(b, groupCondition)); err != nil {
			return err
		}
		if err := t.proveResidual(secCells, load.U32(b, groupResidual)); err != nil {
			return err
		}
		n, size, err := t.proveSet(secCells, b[groupSetKind], b[groupHead:])
		if err != nil {
			return err
		}
		if err := t.proveOrigins(load.U32(b, groupOrigin), n, first); err != nil {
			return err
		}
		b = b[groupHead+size:]
	}
	if !isPadding(b) {
		return corrupt(secCells, "bytes behind the last group")
	}
	return nil
}

func (t *Tables) proveOrigins(at, n, first uint32) error {
	if uint64(at)+uint64(n) > t.count(secOrigins, 4) {
		return corrupt(secCells, "origins out of bounds")
	}
	for i := range int(n) {
		if load.U32(t.sections[secOrigins], 4*(int(at)+i)) < first {
			return corrupt(secCells, "origin without a policy")
		}
	}
	return nil
}

// proveSet proves a set of holders at the start of b and returns its length and bytes.
func (t *Tables) proveSet(section int, kind uint8, b []byte) (n uint32, size int, err error) {
	if len(b) < listHead || kind > setBitmap || kind == setBitmap && len(b) < bitmapHead {
		return 0, 0, corrupt(section, "set out of bounds")
	}
	holders := t.meta(metaHolders)
	n = load.U32(b, 0)
	if n > holders {
		return 0, 0, corrupt(section, "set larger than the holders")
	}
	if kind == setList {
		return n, listHead + 4*int(n), proveListSet(section, b, int(n), holders)
	}
	first, span := load.U32(b, 4), load.U32(b, 8)
	if uint64(first)+uint64(span) > uint64(holders)/64+1 || uint64(len(b)) < bitmapHead+8*uint64(span) {
		return 0, 0, corrupt(section, "bitmap out of bounds")
	}
	count, last := 0, uint64(0)
	for i := range int(span) {
		last = load.U64(b, bitmapHead+8*i)
		count += bits.OnesCount64(last)
	}
	end := 64*(uint64(first)+uint64(span)) - uint64(bits.LeadingZeros64(last))
	if count != int(n) || span > 0 && end > uint64(holders) {
		return 0, 0, corrupt(section, "bitmap does not match its count")
	}
	return n, bitmapHead + 8*int(span), nil
}

func proveListSet(section int, b []byte, n int, holders uint32) error {
	if len(b) < listHead+4*n {
		return corrupt(section, "set out of bounds")
	}
	last := uint64(0)
	for i := range n {
		h := uint64(load.U32(b, listHead+4*i))
		if h >= uint64(holders) || i > 0 && h <= last {
			return corrupt(section, "set not sorted or out of range")
		}
		last = h
	}
	return nil
}
