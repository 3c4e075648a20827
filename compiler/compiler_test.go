package compiler_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/open-policy-agent/opa/v1/bundle"
	"github.com/open-policy-agent/opa/v1/rego"

	"github.com/lictor-dev/lictor/bundles/sign"
	"github.com/lictor-dev/lictor/compiler"
)

func compile(t testing.TB, dir string, o compiler.Options) *compiler.Result {
	t.Helper()
	r, err := compiler.Compile(context.Background(), os.DirFS(dir), o)
	if err != nil {
		t.Fatal(err)
	}
	if r.Diagnostics.HasErrors() {
		t.Fatalf("diagnostics: %v", r.Diagnostics)
	}
	return r
}

// TestStockOPALoadsTheBundle puts one question to OPA, with nothing but the bundle's file.
func TestStockOPALoadsTheBundle(t *testing.T) {
	t.Parallel()
	r := compile(t, "../examples/springfield", compiler.Options{Revision: "r1", Epoch: 3})
	file := filepath.Join(t.TempDir(), "springfield.tar.gz")
	if err := os.WriteFile(file, r.Bundle, 0o600); err != nil {
		t.Fatal(err)
	}
	loaded, err := bundle.NewReader(bytes.NewReader(r.Bundle)).Read()
	if err != nil {
		t.Fatal(err)
	}
	if loaded.Manifest.Revision != "r1" {
		t.Errorf("revision %q", loaded.Manifest.Revision)
	}
	input := map[string]any{
		"subject":  map[string]any{"type": "user", "id": "nobody"},
		"action":   map[string]any{"name": "read"},
		"resource": map[string]any{"type": "nothing", "id": "1"},
		"now":      json.Number("1800000000"),
	}
	results, err := rego.New(rego.Query("data.lictor.authz.decision"), rego.LoadBundle(file), rego.Input(input)).Eval(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"decision": "DENY", "code": "no_grant", "policies": []any{}}
	if diff := cmp.Diff(want, results[0].Expressions[0].Value); diff != "" {
		t.Errorf("decision (-want +got):\n%s", diff)
	}
}

func TestSignedBundleVerifiesInOPA(t *testing.T) {
	t.Parallel()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := sign.ParsePrivateKey(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), "k1")
	if err != nil {
		t.Fatal(err)
	}
	r := compile(t, "../examples/bookstore", compiler.Options{Epoch: 1, Key: signer})
	keys := map[string]*bundle.KeyConfig{"k1": {Key: string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})), Algorithm: "ES256"}}
	reader := bundle.NewReader(bytes.NewReader(r.Bundle)).WithBundleVerificationConfig(bundle.NewVerificationConfig(keys, "k1", "", nil))
	if _, err := reader.Read(); err != nil {
		t.Error(err)
	}
}

func TestSameDefinitionsSameBytes(t *testing.T) {
	t.Parallel()
	first, second := compile(t, "../examples/newsletter", compiler.Options{}), compile(t, "../examples/newsletter", compiler.Options{})
	if !bytes.Equal(first.Bundle, second.Bundle) {
		t.Error("the bundles differ")
	}
	if first.Manifest.Agreement.Requests < 100 {
		t.Errorf("agreement %+v", first.Manifest.Agreement)
	}
	if first.Manifest.Revision != first.Manifest.Source.String() {
		t.Errorf("revision %q", first.Manifest.Revision)
	}
}

func TestDiagnosticsOfEveryPass(t *testing.T) {
	t.Parallel()
	files := fstest.MapFS{
		"a.yaml": {Data: []byte("lictor: v1\nroles:\n  a: {includes: [b], policies: [{permission: x, decision: DENY, when: foo == 1}]}\n")},
		"b.rego": {Data: []byte("package other\n")},
		"c.rego": {Data: []byte("package custom\n\nallow if {\n")},
		"d.rego": {Data: []byte("package custom.d\n\ndefault ok := false\n")},
		"e.yaml": {Data: []byte("lictor: v1\nroles: {e: {permission: [x], policies: [{permission: x, decision: Deny, when: [1, \"foo\"]}]}}\n")},
	}
	r, err := compiler.Compile(context.Background(), files, compiler.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range r.Diagnostics {
		if strings.HasPrefix(d.Code, "E") {
			got = append(got, d.Pos.File+" "+d.Code)
		}
	}
	if diff := cmp.Diff([]string{
		"a.yaml E0203", "a.yaml E0603", "b.rego E0608", "c.rego E0608",
		"e.yaml E0101", "e.yaml E0104", "e.yaml E0103", "e.yaml E0603",
	}, got); diff != "" {
		t.Errorf("diagnostics (-want +got):\n%s", diff)
	}
	if r.Bundle != nil || r.Model != nil {
		t.Error("a bundle in spite of errors")
	}
}

func TestCustomModulesAreMembers(t *testing.T) {
	t.Parallel()
	files := fstest.MapFS{
		"a.yaml":        {Data: []byte("lictor: v1\nroles: {a: {permissions: [\"x\"]}}\n")},
		"custom/d.rego": {Data: []byte("package custom.d\n\ndefault ok := false\n")},
	}
	r, err := compiler.Compile(context.Background(), files, compiler.Options{})
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, p := range r.Manifest.Parts {
		found = found || p.Name == "custom/d.rego"
	}
	if !found {
		t.Errorf("parts: %v", r.Manifest.Parts)
	}
}

func BenchmarkCompileCloud(b *testing.B) {
	for b.Loop() {
		compile(b, "../examples/cloud", compiler.Options{})
	}
}
