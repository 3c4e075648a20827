package plugin_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"os"
	"sync"
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

// release is the key of examples, with the text of its public half.
var release = sync.OnceValue(func() (pair struct {
	private *sign.PrivateKey
	public  []byte
},
) {
	key := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	secret := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: must(x509.MarshalPKCS8PrivateKey(key))})
	pair.private = must(sign.ParsePrivateKey(secret, "release"))
	pair.public = pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: must(x509.MarshalPKIXPublicKey(&key.PublicKey))})
	return pair
})

// lending is a policy that asks for Rego.
const lending = `lictor: v1
roles:
  r: {birthright: {types: [user]}, policies: [{permission: "book:lend", decision: ALLOW, when: 'some s in context.shelves; s == "new"'}]}
`

// read stands for reading a file, in examples.
func read(name string) []byte {
	o, text := compiler.Options{Revision: "monday"}, shop
	switch name {
	case "lictor-evaluator.wasm":
		return must(built.Build(built.Evaluator))
	case "release.pub.pem":
		return release().public
	case "signed.tar.gz":
		o.Key, text = release().private, lending
	case "policy-of-tuesday.tar.gz":
		o.Revision = "tuesday"
	}
	return must(compiler.Compile(context.Background(), fstest.MapFS{"policy.yaml": {Data: []byte(text)}}, o)).Bundle
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
