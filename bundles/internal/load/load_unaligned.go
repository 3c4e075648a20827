//go:build !purego && (amd64 || arm64 || wasm)

package load

import "unsafe"

// These architectures load little-endian numbers from any address. Go's compiler does not make use of it in WebAssembly, where
// byte by byte they would take several times as long as everything else here; elsewhere it does, but slices b first, which costs
// more than the load. Here the last byte is checked against the bounds. The tag purego has load_portable.go instead.

// U16 returns the 16 bits at an offset.
func U16(b []byte, at int) uint16 {
	return *(*uint16)(unsafe.Add(unsafe.Pointer(&b[at+1]), -1))
}

// U32 returns the 32 bits at an offset.
func U32(b []byte, at int) uint32 {
	return *(*uint32)(unsafe.Add(unsafe.Pointer(&b[at+3]), -3))
}

// U64 returns the 64 bits at an offset.
func U64(b []byte, at int) uint64 {
	return *(*uint64)(unsafe.Add(unsafe.Pointer(&b[at+7]), -7))
}

// Text64 is U64 for a text.
func Text64(s string, at int) uint64 {
	_ = s[at+7]
	return *(*uint64)(unsafe.Add(unsafe.Pointer(unsafe.StringData(s)), at))
}

// Text32 is U32 for a text, in 64 bits.
func Text32(s string, at int) uint64 {
	_ = s[at+3]
	return uint64(*(*uint32)(unsafe.Add(unsafe.Pointer(unsafe.StringData(s)), at)))
}

// HoldsText reports whether b holds the bytes of s at an offset. The last words overlap what is compared already.
func HoldsText(b []byte, at int, s string) bool {
	n := len(s)
	if n == 0 {
		return true
	}
	_ = b[at+n-1]
	p, q := unsafe.Add(unsafe.Pointer(unsafe.SliceData(b)), at), unsafe.Pointer(unsafe.StringData(s))
	switch {
	case n >= 8:
		for i := 0; i < n-8; i += 8 {
			if *(*uint64)(unsafe.Add(p, i)) != *(*uint64)(unsafe.Add(q, i)) {
				return false
			}
		}
		return *(*uint64)(unsafe.Add(p, n-8)) == *(*uint64)(unsafe.Add(q, n-8))
	case n >= 4:
		return *(*uint32)(p) == *(*uint32)(q) && *(*uint32)(unsafe.Add(p, n-4)) == *(*uint32)(unsafe.Add(q, n-4))
	default:
		return *(*byte)(p) == *(*byte)(q) && *(*byte)(unsafe.Add(p, n/2)) == *(*byte)(unsafe.Add(q, n/2)) &&
			*(*byte)(unsafe.Add(p, n-1)) == *(*byte)(unsafe.Add(q, n-1))
	}
}
