package plugin_test

import (
	"context"
	"fmt"

	"github.com/lictor-dev/lictor/bundles/sign"
	"github.com/lictor-dev/lictor/sdk/plugin"
)

// A host opens evaluator and bundle once, and asks.
func Example() {
	ctx := context.Background()
	p, err := plugin.Open(ctx, read("lictor-evaluator.wasm"), read("policy.tar.gz"), plugin.Options{AllowUnsigned: true, Cache: cache})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = p.Close() }()
	d, err := p.Check(&plugin.Request{
		Subject:  plugin.Subject{Type: "user", ID: "alice"},
		Action:   plugin.Action{Name: "write"},
		Resource: plugin.Resource{Type: "book", ID: "2", Properties: map[string]any{"owner": "alice"}},
	})
	fmt.Println(d.Allowed, d.Code, d.Revision, err)
	// Output: true allowed monday <nil>
}

// Only bundles that one key has signed are taken up. The bundle's conditions may be in Rego.
func Example_signed() {
	key, err := sign.ParsePublicKey(read("release.pub.pem"), "release") // as in: lictor compile --sign-key release.pem --key-id release
	if err != nil {
		fmt.Println(err)
		return
	}
	keys, err := sign.NewKeySet(key)
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, options := context.Background(), plugin.Options{Keys: keys, Cache: cache}
	p, err := plugin.Open(ctx, read("lictor-evaluator.wasm"), read("signed.tar.gz"), options)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = p.Close() }()
	d, err := p.Check(&plugin.Request{
		Subject:    plugin.Subject{Type: "user", ID: "alice"},
		Permission: "book:lend:2",
		Context:    map[string]any{"shelves": []any{"fiction", "new"}},
	})
	fmt.Println(d.Allowed, d.Code, err)
	fmt.Println(p.Swap(ctx, read("policy-of-tuesday.tar.gz"))) // which nobody has signed
	// Output:
	// true allowed <nil>
	// the bundle is not signed
}

// A bundle is replaced while requests are being answered.
func ExamplePlugin_Swap() {
	ctx := context.Background()
	p, err := plugin.Open(ctx, read("lictor-evaluator.wasm"), read("policy.tar.gz"), plugin.Options{AllowUnsigned: true, Cache: cache})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = p.Close() }()
	if err := p.Swap(ctx, []byte("damaged")); err != nil {
		fmt.Println("the bundle before goes on")
	}
	if err := p.Swap(ctx, read("policy-of-tuesday.tar.gz")); err != nil {
		fmt.Println(err)
	}
	g, err := p.Generation()
	fmt.Println(g.Revision, err)
	// Output:
	// the bundle before goes on
	// tuesday <nil>
}

// What a page shows its user: the policies that the user holds.
func ExamplePlugin_Permissions() {
	p, err := plugin.Open(context.Background(), read("lictor-evaluator.wasm"), read("policy.tar.gz"), plugin.Options{AllowUnsigned: true, Cache: cache})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = p.Close() }()
	held, err := p.Permissions(&plugin.Request{Subject: plugin.Subject{Type: "user", ID: "alice"}, Organisation: "ACME"})
	if err != nil {
		fmt.Println(err)
	}
	for _, h := range held {
		fmt.Printf("%-5s %s %q\n", h.Decision, h.Permission, h.Organisation)
	}
	// Output:
	// ALLOW book:write ""
	// DENY  book:write:9 ""
	// ALLOW book:read ""
	// ALLOW shelf:burn "ACME"
}
