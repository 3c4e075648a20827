//go:build purego || !(amd64 || arm64 || wasm)

package load

import "encoding/binary"

// U16 returns the 16 bits at an offset.
func U16(b []byte, at int) uint16 { return binary.LittleEndian.Uint16(b[at:]) }

// U32 returns the 32 bits at an offset.
func U32(b []byte, at int) uint32 { return binary.LittleEndian.Uint32(b[at:]) }

// U64 returns the 64 bits at an offset.
func U64(b []byte, at int) uint64 { return binary.LittleEndian.Uint64(b[at:]) }

// HoldsText reports whether b holds the bytes of s at an offset.
func HoldsText(b []byte, at int, s string) bool { return string(b[at:at+len(s):len(b)]) == s }

// Text64 is U64 for a text.
func Text64(s string, at int) uint64 {
	s = s[at:]
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// Text32 is U32 for a text, in 64 bits.
func Text32(s string, at int) uint64 {
	s = s[at:]
	_ = s[3]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24
}
