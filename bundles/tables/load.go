//go:build purego || !(amd64 || arm64 || wasm)

package tables

import "encoding/binary"

func u16(b []byte, at int) uint16 { return binary.LittleEndian.Uint16(b[at:]) }
func u32(b []byte, at int) uint32 { return binary.LittleEndian.Uint32(b[at:]) }
func u64(b []byte, at int) uint64 { return binary.LittleEndian.Uint64(b[at:]) }

// holdsText reports whether b holds the bytes of s at an offset.
func holdsText(b []byte, at int, s string) bool { return string(b[at:at+len(s):len(b)]) == s }

func le64(s string, at int) uint64 {
	s = s[at:]
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

func le32(s string, at int) uint64 {
	s = s[at:]
	_ = s[3]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24
}
