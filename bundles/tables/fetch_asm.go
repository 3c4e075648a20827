//go:build !purego && (amd64 || arm64)

package tables

import "unsafe"

// fetches reports whether the processor can load ahead.
const fetches = true

// fetch has the processor load the cache line at p and the next one. It never faults.
//
//go:noescape
func fetch(p unsafe.Pointer)
