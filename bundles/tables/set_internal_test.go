package tables

import (
	"encoding/binary"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// holdersGen draws sorted, unique holders that end up as short lists, long lists and bitmaps.
func holdersGen(t *rapid.T, label string) []uint32 {
	span := rapid.SampledFrom([]uint32{8, 40, 300, 5000, 1 << 20}).Draw(t, label+" span")
	first := rapid.Uint32Range(0, 200).Draw(t, label+" first")
	least := rapid.SampledFrom([]int{0, 0, 20, 60}).Draw(t, label+" least")
	holders := rapid.SliceOfN(rapid.Uint32Range(first, first+span), least, 120).Draw(t, label)
	slices.Sort(holders)
	return slices.Compact(holders)
}

func encode(holders []uint32) Set {
	b, kind := appendSet(nil, holders)
	return Set{kind: kind, b: b}
}

// TestSetIsItsHolders holds every operation of an encoded set against the plain list.
func TestSetIsItsHolders(t *testing.T) {
	t.Parallel()
	kinds := map[uint8]bool{}
	rapid.Check(t, func(t *rapid.T) {
		a, b := holdersGen(t, "a"), holdersGen(t, "b")
		s, u := encode(a), encode(b)
		kinds[s.kind] = true
		if s.Len() != len(a) || s.size() != len(s.b) {
			t.Fatalf("%d holders: length %d, size %d of %d", len(a), s.Len(), s.size(), len(s.b))
		}
		var each []uint32
		s.Each(func(h uint32) bool {
			each = append(each, h)
			return true
		})
		if !slices.Equal(each, a) {
			t.Fatalf("Each gives %v, want %v", each, a)
		}
		shared := false
		for _, h := range b {
			at, held := slices.BinarySearch(a, h)
			if s.Has(h) != held {
				t.Fatalf("Has(%d) = %t in %v", h, !held, a)
			}
			if held && s.Rank(h) != at {
				t.Fatalf("Rank(%d) = %d in %v", h, s.Rank(h), a)
			}
			shared = shared || held
		}
		if s.Intersects(u) != shared || u.Intersects(s) != shared {
			t.Fatalf("Intersects of %v and %v is not %t", a, b, shared)
		}
	})
	if !kinds[setList] || !kinds[setBitmap] {
		t.Errorf("kinds drawn: %v", kinds)
	}
}

// TestBitmapOfFew looks for holders of few in bitmaps, which nobody writes of so few, but which tables may have.
func TestBitmapOfFew(t *testing.T) {
	t.Parallel()
	for _, holders := range [][]uint32{{}, {65}, {64, 70, 127}} {
		b := appendU32(nil, uint32(len(holders)), 1, 1)
		word := uint64(0)
		for _, h := range holders {
			word |= 1 << (h - 64)
		}
		few := Set{kind: setBitmap, b: binary.LittleEndian.AppendUint64(b, word)}
		for h := range uint32(200) {
			held := slices.Contains(holders, h)
			for _, other := range []Set{encode([]uint32{h}), encode([]uint32{h, 1000}), encode(append([]uint32{h}, rangeOf(1000, 1040)...))} {
				if few.Intersects(other) != held || other.Intersects(few) != held {
					t.Errorf("%v and a set of %d that holds %d: want %t", holders, other.Len(), h, held)
				}
			}
			if few.Has(h) != held || held && holders[few.Rank(h)] != h {
				t.Errorf("%v holds %d: want %t", holders, h, held)
			}
		}
	}
}

// TestSetEachStops stops where it is told to.
func TestSetEachStops(t *testing.T) {
	t.Parallel()
	for _, holders := range [][]uint32{{1, 2, 3}, rangeOf(0, 64)} {
		n := 0
		encode(holders).Each(func(uint32) bool {
			n++
			return n < 2
		})
		if n != 2 {
			t.Errorf("%d holders: %d calls after stopping at the second", len(holders), n)
		}
	}
}

func rangeOf(first, end uint32) (r []uint32) {
	for h := first; h < end; h++ {
		r = append(r, h)
	}
	return r
}

// TestZeroSet holds nothing.
func TestZeroSet(t *testing.T) {
	t.Parallel()
	var zero Set
	if zero.Len() != 0 || zero.Intersects(encode([]uint32{1})) || encode([]uint32{1}).Intersects(zero) {
		t.Error("the zero set holds something")
	}
	zero.Each(func(h uint32) bool {
		t.Errorf("the zero set holds %d", h)
		return true
	})
}
