package interop_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	opa "github.com/open-policy-agent/opa/v1/bundle"
	"github.com/open-policy-agent/opa/v1/keys"
	"github.com/open-policy-agent/opa/v1/util"

	"github.com/lictor-dev/lictor/bundles"
	"github.com/lictor-dev/lictor/bundles/sign"
)

const keyID = "release-2026"

// keyPair is one key as both sides take it.
type keyPair struct {
	algorithm       string
	private, public []byte // PEM
}

func keyPairs(t *testing.T) map[string]keyPair {
	t.Helper()
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	rs, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]keyPair{
		"ES256": encodePair(t, "ES256", ec), "EdDSA": encodePair(t, "EdDSA", ed), "RS256": encodePair(t, "RS256", rs),
	}
}

func encodePair(t *testing.T, algorithm string, key crypto.Signer) keyPair {
	t.Helper()
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	return keyPair{
		algorithm: algorithm,
		private:   pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}),
		public:    pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public}),
	}
}

func (p keyPair) ours(t *testing.T, id string) (*sign.PrivateKey, *sign.KeySet) {
	t.Helper()
	key, err := sign.ParsePrivateKey(p.private, id)
	if err != nil {
		t.Fatal(err)
	}
	public, err := sign.ParsePublicKey(p.public, id)
	if err != nil {
		t.Fatal(err)
	}
	set, err := sign.NewKeySet(public)
	if err != nil {
		t.Fatal(err)
	}
	return key, set
}

// file writes a key to a file: OPA takes a text for a path first, and a long base64 text without a slash
// is an error to it.
func file(t *testing.T, text []byte) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(name, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// theirs is what `opa eval -b --verification-key` builds from its flags.
func (p keyPair) theirs(t *testing.T, id string) *opa.VerificationConfig {
	t.Helper()
	config, err := keys.NewKeyConfig(file(t, p.public), p.algorithm, "")
	if err != nil {
		t.Fatal(err)
	}
	return opa.NewVerificationConfig(map[string]*keys.Config{id: config}, id, "", nil)
}

// awkward is JSON whose canonical form differs most from how people write it.
const awkward = `{"z": 1.50, "a": [1e2, -0, 12345678901234567890], "é": "<&>\u2028\u0007\b\/\u00e9😀", "": {"b":{},"a":[]},` +
	` "A": null, "c": "\ud83d\ude00", "\u0001": true}`

func newBundle(t *testing.T, key *sign.PrivateKey) []byte {
	t.Helper()
	data, err := bundles.Canonical([]byte(awkward))
	if err != nil {
		t.Fatal(err)
	}
	draft := bundles.Draft{
		Revision: "r1", Epoch: 3, Compiler: `v0.1 <&> "x"`, Entrypoints: []string{"lictor/authz/allow"}, Key: key,
		Parts: map[string][]byte{
			bundles.DataName:      data,
			bundles.TablesName:    []byte("\x00\x01tables"),
			bundles.TestsName:     []byte(`{"tests":[{"name":"x"}]}`),
			"lictor/authz.rego":   []byte("package lictor.authz\n\nallow := data.lictor.A == null\n"),
			"custom/a/extra.rego": []byte("package custom.a\n\ndefault x := 1\n"),
		},
	}
	var out bytes.Buffer
	if err := draft.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func readAsOPA(raw []byte, config *opa.VerificationConfig) (opa.Bundle, error) {
	loader := opa.NewTarballLoaderWithBaseURL(bytes.NewReader(raw), "")
	return opa.NewCustomReader(loader).WithBundleVerificationConfig(config).Read()
}

func TestOPAVerifiesWhatWeSign(t *testing.T) {
	t.Parallel()
	for name, pair := range keyPairs(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			key, _ := pair.ours(t, keyID)
			raw := newBundle(t, key)
			b, err := readAsOPA(raw, pair.theirs(t, keyID))
			if err != nil {
				t.Fatal(err)
			}
			if b.Manifest.Revision != "r1" || len(b.Modules) != 2 || b.Data["lictor"] == nil {
				t.Errorf("OPA read revision %q, %d modules, data %v", b.Manifest.Revision, len(b.Modules), b.Data)
			}
			if lictor, ok := b.Data["lictor"].(map[string]any); !ok || lictor["tests"] != nil || len(b.Data) != 1 {
				t.Errorf("OPA takes tests for data: %v", b.Data)
			}
			other := keyPairs(t)[name]
			if _, err := readAsOPA(raw, other.theirs(t, keyID)); err == nil {
				t.Error("OPA accepts the bundle with another key: the test proves nothing")
			}
		})
	}
}

func TestWeVerifyWhatOPASigns(t *testing.T) {
	t.Parallel()
	for name, pair := range keyPairs(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			key, set := pair.ours(t, keyID)
			for _, id := range []string{"", keyID} { // `opa sign` names no key
				raw := resign(t, newBundle(t, key), signAsOPA(t, newBundle(t, nil), pair, id))
				if err := bundles.Validate(raw, bundles.Options{Keys: set}); err != nil {
					t.Errorf("key id %q: %v", id, err)
				}
				if _, err := readAsOPA(raw, pair.theirs(t, keyID)); err != nil {
					t.Errorf("OPA does not accept its own signature: %v", err)
				}
			}
			raw := resign(t, newBundle(t, key), signAsOPA(t, newBundle(t, nil), keyPairs(t)[name], keyID))
			if err := bundles.Validate(raw, bundles.Options{Keys: set}); err == nil {
				t.Error("a signature by another key is accepted")
			}
		})
	}
}

// signAsOPA does what `opa sign --bundle` does with a bundle file.
func signAsOPA(t *testing.T, raw []byte, pair keyPair, id string) []byte {
	t.Helper()
	hasher, err := opa.NewSignatureHasher(opa.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	var files []opa.FileInfo
	loader := opa.NewTarballLoaderWithBaseURL(bytes.NewReader(raw), "")
	for {
		descriptor, err := loader.NextFile()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, hashAsOPA(t, hasher, descriptor))
	}
	config := opa.NewSigningConfig(file(t, pair.private), pair.algorithm, "")
	token, err := opa.GenerateSignedToken(files, config, id)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.MarshalIndent(map[string]any{"signatures": []string{token}}, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func hashAsOPA(t *testing.T, hasher opa.SignatureHasher, file *opa.Descriptor) opa.FileInfo {
	t.Helper()
	var content bytes.Buffer
	if _, err := file.Read(&content, 1<<20); err != nil && err != io.EOF {
		t.Fatal(err)
	}
	var value any = content.Bytes()
	if opa.IsStructuredDoc(file.Path()) {
		if err := util.Unmarshal(content.Bytes(), &value); err != nil {
			t.Fatal(err)
		}
	}
	sum, err := hasher.HashFile(value)
	if err != nil {
		t.Fatal(err)
	}
	return opa.NewFile(strings.TrimPrefix(file.Path(), "/"), hex.EncodeToString(sum), opa.SHA256.String())
}

// resign puts signatures into the bundle in the place of its own.
func resign(t *testing.T, raw, signatures []byte) []byte {
	t.Helper()
	b, err := bundles.Open(bytes.NewReader(raw), bundles.Options{AllowUnsigned: true})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := b.Rewrite(&out, signatures); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestCanonicalHashesAsOPA holds the rule on which everything above stands: the digest of canonical text is
// the one that OPA computes by walking the decoded value.
func TestCanonicalHashesAsOPA(t *testing.T) {
	t.Parallel()
	hasher, err := opa.NewSignatureHasher(opa.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	everyRune := map[string]any{}
	for r := rune(0); r < 0x3000; r++ {
		everyRune["k"+string(r)] = string(r) + "x"
	}
	runes, err := json.Marshal(everyRune)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{awkward, string(runes), `{}`, `[]`, `null`, `"\\\""`, ` 1.0E+2 `, `{"b":[{"d":1,"c":{"y":[],"x":{}}}],"a":2}`} {
		var value any
		if err := util.Unmarshal([]byte(text), &value); err != nil {
			t.Fatal(err)
		}
		want, err := hasher.HashFile(value)
		if err != nil {
			t.Fatal(err)
		}
		canonical, err := bundles.Canonical([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if got := bundles.DigestOf(canonical); !bytes.Equal(got[:], want) {
			t.Errorf("canonical form of %.60q is %.60q, whose digest is not OPA's", text, canonical)
		}
		again, err := bundles.Canonical(canonical)
		if err != nil || !bytes.Equal(again, canonical) {
			t.Errorf("canonical form of %.60q is not stable: %v", text, err)
		}
	}
}

// TestOPAConfigurationKnowsNoEdDSA pins what FORMAT.md says about OPA: the day it fails, that sentence can go.
func TestOPAConfigurationKnowsNoEdDSA(t *testing.T) {
	t.Parallel()
	for algorithm, known := range map[string]bool{"ES256": true, "RS256": true, "EdDSA": false} {
		_, err := keys.ParseKeysConfig([]byte(`{"k":{"key":"x","algorithm":"` + algorithm + `"}}`))
		if (err == nil) != known {
			t.Errorf("%s: %v", algorithm, err)
		}
	}
}
