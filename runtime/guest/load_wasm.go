package guest

import "unsafe"

// WebAssembly loads little-endian numbers from any address; Go's compiler would load byte by byte. Bounds are checked as
// elsewhere, for offsets that are not negative.

// load32 reads the number at an offset.
func load32(b []byte, at int) uint32 {
	_ = b[at+3]
	return *(*uint32)(unsafe.Add(unsafe.Pointer(unsafe.SliceData(b)), at))
}

// load64 reads the number at an offset.
func load64(b []byte, at int) uint64 {
	_ = b[at+7]
	return *(*uint64)(unsafe.Add(unsafe.Pointer(unsafe.SliceData(b)), at))
}
