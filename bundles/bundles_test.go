package bundles_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lictor-dev/lictor/bundles"
	"github.com/lictor-dev/lictor/bundles/sign"
)

// testKey returns a key that is the same in every run.
func testKey(t testing.TB, id string) *sign.PrivateKey {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize)))
	if err != nil {
		t.Fatal(err)
	}
	key, err := sign.ParsePrivateKey(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), id)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func keySet(t testing.TB, keys ...*sign.PrivateKey) *sign.KeySet {
	t.Helper()
	public := make([]sign.PublicKey, 0, len(keys))
	for _, key := range keys {
		public = append(public, key.Public())
	}
	set, err := sign.NewKeySet(public...)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func newDraft() *bundles.Draft {
	return &bundles.Draft{
		Revision:    "2026-01-01T00:00:00Z+a.b_c-d",
		Epoch:       7,
		Source:      bundles.DigestOf([]byte("definitions")),
		Compiler:    "v0.1.0 <test>",
		Entrypoints: []string{"lictor/authz/allow", "lictor/authz/decision"},
		Agreement:   bundles.Agreement{Requests: 20000, Seed: 1<<64 - 1},
		Parts: map[string][]byte{
			"lictor/authz.rego":     []byte("package lictor.authz\n"),
			"custom/deep/more.rego": []byte("package custom.deep\n"),
			bundles.DataName:        []byte(`{"a":[1,2.50,"<&>"],"b":null}`),
			bundles.TablesName:      bytes.Repeat([]byte("tables "), 100_000),
		},
	}
}

func write(t testing.TB, d *bundles.Draft) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := d.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestOpenReturnsWhatWasWritten(t *testing.T) {
	t.Parallel()
	d := newDraft()
	d.Key = testKey(t, "k1")
	options := bundles.Options{Keys: keySet(t, d.Key), HighestEpoch: 7}
	raw := write(t, d)
	if err := bundles.Validate(raw, options); err != nil {
		t.Fatal(err)
	}
	b, err := bundles.Open(bytes.NewReader(raw), options)
	if err != nil {
		t.Fatal(err)
	}
	want, err := d.Manifest()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(*want, b.Manifest); diff != "" {
		t.Errorf("manifest (-want +got):\n%s", diff)
	}
	for name, content := range d.Parts {
		m, found := b.Member(name)
		if !found || !bytes.Equal(m.Bytes, content) || m.Digest != bundles.DigestOf(content) {
			t.Errorf("member %s: found %t, %d bytes", name, found, len(m.Bytes))
		}
	}
	if !bytes.Equal(b.Tables().Bytes(), d.Parts[bundles.TablesName]) {
		t.Error("the tables' memory does not hold the tables")
	}
	if b.Signature.KeyID != "k1" || b.Signature.Algorithm != sign.EdDSA || len(b.Signature.Files) != 5 {
		t.Errorf("signature: %+v", b.Signature)
	}
}
