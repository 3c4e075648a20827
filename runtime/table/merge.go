package table

import "slices"

// note is what a list of ranks says about the subjects in it.
type note uint8

const (
	sure  note = 1 << iota // allowed, if nothing denies
	check                  // has a policy of its own, which may deny
)

// stream is an ascending list of ranks, not empty, with what it says.
type stream struct {
	ranks []uint32
	says  note
}

// merge goes through several streams as one ascending list: a heap, the stream with the least rank first.
type merge []stream

// add adds the ranks of a list that are at least first and less than end.
func (m *merge) add(ranks []uint32, first, end uint32, says note) {
	from, _ := slices.BinarySearch(ranks, first)
	to, _ := slices.BinarySearch(ranks[from:], end)
	if to > 0 {
		*m = append(*m, stream{ranks[from : from+to], says})
	}
}

// order makes a heap of the streams; it comes before the first call of next.
func (m merge) order() {
	for i := len(m)/2 - 1; i >= 0; i-- {
		m.sink(i)
	}
}

// next returns the least rank with what all streams that hold it say, and moves behind it.
func (m *merge) next() (rank uint32, says note, ok bool) {
	if len(*m) == 0 {
		return 0, 0, false
	}
	rank = (*m)[0].ranks[0]
	for len(*m) > 0 && (*m)[0].ranks[0] == rank {
		says |= (*m)[0].says
		m.advance()
	}
	return rank, says, true
}

// advance moves the first stream behind its least rank.
func (m *merge) advance() {
	h := *m
	if h[0].ranks = h[0].ranks[1:]; len(h[0].ranks) == 0 {
		last := len(h) - 1
		h[0] = h[last]
		*m = h[:last]
	}
	m.sink(0)
}

// sink moves stream i down to where it belongs.
func (m merge) sink(i int) {
	for {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(m); child++ {
			if m[child].ranks[0] < m[least].ranks[0] {
				least = child
			}
		}
		if least == i {
			return
		}
		m[i], m[least] = m[least], m[i]
		i = least
	}
}
