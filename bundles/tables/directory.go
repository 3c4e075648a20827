package tables

import (
	"encoding/binary"
	"math/bits"
)

// lines appends records of a hashed section one behind the other. A record that fits into one cache
// line does not cross into the next: the record before it is padded, and its count of words says so.
type lines struct {
	wordsAt int // where in a record its count of words stands
	b       []byte
	last    int
}

// add appends a record, a whole number of words, and returns its word offset.
func (l *lines) add(record []byte) uint32 {
	if room := padding(len(l.b)); len(record) <= cacheLine && len(record) > room && room > 0 {
		l.b = append(l.b, make([]byte, room)...)
		l.count()
	}
	l.last = len(l.b)
	l.b = append(l.b, record...)
	l.count()
	return uint32(l.last / 4)
}

// count writes the last record's count of words.
func (l *lines) count() {
	binary.LittleEndian.PutUint32(l.b[l.last+l.wordsAt:], uint32((len(l.b)-l.last)/4))
}

// isPadding reports whether b is what may stand behind the content of a record.
func isPadding(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return len(b) < cacheLine
}

// directory collects where each bucket of a hashed section starts. Records are added in ascending order
// of hash; the top bits of a hash are its bucket.
type directory struct {
	shift   uint8
	starts  []uint32
	filters []uint32
	next    int // first bucket without a start
	longest int
	run     int
}

// newDirectory makes a directory for n records, about two to a bucket.
func newDirectory(n int) *directory {
	shift := directoryShift(n)
	size := 1 << (64 - shift)
	return &directory{shift: shift, starts: make([]uint32, size+1), filters: make([]uint32, size+1)}
}

// directoryShift returns how far a hash is shifted to give its bucket among n records.
func directoryShift(n int) uint8 {
	if n <= 2 {
		return 64
	}
	return uint8(64 - bits.Len(uint(n-1)/2))
}

func (d *directory) add(hash uint64, at uint32) {
	bucket := int(hash >> d.shift)
	if bucket >= d.next {
		d.run = 0
	}
	d.fill(bucket+1, at)
	d.filters[bucket] |= filterBit(hash)
	d.run++
	d.longest = max(d.longest, d.run)
}

// fill gives all buckets below end that have no start yet this one.
func (d *directory) fill(end int, at uint32) {
	for ; d.next < end; d.next++ {
		d.starts[d.next] = at
	}
}

// finish returns starts and filters of all buckets and one end more.
func (d *directory) finish(end uint32) (starts, filters []uint32) {
	d.fill(len(d.starts), end)
	return d.starts, d.filters
}
