package rego_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/compiler/source"
	"github.com/lictor-dev/lictor/runtime/conformance"
	"github.com/lictor-dev/lictor/runtime/conformance/generate"
	"github.com/lictor-dev/lictor/runtime/conformance/native"
	"github.com/lictor-dev/lictor/runtime/decision"
	"github.com/lictor-dev/lictor/runtime/decision/input"
)

// calculators are the two engines that list policies.
type calculators struct {
	grammar permission.Grammar
	opa     *opa
	native  decision.Calculator
}

func newCalculators(t *testing.T, m *policy.Model) *calculators {
	t.Helper()
	return &calculators{grammar: m.Grammar(), opa: load(t, m), native: native.Open(t, m, nobody{})}
}

// nobody evaluates no condition: listing policies needs none.
type nobody struct{}

func (nobody) Condition(string, []byte) decision.Truth { return decision.Unknown }

// compare asks both who r.Subject is, and returns how many policies they list.
func (c *calculators) compare(t *testing.T, name string, r *decision.Request) int {
	t.Helper()
	text := string(input.Append(nil, r, c.grammar, input.Strings))
	listed, err := c.native.Policies(r)
	if err != nil {
		t.Fatal(err)
	}
	var want, got any
	if err := json.Unmarshal([]byte(c.opa.ask(t, "policies", text)), &want); err != nil {
		t.Fatalf("%s: %v for\n%s", name, err, text)
	}
	if err := json.Unmarshal(decision.AppendPolicies(nil, listed), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("%s (-opa +tables):\n%s\nfor %s", name, diff, text)
	}
	return len(listed)
}

// TestPoliciesOfCases compares the policies of everybody who asks in a conformance case.
func TestPoliciesOfCases(t *testing.T) {
	t.Parallel()
	cases, err := conformance.Cases()
	if err != nil {
		t.Fatal(err)
	}
	for i := range cases {
		c := &cases[i]
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			d, list := source.Load(c.Files)
			if list.HasErrors() {
				t.Fatal(list)
			}
			m := model(t, d)
			engines := newCalculators(t, m)
			for j := range c.Requests {
				if r, err := c.Requests[j].Decode(m); err == nil {
					engines.compare(t, string(c.Requests[j].Input), r)
				}
			}
		})
	}
}

// TestPoliciesOfGenerated compares the policies of everybody in generated models, at the times and in the
// organisations that matter to them.
func TestPoliciesOfGenerated(t *testing.T) {
	t.Parallel()
	models, requests, listed := uint64(20), 40, 0
	if testing.Short() {
		models = 4
	}
	for seed := range models {
		m := generate.Model(seed)
		engines, s := newCalculators(t, m), generate.NewSampler(m, seed)
		for i := range requests {
			r := s.Next()
			listed += engines.compare(t, fmt.Sprintf("seed %d request %d", seed, i), r)
			r.Organisation, r.Context = "", nil
			listed += engines.compare(t, fmt.Sprintf("seed %d request %d in no organisation", seed, i), r)
		}
	}
	if listed < int(models)*requests {
		t.Errorf("only %d policies listed", listed)
	}
}
