//go:build wasip1

package main

import "unsafe"

// The functions of the host, module "http_handler". Those that fill a buffer return the length of the whole value and write
// nothing when it is longer than limit. Of a list of texts, each ended by a NUL, the answer is count<<32 | length. A host that
// cannot do what it is asked traps: nothing of the instance is believed after that.

//go:wasmimport http_handler get_config
func hostConfig(buffer unsafe.Pointer, limit uint32) (length uint32)

//go:wasmimport http_handler log_enabled
func hostLogEnabled(level int32) uint32

//go:wasmimport http_handler log
func hostLog(level int32, message string)

//go:wasmimport http_handler get_method
func hostMethod(buffer unsafe.Pointer, limit uint32) (length uint32)

//go:wasmimport http_handler get_uri
func hostURI(buffer unsafe.Pointer, limit uint32) (length uint32)

//go:wasmimport http_handler get_header_values
func hostHeaderValues(kind uint32, name string, buffer unsafe.Pointer, limit uint32) (countLength uint64)

//go:wasmimport http_handler set_header_value
func hostSetHeader(kind uint32, name, value string)

//go:wasmimport http_handler remove_header
func hostRemoveHeader(kind uint32, name string)

//go:wasmimport http_handler set_status_code
func hostSetStatus(status uint32)

// The kinds of headers.
const (
	requestHeader  = 0
	responseHeader = 1
)

// The levels of the log.
const (
	levelInfo  = 0
	levelError = 2
)
