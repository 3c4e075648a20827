// Package caller tells the programs that ask an edge apart.
package caller

import (
	"crypto/sha256"
	"sync/atomic"
)

// Caller is a program that proved who it is.
type Caller struct {
	Name    string // the operator's name for it
	Explain bool   // it may ask for explanations
}

// Digest is the SHA-256 of an API key, the only form in which an edge has one.
type Digest = [sha256.Size]byte

// Keys knows callers by the digests of their keys. The zero value knows nobody. It is safe for concurrent use.
type Keys struct {
	current atomic.Pointer[map[Digest]*Caller]
}

// Replace makes the callers known that stand in the map, and no others. It keeps the map, which must not change.
func (k *Keys) Replace(callers map[Digest]*Caller) { k.current.Store(&callers) }

// Authenticate returns the caller whose key stands in a header Authorization as "Bearer KEY", nil when it is nobody's. It
// allocates nothing. Keys are looked up by their digest, so how long it takes tells nothing of them.
func (k *Keys) Authenticate(authorization []byte) *Caller {
	token, ok := Bearer(authorization)
	callers := k.current.Load()
	if !ok || callers == nil {
		return nil
	}
	return (*callers)[sha256.Sum256(token)]
}
