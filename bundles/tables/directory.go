package tables

import "math/bits"

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
