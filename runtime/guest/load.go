//go:build !wasm

package guest

import "encoding/binary"

// load32 reads the number at an offset.
func load32(b []byte, at int) uint32 { return binary.LittleEndian.Uint32(b[at:]) }

// load64 reads the number at an offset.
func load64(b []byte, at int) uint64 { return binary.LittleEndian.Uint64(b[at:]) }
