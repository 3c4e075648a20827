package plugin_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"os"
	"testing"
	"testing/fstest"

	"github.com/lictor-dev/lictor/bundles/sign"
	"github.com/lictor-dev/lictor/compiler"
	"github.com/lictor-dev/lictor/runtime/guest/built"
	"github.com/lictor-dev/lictor/sdk/plugin"
)

// cache is one folder of compiled modules for all tests.
var cache string

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	var err error
	if cache, err = os.MkdirTemp("", "lictor-plugin-"); err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(cache) }()
	return m.Run()
}

// shop is a small policy.
const shop = `lictor: v1
roles:
  reader: {permissions: ["book:read"]}
  editor:
    includes: [reader]
    policies:
      - {permission: "book:write", decision: ALLOW, when: resource.properties.owner == subject.id}
      - {permission: "book:write:9", decision: DENY}
entitlements: {ADMIN: {permissions: ["shelf:burn"]}}
organisations: {ACME: {}}
subjects:
  alice: {roles: [editor], entitlements: {ACME: [ADMIN]}}
  bob: {roles: [{role: reader, valid_from: 2026-01-01T00:00:00Z, valid_to: 2027-01-01T00:00:00Z}]}
  carol: {active: false, roles: [editor]}
objects: {book: {"1": {owner: alice}}}
`

// bundle compiles definitions.
func bundle(tb testing.TB, text string, o compiler.Options) []byte {
	tb.Helper()
	r, err := compiler.Compile(tb.Context(), fstest.MapFS{"policy.yaml": {Data: []byte(text)}}, o)
	if err != nil {
		tb.Fatal(err)
	}
	if r.Bundle == nil {
		tb.Fatalf("no bundle: %v", r.Diagnostics)
	}
	return r.Bundle
}

// open opens a plugin of a bundle that nobody signed.
func open(tb testing.TB, content []byte) *plugin.Plugin {
	tb.Helper()
	p, err := plugin.Open(tb.Context(), built.Module(tb), content, plugin.Options{AllowUnsigned: true, Cache: cache})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := p.Close(); err != nil {
			tb.Error(err)
		}
	})
	return p
}

// read stands for reading a file, in examples.
func read(name string) []byte {
	if name == "lictor-evaluator.wasm" {
		return must(built.Build(built.Evaluator))
	}
	revision := "monday"
	if name == "policy-of-tuesday.tar.gz" {
		revision = "tuesday"
	}
	files := fstest.MapFS{"policy.yaml": {Data: []byte(shop)}}
	return must(compiler.Compile(context.Background(), files, compiler.Options{Revision: revision})).Bundle
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// newKey returns a key and the set that verifies it.
func newKey(tb testing.TB, id string) (*sign.PrivateKey, *sign.KeySet) {
	tb.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	encoded, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		tb.Fatal(err)
	}
	key, err := sign.ParsePrivateKey(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: encoded}), id)
	if err != nil {
		tb.Fatal(err)
	}
	if encoded, err = x509.MarshalPKIXPublicKey(&private.PublicKey); err != nil {
		tb.Fatal(err)
	}
	public, err := sign.ParsePublicKey(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: encoded}), id)
	if err != nil {
		tb.Fatal(err)
	}
	keys, err := sign.NewKeySet(public)
	if err != nil {
		tb.Fatal(err)
	}
	return key, keys
}
