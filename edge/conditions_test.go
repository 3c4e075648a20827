package edge_test

import (
	"bytes"
	"errors"
	"runtime"
	"testing"
	"testing/fstest"
	"time"

	"github.com/lictor-dev/lictor/bundles"
	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/value"
	"github.com/lictor-dev/lictor/compiler"
	"github.com/lictor-dev/lictor/edge"
	"github.com/lictor-dev/lictor/edge/exchange"
	"github.com/lictor-dev/lictor/runtime/decision"
	"github.com/lictor-dev/lictor/runtime/wasm"
)

// tagged lets everybody read documents with two tags that begin with an "a", which only Rego can evaluate.
const tagged = `
lictor: v1
roles:
  member:
    birthright: {types: [user]}
    policies:
      - {permission: "doc:read", decision: ALLOW, when: 'count([x | some x in context.tags; startswith(x, "a")]) > 1'}
tests:
  - {name: two tags, subject: bob, permission: "doc:read", context: {tags: [aa, ab]}, expect: ALLOW}
  - {name: no tags, subject: bob, permission: "doc:read", expect: DENY, expect_reason: condition_unknown}
`

// taggedBundle returns a bundle of these definitions, opened with what keep keeps.
func taggedBundle(t *testing.T, keep func(string) bool) *bundles.Bundle {
	t.Helper()
	files := fstest.MapFS{"policy.yaml": {Data: []byte(tagged)}}
	result, err := compiler.Compile(t.Context(), files, compiler.Options{})
	if err != nil || result.Bundle == nil {
		t.Fatal(err, result.Diagnostics)
	}
	b, err := bundles.Open(bytes.NewReader(result.Bundle), bundles.Options{AllowUnsigned: true, Keep: keep})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// reads asks whether bob may read a document in a context.
func reads(t *testing.T, g *exchange.Generation, context string) decision.Code {
	t.Helper()
	p, err := g.Grammar.Parse("doc:read")
	if err != nil {
		t.Fatal(err)
	}
	r := &decision.Request{Subject: decision.Subject{Type: "user", ID: "bob"}, Permissions: []permission.Permission{p}}
	if _, r.Context, err = value.Parse(nil, []byte(context)); err != nil {
		t.Fatal(err)
	}
	d, err := g.Engine.Decide(r)
	if err != nil {
		t.Fatal(err)
	}
	return d.Code
}

func TestConditionsInRego(t *testing.T) {
	t.Parallel()
	policies := wasm.NewRuntime("")
	decideTagged(t, policies)
	for until := time.Now().Add(20 * time.Second); policies.Usage() != (wasm.Usage{}); runtime.GC() {
		if time.Now().After(until) {
			t.Fatalf("left over when the generation is garbage: %+v", policies.Usage())
		}
	}
	if err := policies.Close(); err != nil {
		t.Error(err)
	}
}

// decideTagged opens a generation and leaves it to the garbage collector.
func decideTagged(t *testing.T, policies *wasm.Runtime) {
	t.Helper()
	g, err := (&edge.Opener{Wasm: policies}).Open(taggedBundle(t, bundles.Serving))
	if err != nil {
		t.Fatal(err)
	}
	for context, want := range map[string]decision.Code{
		`{"tags": ["aa", "ab"]}`: decision.Allowed, `{"tags": ["aa", "b"]}`: decision.ConditionFalse, `{}`: decision.ConditionUnknown,
	} {
		if got := reads(t, g, context); got != want {
			t.Errorf("%s: %s, want %s", context, got, want)
		}
	}
	if u := policies.Usage(); u.Policies != 1 || u.Instances < 1 {
		t.Errorf("while it runs: %+v", u)
	}
}

func TestConditionsInRegoNeedThePolicy(t *testing.T) {
	t.Parallel()
	without := taggedBundle(t, func(name string) bool { return name != bundles.WasmName && bundles.Serving(name) })
	if g, err := edge.Open(without); g != nil || !errors.Is(err, wasm.ErrNoPolicy) {
		t.Errorf("%v", err)
	}
	policies := wasm.NewRuntime("")
	if err := policies.Close(); err != nil {
		t.Fatal(err)
	}
	if g, err := (&edge.Opener{Wasm: policies}).Open(taggedBundle(t, bundles.Serving)); g != nil || !errors.Is(err, wasm.ErrClosed) {
		t.Errorf("%v", err)
	}
	g, err := edge.OpenUntested(taggedBundle(t, bundles.Serving))
	if err != nil || reads(t, g, `{"tags": ["aa", "ab"]}`) != decision.Allowed {
		t.Errorf("untested: %v", err)
	}
}
