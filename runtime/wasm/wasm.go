// Package wasm runs a bundle's policy.wasm, the policy compiled by OPA to WebAssembly, on wazero.
//
// A [Runtime] compiles each policy once. From it come an [Engine], which answers whole requests from the policy and
// its data as the table engine does, and [Conditions], which evaluate single conditions for the table engine and need
// no data. Each has a bounded number of instances, since an instance answers one request at a time; every
// evaluation has a deadline, its memory a bound, and an instance that did anything but answer is thrown away. What
// goes wrong is an [*EvaluationError], and lets nobody in.
//
// Start reading at [Runtime.Engine], then evaluate in instance.go.
package wasm

import (
	"runtime"
	"time"
)

// Options bound what a policy may use. The zero value of a field stands for its default.
type Options struct {
	// Instances is how many requests are evaluated at a time; default GOMAXPROCS. Others wait.
	Instances int
	// Warm is how many instances are made at once, at most Instances; default 1. Others follow when they are missed.
	Warm int
	// Pages bounds the memory of an instance, in pages of 64 KiB; default 256 (16 MiB) for [Conditions], and 4,096
	// (256 MiB) for an [Engine], whose instances hold the policy's data.
	Pages uint32
	// Deadline bounds an evaluation, waiting for an instance included; default 100 ms for [Conditions], and 1 s for an
	// [Engine], whose requests may ask for 1,024 atoms.
	Deadline time.Duration
	// Start bounds how long it takes to make an instance, loading its data included; default 30 s.
	Start time.Duration
	// Input and Answer bound the bytes of what goes into an evaluation and comes out; default 1 MiB each.
	Input, Answer int
}

// The defaults that differ.
var (
	forConditions = Options{Pages: 256, Deadline: 100 * time.Millisecond}
	forEngine     = Options{Pages: 4096, Deadline: time.Second}
)

// withDefaults fills in what is not given.
func (o Options) withDefaults(d Options) Options {
	if o.Instances <= 0 {
		o.Instances = runtime.GOMAXPROCS(0)
	}
	o.Warm = max(1, min(o.Warm, o.Instances))
	if o.Pages == 0 {
		o.Pages = d.Pages
	}
	o.Pages = min(o.Pages, maxPages)
	o.Deadline = orDefault(o.Deadline, d.Deadline)
	o.Start = orDefault(o.Start, 30*time.Second)
	o.Input, o.Answer = orDefault(o.Input, 1<<20), orDefault(o.Answer, 1<<20)
	return o
}

// maxPages leaves the last addresses out, so that sums of an address and a length stay below 2³².
const maxPages = 1<<16 - 64

func orDefault[T int | time.Duration](n, otherwise T) T {
	if n <= 0 {
		return otherwise
	}
	return n
}
