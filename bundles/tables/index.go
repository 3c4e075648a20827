package tables

// index is a directory in half the space: that of a million records lies in memory that is nearly as far away as the records,
// an index mostly in the processor's own. [Open] makes it as it proves the directory.
type index struct {
	bases  []uint32 // by group of buckets: word offset of the first
	starts []uint16 // by bucket: words from there
	filter []uint8  // by bucket: the directory's filter, folded; nothing where it has none
	none   bool     // the words of a group do not fit
}

// indexGroup says how many buckets are a group: 1 << indexGroup.
const indexGroup = 4

func newIndex(buckets int) *index {
	return &index{bases: make([]uint32, 0, buckets>>indexGroup+2), starts: make([]uint16, 0, buckets+1)}
}

// add says where the next bucket starts.
func (x *index) add(at uint32) {
	if len(x.starts)&(1<<indexGroup-1) == 0 {
		x.bases = append(x.bases, at)
	}
	from := at - x.bases[len(x.bases)-1]
	x.none = x.none || from > 0xffff
	x.starts = append(x.starts, uint16(from))
}

// bucket returns the word offsets of the first record of a bucket and of the end.
func (x *index) bucket(i int) (at, end int) {
	return int(x.bases[i>>indexGroup]) + int(x.starts[i]), int(x.bases[(i+1)>>indexGroup]) + int(x.starts[i+1])
}

// addFilter says which hashes are in the last bucket.
func (x *index) addFilter(bits uint32) {
	bits |= bits >> 16
	x.filter = append(x.filter, uint8(bits|bits>>8))
}

// filtered is bucket for a hash, with nothing in it where the filter says so.
func (x *index) filtered(i int, h uint64) (at, end int) {
	if x.filter[i]>>(h>>27&7)&1 == 0 {
		return 0, 0
	}
	return x.bucket(i)
}
