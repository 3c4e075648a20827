package guest

import "unsafe"

// WebAssembly loads little-endian numbers from any address; Go's compiler would load byte by byte.

// load32 reads a number at the start of b, which has as many bytes.
func load32(b []byte) uint32 {
	_ = b[3]
	return *(*uint32)(unsafe.Pointer(unsafe.SliceData(b)))
}

// load64 reads a number at the start of b, which has as many bytes.
func load64(b []byte) uint64 {
	_ = b[7]
	return *(*uint64)(unsafe.Pointer(unsafe.SliceData(b)))
}
