//go:build !race

package table_test

import (
	"strings"
	"testing"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/runtime/conformance/generate"
	"github.com/lictor-dev/lictor/runtime/conformance/native"
	"github.com/lictor-dev/lictor/runtime/decision"
)

// TestDecideAllocatesNothing holds Decide and Deciding for every kind of decision to its budget of 0 allocations, on generated
// policies: allow and every deny, lists, wildcards, organisations, scopes.
func TestDecideAllocatesNothing(t *testing.T) {
	measured := map[decision.Code]int{}
	for s := uint64(1); s <= 60; s++ {
		m := generate.Model(s)
		e := open(t, m)
		sampler := generate.NewSampler(m, s)
		for range 20 {
			r := sampler.Next()
			if strings.Contains(r.Token.Get("scope").Text(), "%") || mapsCase(m) {
				continue
			}
			d, _ := e.Decide(r) // fills pools
			if n := testing.AllocsPerRun(10, func() { _, _ = e.Decide(r) }); n != 0 {
				t.Errorf("seed %d, %v, %v strict=%t token=%t: %v allocations", s, d.Code, r.Permissions[0].String(), r.Strict, r.Token != nil, n)
			}
			ids := make([]policy.ID, 0, 64)
			if n := testing.AllocsPerRun(10, func() { _, ids, _ = e.Deciding(r, ids[:0]) }); n != 0 && len(ids) <= 4 {
				t.Errorf("seed %d, %v, %v strict=%t token=%t: %v allocations for the ids of %d policies", s, d.Code, r.Permissions[0].String(), r.Strict, r.Token != nil, n, len(ids))
			}
			measured[d.Code]++
		}
	}
	for c := range decision.Code(decision.CodeCount) {
		if measured[c] == 0 {
			t.Errorf("no request with code %v was measured", c)
		}
	}
}

// TestAskingRegoAllocatesNothing holds the environment to the same budget: it is written into memory that is reused.
func TestAskingRegoAllocatesNothing(t *testing.T) {
	e := native.Open(t, conditional(t, policy.Rego{Text: "x", Reads: policy.AllRoots}), yes{})
	r := ask(t, e, "doc:read,write:1")
	r.Organisation, r.Context, r.Token = "SNPP", parse(t, `{"ip": "::1", "list": [1, true, {"a": null}]}`), parse(t, `{"amr": ["pwd"]}`)
	d, _ := e.Decide(r)
	if n := testing.AllocsPerRun(100, func() { _, _ = e.Decide(r) }); n != 0 || !d.Allowed {
		t.Errorf("%v: %v allocations", d.Code, n)
	}
}

// mapsCase reports whether a condition of m maps the case of a text or reads an address: with letters
// outside ASCII and malformed addresses these allocate.
func mapsCase(m *policy.Model) bool {
	for i := range m.Conditions {
		if usesCase(m.Conditions[i].Expr) {
			return true
		}
	}
	return false
}

func usesCase(e policy.Expr) bool {
	call, ok := e.(policy.Call)
	if !ok {
		return false
	}
	if call.Op == policy.Lower || call.Op == policy.Upper || call.Op == policy.CIDRContains {
		return true
	}
	for _, arg := range call.Args {
		if usesCase(arg) {
			return true
		}
	}
	return false
}
