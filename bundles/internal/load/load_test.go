package load_test

import (
	"encoding/binary"
	"testing"

	"github.com/lictor-dev/lictor/bundles/internal/load"
)

// ascending returns n bytes that are all different.
func ascending(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(0x7b + 3*i)
	}
	return b
}

// TestLoads reads numbers at every offset, and behind every end, where nothing may be read.
func TestLoads(t *testing.T) {
	t.Parallel()
	for n := range 24 {
		b := ascending(n)
		s := string(b)
		for at := range n + 2 {
			for _, tt := range []struct {
				size int
				get  func() uint64
			}{
				{2, func() uint64 { return uint64(load.U16(b, at)) }},
				{4, func() uint64 { return uint64(load.U32(b, at)) }},
				{8, func() uint64 { return load.U64(b, at) }},
				{4, func() uint64 { return load.Text32(s, at) }},
				{8, func() uint64 { return load.Text64(s, at) }},
			} {
				got, ok := attempt(tt.get)
				if want := at+tt.size <= n; ok != want {
					t.Fatalf("%d bytes at %d of %d: %t instead of %t", tt.size, at, n, ok, want)
				}
				if ok && got != little(b[at:at+tt.size]) {
					t.Errorf("%d bytes at %d of %d: %x", tt.size, at, n, got)
				}
			}
		}
	}
}

func little(b []byte) uint64 {
	var wide [8]byte
	copy(wide[:], b)
	return binary.LittleEndian.Uint64(wide[:])
}

// attempt reports whether a load returns.
func attempt(get func() uint64) (got uint64, ok bool) {
	defer func() { _ = recover() }()
	return get(), true
}

// TestHoldsText changes every byte of texts of every length, and lets texts end behind the bytes.
func TestHoldsText(t *testing.T) {
	t.Parallel()
	b := ascending(40)
	for n := range 33 {
		for at := range 8 {
			s := b[at : at+n]
			if !load.HoldsText(b, at, string(s)) {
				t.Errorf("%d bytes at %d are not found", n, at)
			}
			for i := range n {
				changed := append([]byte(nil), s...)
				changed[i]++
				if load.HoldsText(b, at, string(changed)) {
					t.Errorf("%d bytes at %d are found with byte %d changed", n, at, i)
				}
			}
			if _, ok := attempt(func() uint64 { load.HoldsText(b[:at+n], at+1, string(s)); return 0 }); ok && n > 0 {
				t.Fatalf("%d bytes behind the end are read", n)
			}
		}
	}
}
