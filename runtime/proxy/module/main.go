//go:build wasip1

// Command module is lictor-proxy.wasm: package proxy behind the ABI of https://http-wasm.io/http-handler-abi/, as a reactor. "make
// wasm" builds it.
package main

// main does not run: the host calls _initialize once, and then handle_request, one call at a time.
func main() {}
