package plugin_test

import (
	"errors"
	"testing"

	"github.com/lictor-dev/lictor/compiler"
	"github.com/lictor-dev/lictor/runtime/wasm/evaluator"
	"github.com/lictor-dev/lictor/sdk/plugin"
)

// TestSwapProvesGoldenDecisions swaps in a bundle that expects what the evaluator does not decide.
func TestSwapProvesGoldenDecisions(t *testing.T) {
	t.Parallel()
	p := open(t, bundle(t, shop, compiler.Options{Revision: "good"}))
	contradicting := bundle(t, shop+"tests: [{name: wrong, subject: alice, permission: \"book:read\", expect: DENY}]\n", compiler.Options{})
	if refused, ok := errors.AsType[*evaluator.GuestError](p.Swap(t.Context(), contradicting)); !ok || refused.Code != "golden" {
		t.Errorf("a bundle whose golden decisions are wrong: %v", refused)
	}
	d, err := p.Check(&plugin.Request{Subject: alice, Permission: "book:read"})
	if err != nil || !d.Allowed || d.Revision != "good" {
		t.Errorf("decision %+v, %v", d, err)
	}
}
