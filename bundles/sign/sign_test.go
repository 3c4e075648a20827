package sign_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"math/big"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lictor-dev/lictor/bundles/sign"
)

var files = []sign.File{
	{Name: "lictor/tables.bin", Hash: strings.Repeat("ab", 32), Algorithm: "SHA-256"},
	{Name: ".manifest", Hash: strings.Repeat("cd", 32), Algorithm: "SHA-256"},
}

// signers makes the keys once: RSA is slow to make.
var signers = sync.OnceValues(func() (map[sign.Algorithm]crypto.Signer, error) {
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	rs, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	return map[sign.Algorithm]crypto.Signer{sign.ES256: ec, sign.EdDSA: ed, sign.RS256: rs}, err
})

func signer(t testing.TB, a sign.Algorithm) crypto.Signer {
	t.Helper()
	all, err := signers()
	if err != nil {
		t.Fatal(err)
	}
	return all[a]
}

func newEd25519(t testing.TB) crypto.Signer {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func encode(kind string, der []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

func pkcs8(key crypto.Signer) []byte {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	return encode("PRIVATE KEY", der, err)
}

func pkix(key crypto.Signer) []byte {
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	return encode("PUBLIC KEY", der, err)
}

func certificate(key crypto.Signer) []byte {
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Unix(1, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	return encode("CERTIFICATE", der, err)
}

func private(t testing.TB, text []byte, id string) *sign.PrivateKey {
	t.Helper()
	key, err := sign.ParsePrivateKey(text, id)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func public(t testing.TB, text []byte, id string) sign.PublicKey {
	t.Helper()
	key, err := sign.ParsePublicKey(text, id)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func keySet(t testing.TB, keys ...sign.PublicKey) *sign.KeySet {
	t.Helper()
	set, err := sign.NewKeySet(keys...)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func signFiles(t testing.TB, key *sign.PrivateKey) []byte {
	t.Helper()
	text, err := sign.Sign(key, files)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestSignAndVerify(t *testing.T) {
	t.Parallel()
	for _, algorithm := range []sign.Algorithm{sign.ES256, sign.EdDSA, sign.RS256} {
		t.Run(string(algorithm), func(t *testing.T) {
			t.Parallel()
			s := signer(t, algorithm)
			key := private(t, pkcs8(s), "k1")
			text := signFiles(t, key)
			for name, pub := range map[string]sign.PublicKey{
				"PKIX": public(t, pkix(s), "k1"), "certificate": public(t, certificate(s), "k1"),
				"from the private key": key.Public(), "without an id": public(t, pkix(s), ""),
			} {
				got, err := keySet(t, pub).Verify(text)
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				want := &sign.Statement{KeyID: "k1", Algorithm: algorithm, Files: []sign.File{files[1], files[0]}}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s (-want +got):\n%s", name, diff)
				}
			}
		})
	}
}

func TestSigningIsDeterministic(t *testing.T) {
	t.Parallel()
	for _, algorithm := range []sign.Algorithm{sign.ES256, sign.EdDSA, sign.RS256} {
		key := private(t, pkcs8(signer(t, algorithm)), "k1")
		first := signFiles(t, key)
		reversed := slices.Clone(files)
		slices.Reverse(reversed)
		second, err := sign.Sign(key, reversed)
		if err != nil || !bytes.Equal(first, second) {
			t.Errorf("%s: the same files gave other bytes: %v", algorithm, err)
		}
	}
}

func TestPrivateKeyForms(t *testing.T) {
	t.Parallel()
	ec, rs := signer(t, sign.ES256).(*ecdsa.PrivateKey), signer(t, sign.RS256).(*rsa.PrivateKey)
	sec1, err := x509.MarshalECPrivateKey(ec)
	for name, text := range map[string][]byte{
		"SEC 1":   encode("EC PRIVATE KEY", sec1, err),
		"PKCS #1": encode("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(rs), nil),
	} {
		key := private(t, text, "k")
		if _, err := keySet(t, key.Public()).Verify(signFiles(t, key)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	pkcs1 := public(t, encode("RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(&rs.PublicKey), nil), "k")
	if _, err := keySet(t, pkcs1).Verify(signFiles(t, private(t, pkcs8(rs), "k"))); err != nil {
		t.Errorf("PKCS #1 public key: %v", err)
	}
}

func TestKeysAreRefused(t *testing.T) {
	t.Parallel()
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ed := newEd25519(t)
	encrypted := encode("ENCRYPTED PRIVATE KEY", []byte("x"), nil)
	legacy := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Headers: map[string]string{"DEK-Info": "x"}, Bytes: []byte("x")})
	tests := []struct {
		name            string
		text            []byte
		private, public string // why; empty: accepted
	}{
		{"no PEM", []byte("secret-words"), "not PEM text", "not PEM text"},
		{"empty", nil, "not PEM text", "not PEM text"},
		{"private", pkcs8(ed), "", "this is a private key; verifying takes the public one"},
		{"public", pkix(ed), "this is a public key; signing needs the private one", ""},
		{"certificate", certificate(ed), "this is a public key; signing needs the private one", ""},
		{"P-384 private", pkcs8(p384), "ECDSA keys must be on P-256", "this is a private key; verifying takes the public one"},
		{"P-384 public", pkix(p384), "this is a public key; signing needs the private one", "ECDSA keys must be on P-256"},
		{"short RSA", encode("RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(&rsa.PublicKey{N: new(big.Int).Lsh(big.NewInt(1), 1023), E: 65537}), nil), "this is a public key; signing needs the private one", "RSA keys must have 2048 bits or more"},
		{"encrypted", encrypted, "the key is encrypted", "the key is encrypted"},
		{"encrypted of old", legacy, "the key is encrypted", "the key is encrypted"},
		{"damaged private", encode("PRIVATE KEY", []byte("secret-words"), nil), "the PEM block does not hold a valid key", "this is a private key; verifying takes the public one"},
		{"damaged public", encode("PUBLIC KEY", []byte("secret-words"), nil), "this is a public key; signing needs the private one", "the PEM block does not hold a valid key"},
		{"other block", encode("OPENSSH PRIVATE KEY", []byte("secret-words"), nil), `unknown PEM block "OPENSSH PRIVATE KEY"`, `unknown PEM block "OPENSSH PRIVATE KEY"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := sign.ParsePrivateKey(tt.text, "k")
			checkKeyError(t, err, tt.private)
			_, err = sign.ParsePublicKey(tt.text, "k")
			checkKeyError(t, err, tt.public)
		})
	}
}

func checkKeyError(t *testing.T, err error, want string) {
	t.Helper()
	if want == "" {
		if err != nil {
			t.Errorf("refused: %v", err)
		}
		return
	}
	key, ok := errors.AsType[*sign.KeyError](err)
	if !ok || key.Reason != want || key.ID != "k" || strings.Contains(err.Error(), "secret") {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestKeySets(t *testing.T) {
	t.Parallel()
	old, fresh, other := newEd25519(t), newEd25519(t), newEd25519(t)
	if _, err := sign.NewKeySet(); !errors.Is(err, sign.ErrNoKeys) {
		t.Errorf("empty set: %v", err)
	}
	if _, err := sign.NewKeySet(public(t, pkix(old), "k"), public(t, pkix(fresh), "k")); err == nil {
		t.Error("one id for two keys")
	}
	if _, err := sign.NewKeySet(sign.PublicKey{}); err == nil {
		t.Error("a key that is none")
	}
	if _, err := (*sign.KeySet)(nil).Verify(nil); !errors.Is(err, sign.ErrNoKeys) {
		t.Errorf("no set: %v", err)
	}
	rotating := keySet(t, public(t, pkix(old), "old"), public(t, pkix(fresh), "new"))
	anonymous := keySet(t, public(t, pkix(old), ""), public(t, pkix(fresh), ""))
	mixed := keySet(t, public(t, pkix(old), "old"), public(t, pkix(fresh), ""))
	tests := []struct {
		name string
		set  *sign.KeySet
		key  crypto.Signer
		id   string
		want error
	}{
		{"old key", rotating, old, "old", nil},
		{"new key", rotating, fresh, "new", nil},
		{"no id named", rotating, fresh, "", nil},
		{"unknown id", rotating, fresh, "newer", &sign.UnknownKeyError{ID: "newer"}},
		{"the other's id", rotating, fresh, "old", sign.ErrSignature},
		{"unknown key, known id", rotating, other, "old", sign.ErrSignature},
		{"unknown key, no id", rotating, other, "", sign.ErrSignature},
		{"any id by an anonymous key", anonymous, fresh, "whatever", nil},
		{"unknown key, anonymous keys", anonymous, other, "whatever", sign.ErrSignature},
		{"mixed, named", mixed, old, "old", nil},
		{"mixed, anonymous", mixed, fresh, "whatever", nil},
		{"mixed, a named key under another id", mixed, old, "whatever", sign.ErrSignature},
		{"other algorithm", rotating, signer(t, sign.ES256), "old", &sign.AlgorithmError{Got: "ES256", Want: sign.EdDSA}},
		{"other algorithm, no id", rotating, signer(t, sign.ES256), "", &sign.AlgorithmError{Got: "ES256"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := tt.set.Verify(signFiles(t, private(t, pkcs8(tt.key), tt.id)))
			if !errors.Is(err, tt.want) && (tt.want == nil || err == nil || err.Error() != tt.want.Error()) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
}
