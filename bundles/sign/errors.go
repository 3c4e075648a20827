package sign

import (
	"errors"
	"fmt"
)

// ErrNoKeys says that a key set holds no key: it could never verify anything.
var ErrNoKeys = errors.New("no verification keys given")

// ErrSignature says that no key of the set made the signature.
var ErrSignature = errors.New("the signature is not by any of the verification keys it may be by")

// KeyError says why a key cannot be used. It holds no key material.
type KeyError struct {
	ID     string // of the key; may be empty
	Reason string
}

func (e *KeyError) Error() string {
	if e.ID == "" {
		return "key: " + e.Reason
	}
	return fmt.Sprintf("key %s: %s", quote(e.ID), e.Reason)
}

// UnknownKeyError says that a token names a key that the set does not hold.
type UnknownKeyError struct {
	ID string // the key named by the token
}

func (e *UnknownKeyError) Error() string {
	return fmt.Sprintf("signed with the unknown key %s", quote(e.ID))
}

// AlgorithmError says that a token's algorithm is not that of the key it may be by.
type AlgorithmError struct {
	Got  string    // what the token says
	Want Algorithm // what the key signs with; empty when several keys could have signed
}

func (e *AlgorithmError) Error() string {
	if e.Want == "" {
		return fmt.Sprintf("signature algorithm %s: no verification key uses it", quote(e.Got))
	}
	return fmt.Sprintf("signature algorithm %s: the key signs with %s", quote(e.Got), e.Want)
}

// FormatError says what is wrong with the text of a .signatures.json.
type FormatError struct {
	Part   string // "signatures", "header", "payload" or "signature"
	Reason string
}

func (e *FormatError) Error() string { return fmt.Sprintf("malformed %s: %s", e.Part, e.Reason) }

type reason string

func (r reason) Error() string { return string(r) }

// maxQuoted caps foreign text in messages.
const maxQuoted = 80

func quote(s string) string {
	if len(s) > maxQuoted {
		return fmt.Sprintf("%q…", s[:maxQuoted])
	}
	return fmt.Sprintf("%q", s)
}
