package sign

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
)

// Algorithm is a JWS signature algorithm by its registered name (RFC 7518, RFC 8037).
type Algorithm string

// The algorithms.
const (
	ES256 Algorithm = "ES256" // ECDSA on P-256 with SHA-256
	EdDSA Algorithm = "EdDSA" // Ed25519
	RS256 Algorithm = "RS256" // RSASSA-PKCS1-v1_5 with SHA-256, of 2048 bits or more
)

// minRSABits is the shortest RSA key that signs or verifies (RFC 7518 section 3.3).
const minRSABits = 2048

// PrivateKey signs bundles. It is immutable and safe for concurrent use.
type PrivateKey struct {
	id        string
	algorithm Algorithm
	signer    crypto.Signer
}

// ID returns the key's id, which may be empty.
func (k *PrivateKey) ID() string { return k.id }

// Algorithm returns the algorithm that the key signs with.
func (k *PrivateKey) Algorithm() Algorithm { return k.algorithm }

// Public returns the key that verifies what k signs, under the same id.
func (k *PrivateKey) Public() PublicKey {
	return PublicKey{id: k.id, algorithm: k.algorithm, key: k.signer.Public()}
}

// PublicKey verifies bundles. It is immutable and safe for concurrent use.
type PublicKey struct {
	id        string
	algorithm Algorithm
	key       crypto.PublicKey
}

// ID returns the key's id. A key without one verifies tokens that name any key.
func (k PublicKey) ID() string { return k.id }

// Algorithm returns the only algorithm whose signatures the key accepts.
func (k PublicKey) Algorithm() Algorithm { return k.algorithm }

func (k PublicKey) verifies(message, signature []byte) bool {
	digest := sha256.Sum256(message)
	switch key := k.key.(type) {
	case ed25519.PublicKey:
		return verifyEdDSA(key, message, signature)
	case *ecdsa.PublicKey:
		return verifyES256(key, digest[:], signature)
	case *rsa.PublicKey:
		return rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], signature) == nil
	default:
		return false
	}
}

// ParsePrivateKey reads a private key from the first block of PEM text: PKCS #8, SEC 1 or PKCS #1, not
// encrypted. id may be empty. The error is a [*KeyError] and never holds key material.
func ParsePrivateKey(text []byte, id string) (*PrivateKey, error) {
	block, err := decodeBlock(text, id)
	if err != nil {
		return nil, err
	}
	key, err := privateFrom(block)
	if err != nil {
		return nil, &KeyError{ID: id, Reason: err.Error()}
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, &KeyError{ID: id, Reason: "the key cannot sign"}
	}
	algorithm, err := algorithmOf(signer.Public())
	if err != nil {
		return nil, &KeyError{ID: id, Reason: err.Error()}
	}
	return &PrivateKey{id: id, algorithm: algorithm, signer: signer}, nil
}

// ParsePublicKey reads a public key from the first block of PEM text: PKIX, PKCS #1, or the key inside an
// X.509 certificate, of which nothing else counts: neither its dates nor who issued it. With an empty id the
// key verifies tokens that name any key. The error is a [*KeyError] and never holds key material.
func ParsePublicKey(text []byte, id string) (PublicKey, error) {
	block, err := decodeBlock(text, id)
	if err != nil {
		return PublicKey{}, err
	}
	key, err := publicFrom(block)
	if err != nil {
		return PublicKey{}, &KeyError{ID: id, Reason: err.Error()}
	}
	algorithm, err := algorithmOf(key)
	if err != nil {
		return PublicKey{}, &KeyError{ID: id, Reason: err.Error()}
	}
	return PublicKey{id: id, algorithm: algorithm, key: key}, nil
}

func decodeBlock(text []byte, id string) (*pem.Block, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, &KeyError{ID: id, Reason: "not PEM text"}
	}
	if block.Type == "ENCRYPTED PRIVATE KEY" || block.Headers["DEK-Info"] != "" {
		return nil, &KeyError{ID: id, Reason: "the key is encrypted"}
	}
	return block, nil
}

func privateFrom(block *pem.Block) (any, error) {
	switch block.Type {
	case "PRIVATE KEY":
		return masked(x509.ParsePKCS8PrivateKey(block.Bytes))
	case "EC PRIVATE KEY":
		return masked(x509.ParseECPrivateKey(block.Bytes))
	case "RSA PRIVATE KEY":
		return masked(x509.ParsePKCS1PrivateKey(block.Bytes))
	case "PUBLIC KEY", "RSA PUBLIC KEY", "CERTIFICATE":
		return nil, reason("this is a public key; signing needs the private one")
	default:
		return nil, reason("unknown PEM block " + quote(block.Type))
	}
}

func publicFrom(block *pem.Block) (any, error) {
	switch block.Type {
	case "PUBLIC KEY":
		return masked(x509.ParsePKIXPublicKey(block.Bytes))
	case "RSA PUBLIC KEY":
		return masked(x509.ParsePKCS1PublicKey(block.Bytes))
	case "CERTIFICATE":
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return masked[any](nil, err)
		}
		return certificate.PublicKey, nil
	case "PRIVATE KEY", "EC PRIVATE KEY", "RSA PRIVATE KEY":
		return nil, reason("this is a private key; verifying takes the public one")
	default:
		return nil, reason("unknown PEM block " + quote(block.Type))
	}
}

// masked hides the parser's error, which may quote the key.
func masked[K any](key K, err error) (any, error) {
	if err != nil {
		return nil, reason("the PEM block does not hold a valid key")
	}
	return key, nil
}

func algorithmOf(key crypto.PublicKey) (Algorithm, error) {
	switch key := key.(type) {
	case ed25519.PublicKey:
		return EdDSA, nil
	case *ecdsa.PublicKey:
		if key.Curve != elliptic.P256() {
			return "", reason("ECDSA keys must be on P-256")
		}
		return ES256, nil
	case *rsa.PublicKey:
		if key.N.BitLen() < minRSABits {
			return "", reason("RSA keys must have 2048 bits or more")
		}
		return RS256, nil
	default:
		return "", reason("the kind of key is not supported: use ECDSA on P-256, Ed25519 or RSA")
	}
}
