package tables

import "unsafe"

// WebAssembly loads little-endian numbers from any address, and Go's compiler does not make use of it: byte by byte
// they would take several times as long as everything else here. A slice of b would cost as much again, so there is none: the last
// byte is checked against the bounds, and no offset is negative.

func u16(b []byte, at int) uint16 {
	_ = b[at+1]
	return *(*uint16)(unsafe.Add(unsafe.Pointer(unsafe.SliceData(b)), at))
}

func u32(b []byte, at int) uint32 {
	_ = b[at+3]
	return *(*uint32)(unsafe.Add(unsafe.Pointer(unsafe.SliceData(b)), at))
}

func u64(b []byte, at int) uint64 {
	_ = b[at+7]
	return *(*uint64)(unsafe.Add(unsafe.Pointer(unsafe.SliceData(b)), at))
}

func le64(s string) uint64 {
	_ = s[7]
	return *(*uint64)(unsafe.Pointer(unsafe.StringData(s)))
}

func le32(s string) uint64 {
	_ = s[3]
	return uint64(*(*uint32)(unsafe.Pointer(unsafe.StringData(s))))
}
