package tables

import (
	"math/bits"

	"github.com/lictor-dev/lictor/bundles/internal/load"
)

// Kinds of encoded sets (FORMAT.md, rule F10).
const (
	setList   = 0 // count u32, then sorted u32
	setBitmap = 1 // count u32, first word u32, count of words u32, then u64 words
)

// smallSet is the largest number of holders that is always written as a list.
const smallSet = 16

const (
	listHead   = 4
	bitmapHead = 12
)

// Set is a sorted set of holders, read in place.
type Set struct {
	kind uint8
	b    []byte
}

// Len returns the number of holders in s.
func (s Set) Len() int {
	if len(s.b) == 0 {
		return 0
	}
	return int(load.U32(s.b, 0))
}

// size returns the bytes that s occupies.
func (s Set) size() int { return setSize(s.kind, s.b, 0) }

// setSize returns the bytes that a set occupies at an offset.
func setSize(kind uint8, b []byte, at int) int {
	if kind == setBitmap {
		return bitmapHead + 8*int(load.U32(b, at+8))
	}
	return listHead + 4*int(load.U32(b, at))
}

func (s Set) item(i int) uint32 { return load.U32(s.b, listHead+4*i) }

// word returns word w of a bitmap that covers all holders.
func (s Set) word(w uint32) uint64 {
	if w -= load.U32(s.b, 4); w < load.U32(s.b, 8) {
		return load.U64(s.b, bitmapHead+8*int(w))
	}
	return 0
}

// Has reports whether s holds h.
func (s Set) Has(h uint32) bool {
	if s.kind == setBitmap {
		return s.word(h>>6)>>(h&63)&1 != 0
	}
	n := s.Len()
	if n > smallSet {
		_, ok := s.search(h)
		return ok
	}
	for at := listHead; n > 0; n-- {
		if v := load.U32(s.b, at); v >= h {
			return v == h
		}
		at += 4
	}
	return false
}

// search returns the position of h in a list, or where it would stand.
func (s Set) search(h uint32) (int, bool) {
	lo, hi := 0, s.Len()
	for lo < hi {
		mid := int(uint(lo+hi) / 2)
		if s.item(mid) < h {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo, lo < s.Len() && s.item(lo) == h
}

// Rank returns the position of h in s, which must hold it.
func (s Set) Rank(h uint32) int {
	if s.kind == setList {
		i, _ := s.search(h)
		return i
	}
	rank, first := 0, load.U32(s.b, 4)
	for w := first; w < h>>6; w++ {
		rank += bits.OnesCount64(s.word(w))
	}
	return rank + bits.OnesCount64(s.word(h>>6)&(1<<(h&63)-1))
}

// Intersects reports whether s and t share a holder. Its cost is bounded by the smaller list, or by
// the words that both bitmaps cover.
func (s Set) Intersects(t Set) bool {
	n, m := s.Len(), t.Len()
	if n > smallSet || m > smallSet || s.kind != setList || t.kind != setList {
		return s.intersectsLarge(t)
	}
	for i, j := 0, 0; i < n && j < m; { // here, since a call takes longer
		switch a, b := s.item(i), t.item(j); {
		case a == b:
			return true
		case a < b:
			i++
		default:
			j++
		}
	}
	return false
}

// intersectsLarge is Intersects for sets that are not two short lists.
func (s Set) intersectsLarge(t Set) bool {
	switch {
	case len(s.b) == 0 || len(t.b) == 0:
		return false
	case s.kind == setBitmap && t.kind == setBitmap:
		return bitmapsIntersect(s, t)
	case s.kind == setBitmap, t.kind == setList && t.Len() < s.Len():
		s, t = t, s
	}
	for i := range s.Len() { // s is a list, and the shorter one if both are
		if t.Has(s.item(i)) {
			return true
		}
	}
	return false
}

func bitmapsIntersect(s, t Set) bool {
	first := max(load.U32(s.b, 4), load.U32(t.b, 4))
	end := min(load.U32(s.b, 4)+load.U32(s.b, 8), load.U32(t.b, 4)+load.U32(t.b, 8))
	for w := first; w < end; w++ {
		if s.word(w)&t.word(w) != 0 {
			return true
		}
	}
	return false
}

// Each calls f with every holder of s in ascending order until f returns false.
func (s Set) Each(f func(h uint32) bool) {
	if len(s.b) == 0 {
		return
	}
	if s.kind == setList {
		for i := range s.Len() {
			if !f(s.item(i)) {
				return
			}
		}
		return
	}
	first := load.U32(s.b, 4)
	for i := range load.U32(s.b, 8) {
		for w := load.U64(s.b, bitmapHead+8*int(i)); w != 0; w &= w - 1 {
			if !f((first+i)<<6 | uint32(bits.TrailingZeros64(w))) {
				return
			}
		}
	}
}

// appendSet appends the encoding of sorted, unique holders and returns its kind.
func appendSet(dst []byte, holders []uint32) ([]byte, uint8) {
	n := len(holders)
	if n > smallSet {
		first, last := holders[0]>>6, holders[n-1]>>6
		if span := int(last - first + 1); span <= 2*n {
			dst = appendU32(dst, uint32(n), first, uint32(span))
			at := len(dst)
			dst = append(dst, make([]byte, 8*span)...)
			for _, h := range holders {
				dst[at+8*int(h>>6-first)+int(h>>3&7)] |= 1 << (h & 7)
			}
			return dst, setBitmap
		}
	}
	dst = appendU32(dst, uint32(n))
	return appendU32(dst, holders...), setList
}
