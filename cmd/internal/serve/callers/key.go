package callers

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
)

// Prefix is what the keys start with that [NewKey] makes, so that they are recognised where they do not belong.
const Prefix = "lictor_"

// keyBytes is how much chance there is in a key.
const keyBytes = 32

// NewKey returns a key that nobody can guess.
func NewKey() string {
	var random [keyBytes]byte
	_, _ = rand.Read(random[:]) // never returns an error
	return Prefix + base64.RawURLEncoding.EncodeToString(random[:])
}

// DigestOf returns what the file holds of a key.
func DigestOf(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:])
}
