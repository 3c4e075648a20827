// Package sign makes and checks the signatures of bundles: OPA's .signatures.json, which holds one JWS
// (RFC 7515, compact) whose payload lists every member of the bundle with its digest.
//
// A [PrivateKey] signs with [Sign]; a [KeySet] checks with [KeySet.Verify]. The algorithms are ES256, EdDSA
// (Ed25519) and RS256. Which one counts is a property of the key, never of the token alone; secrets
// shared by both sides (HS256 and its kin) and "none" do not exist here.
//
// Signing is deterministic: the same key and members give the same bytes. RSA (PKCS #1 v1.5) and
// Ed25519 are so by nature, ECDSA by RFC 6979; the token carries no time.
package sign

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strings"
)

// DigestAlgorithm is the only digest that members of a bundle are signed with, in OPA's spelling.
const DigestAlgorithm = "SHA-256"

// File is a member of a bundle as a signature names it.
type File struct {
	Name      string `json:"name"`      // without a leading slash
	Hash      string `json:"hash"`      // lower-case hexadecimal
	Algorithm string `json:"algorithm"` // [DigestAlgorithm]
}

type header struct {
	Algorithm Algorithm `json:"alg"`
	KeyID     string    `json:"kid,omitempty"`
	Type      string    `json:"typ"`
}

type payload struct {
	Files []File `json:"files"`
	KeyID string `json:"keyid,omitempty"`
}

type envelope struct {
	Signatures []string `json:"signatures"`
}

// Sign returns the content of .signatures.json for files, which it lists sorted by name. The same key
// and files, in any order, give the same bytes.
func Sign(key *PrivateKey, files []File) ([]byte, error) {
	files = slices.Clone(files)
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	signed := segment(header{key.algorithm, key.id, "JWT"}) + "." + segment(payload{files, key.id})
	signature, err := key.sign([]byte(signed))
	if err != nil {
		return nil, fmt.Errorf("sign with key %s: %w", quote(key.id), err)
	}
	token := signed + "." + base64.RawURLEncoding.EncodeToString(signature)
	return marshal(envelope{[]string{token}}), nil
}

func segment(v any) string { return base64.RawURLEncoding.EncodeToString(marshal(v)) }

func marshal(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic("BUG: strings do not marshal: " + err.Error())
	}
	return text
}

func (k *PrivateKey) sign(message []byte) ([]byte, error) {
	digest := sha256.Sum256(message)
	switch k.algorithm {
	case EdDSA:
		return k.signer.Sign(nil, message, crypto.Hash(0))
	case RS256:
		return k.signer.Sign(nil, digest[:], crypto.SHA256)
	default:
		der, err := k.signer.Sign(nil, digest[:], crypto.SHA256) // no random source: RFC 6979
		if err != nil {
			return nil, err
		}
		return rawSignature(der)
	}
}

// es256Half is the length of r and of s in an ES256 signature (RFC 7518 section 3.4).
const es256Half = 32

type ecdsaSignature struct{ R, S *big.Int }

func rawSignature(der []byte) ([]byte, error) {
	var s ecdsaSignature
	if _, err := asn1.Unmarshal(der, &s); err != nil {
		return nil, err
	}
	raw := make([]byte, 2*es256Half)
	s.R.FillBytes(raw[:es256Half])
	s.S.FillBytes(raw[es256Half:])
	return raw, nil
}

func derSignature(raw []byte) ([]byte, error) {
	return asn1.Marshal(ecdsaSignature{
		new(big.Int).SetBytes(raw[:es256Half]),
		new(big.Int).SetBytes(raw[es256Half:]),
	})
}

func verifyES256(key *ecdsa.PublicKey, digest, raw []byte) bool {
	if len(raw) != 2*es256Half {
		return false
	}
	der, err := derSignature(raw)
	return err == nil && ecdsa.VerifyASN1(key, digest, der)
}

func verifyEdDSA(key ed25519.PublicKey, message, signature []byte) bool {
	return len(signature) == ed25519.SignatureSize && ed25519.Verify(key, message, signature)
}
