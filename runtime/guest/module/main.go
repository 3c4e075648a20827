//go:build wasip1

// Command module is lictor-evaluator.wasm: the exports of runtime/guest/ABI.md around package guest. "make wasm" builds it.
package main

import (
	"unsafe"

	"github.com/lictor-dev/lictor/runtime/guest"
)

//go:wasmimport lictor condition
//go:noescape
func condition(handle uint32, rule string, environment unsafe.Pointer, environmentLen uint32) int32

//go:wasmimport wasi_snapshot_preview1 clock_time_get
//go:noescape
func clockTimeGet(clock uint32, precision uint64, at unsafe.Pointer) uint32

var instance = guest.New(guest.Host{Now: now, Condition: askCondition})

// moment is where the host writes the time: nanoseconds since 1970.
var moment uint64

// now returns the seconds since 1970; 0 when the host has no clock, at which nothing that has a date is valid.
func now() int64 {
	const realtime, nanoseconds = 0, 1_000_000_000
	if clockTimeGet(realtime, 1_000_000, unsafe.Pointer(&moment)) != 0 {
		return 0
	}
	return int64(moment / nanoseconds)
}

func askCondition(handle uint32, rule string, environment []byte) int32 {
	return condition(handle, rule, unsafe.Pointer(unsafe.SliceData(environment)), uint32(len(environment)))
}

//go:wasmexport lictor_abi
func abi() int32 { return guest.ABI }

//go:wasmexport lictor_buffer
func buffer(size uint32) uint32 {
	return offset(instance.Buffer(size))
}

//go:wasmexport lictor_open_tables
func openTables(n, flags uint32) int32 { return instance.OpenTables(n, flags) }

//go:wasmexport lictor_close
func closePolicy(handle uint32) int32 { return instance.Close(handle) }

//go:wasmexport lictor_check
func check(handle, n uint32) int32 { return instance.Check(handle, n) }

//go:wasmexport lictor_has_role
func hasRole(handle, n uint32) int32 { return instance.HasRole(handle, n) }

//go:wasmexport lictor_decide
func decide(handle, n uint32) int64 { return answer(instance.Decide(handle, n)) }

//go:wasmexport lictor_ask
func ask(handle, kind, n uint32) int64 { return answer(instance.Ask(handle, kind, n)) }

//go:wasmexport lictor_error
func lastError() int64 { return answer(instance.Error(), 0) }

// answer is rule B4.
func answer(content []byte, code guest.Code) int64 {
	if code != 0 {
		return int64(code)
	}
	return int64(offset(content))<<32 | int64(len(content))
}

// offset returns where bytes are in memory. The collector does not move them, and the instance keeps them.
func offset(content []byte) uint32 { return uint32(uintptr(unsafe.Pointer(unsafe.SliceData(content)))) }

func main() {}

//go:wasmexport lictor_prove
func prove(handle, n uint32) int32 { return instance.Prove(handle, n) }

//go:wasmexport lictor_open_bundle
func openBundle(n, flags uint32) int32 { return instance.OpenBundle(n, flags) }
