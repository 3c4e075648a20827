// Package guest is the table engine as a WebAssembly module sees it: one buffer, policies by handles, numbers as
// answers. ABI.md numbers the rules. Everything is here but the exports themselves, which are in package main of
// runtime/guest/module, so that all of it is tested without WebAssembly.
//
// The package links nothing that costs much: no fmt, no os, no time, no encoding/json.
package guest

import (
	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/runtime/decision"
)

// The version of the ABI (rule V1).
const (
	Major = 1
	Minor = 0
	ABI   = Major<<16 | Minor
)

// Limits (rules B1, P1, R8, Q5 and Q8).
const (
	MaxBuffer   = 1 << 30
	MaxPolicies = 64
	MaxRequest  = 1 << 20
	MaxQuestion = 16 << 20
	MaxBatch    = 10_000
)

// Host is what a guest needs of the program that runs it.
type Host struct {
	// Now returns the seconds since 1970 (rule R5).
	Now func() int64
	// Condition is the import of rule C1: the value of a rule for an environment.
	Condition func(handle uint32, rule string, environment []byte) int32
}

// Guest is one instance. It belongs to one goroutine.
type Guest struct {
	host     Host
	buffer   []byte
	policies [MaxPolicies]*policyState
	opened   uint32 // how often a policy was opened in all
	failure  *Failure

	request decision.Request // reused by every check, with its storage
	objects [objectCount][]byte
	names   []string
	ids     []policy.ID
	answer  []byte
	scratch []byte
}

// New returns a guest without policies.
func New(host Host) *Guest { return &Guest{host: host} }

// Buffer returns the buffer, which has at least size bytes (rule B1); nil when it may not have as many.
func (g *Guest) Buffer(size uint32) []byte {
	if size > MaxBuffer {
		g.fail(limit, "a buffer of more than 1 GiB")
		return nil
	}
	if int(size) > len(g.buffer) || g.buffer == nil { // never an offset of 0
		g.buffer = make([]byte, max(int(size), smallestBuffer))
	}
	return g.buffer
}

// smallestBuffer has room for most requests, so that a host that asks for each one gets the same buffer.
const smallestBuffer = 4 << 10

// input returns the first n bytes of the buffer, at most a number of them.
func (g *Guest) input(n uint32, most int) ([]byte, Code) {
	switch {
	case int64(n) > int64(len(g.buffer)):
		return nil, g.fail(length, "more bytes than the buffer has")
	case int64(n) > int64(most):
		return nil, g.fail(limit, "a request of more than "+decimal(most)+" bytes")
	default:
		return g.buffer[:n:n], 0
	}
}

// take is input for what is kept: the buffer is the caller's afterwards (rule B2).
func (g *Guest) take(n uint32) ([]byte, Code) {
	content, code := g.input(n, MaxBuffer)
	if code == 0 {
		g.buffer = nil
	}
	return content, code
}
