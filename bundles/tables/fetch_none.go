//go:build purego || !(amd64 || arm64)

package tables

import "unsafe"

// fetches reports whether the processor can load ahead.
const fetches = false

// fetch does nothing where there is no such instruction.
func fetch(unsafe.Pointer) {}
