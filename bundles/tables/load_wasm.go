package tables

import "unsafe"

// WebAssembly loads little-endian numbers from any address, and Go's compiler does not make use of it: byte by byte
// they would take several times as long as everything else here. Bounds are checked as elsewhere.

func u16(b []byte, at int) uint16 {
	b = b[at:]
	_ = b[1]
	return *(*uint16)(unsafe.Pointer(unsafe.SliceData(b)))
}

func u32(b []byte, at int) uint32 {
	b = b[at:]
	_ = b[3]
	return *(*uint32)(unsafe.Pointer(unsafe.SliceData(b)))
}

func u64(b []byte, at int) uint64 {
	b = b[at:]
	_ = b[7]
	return *(*uint64)(unsafe.Pointer(unsafe.SliceData(b)))
}

func le64(s string) uint64 {
	_ = s[7]
	return *(*uint64)(unsafe.Pointer(unsafe.StringData(s)))
}

func le32(s string) uint64 {
	_ = s[3]
	return uint64(*(*uint32)(unsafe.Pointer(unsafe.StringData(s))))
}
