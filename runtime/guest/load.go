//go:build !wasm

package guest

import "encoding/binary"

// load32 reads a number at the start of b, which has as many bytes.
func load32(b []byte) uint32 { return binary.LittleEndian.Uint32(b) }

// load64 reads a number at the start of b, which has as many bytes.
func load64(b []byte) uint64 { return binary.LittleEndian.Uint64(b) }
