package table_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/value"
	"github.com/lictor-dev/lictor/runtime/conformance"
	"github.com/lictor-dev/lictor/runtime/conformance/generate"
	"github.com/lictor-dev/lictor/runtime/conformance/native"
	"github.com/lictor-dev/lictor/runtime/decision"
)

// judge evaluates rules as the reference engine does, from nothing but the environments it is given.
type judge struct {
	t     testing.TB
	rules map[string]policy.Expr
}

func (j *judge) Condition(rule string, environment []byte) decision.Truth {
	_, v, err := value.Parse(nil, environment)
	if err != nil {
		j.t.Errorf("environment %s: %v", environment, err)
	}
	at := func(names ...string) value.Value {
		in := v
		for _, name := range names {
			in = in.Get(name)
		}
		return in
	}
	kind := at("subject", "type").Text()
	g := permission.Grammar{Namespace: "n"}
	all, err := g.Parse("*")
	if err != nil {
		j.t.Fatal(err)
	}
	m := &policy.Model{
		Namespace: "n", Files: []string{"a.yaml"},
		Conditions: []policy.Condition{{Text: rule, Expr: j.rules[rule]}},
		Holders:    []policy.Holder{{Name: "r", Closure: []policy.HolderIndex{0}, Birthright: policy.Birthright{Types: []string{kind}}}},
		Policies:   []policy.Policy{{Permission: all, Condition: 1, Validity: policy.Always}},
	}
	m.Number()
	r := decision.Request{
		Subject:          decision.Subject{Type: kind, ID: at("subject", "id").Text(), Properties: at("subject", "properties")},
		ActionProperties: at("action", "properties"), ResourceProperties: at("resource", "properties"), Context: at("context"),
		Organisation: at("organisation").Text(), Token: at("token"), Now: at("now").Int(), Permissions: make([]permission.Permission, 1),
	}
	atom := permission.Atom{Namespace: "n", Len: 3}
	atom.Parts[0], atom.Parts[1], atom.Parts[2] = at("resource", "type").Text(), at("action", "name").Text(), at("resource", "id").Text()
	r.Permissions[0].SetAtom(&atom)
	d, err := conformance.NewReference(m).Decide(&r)
	switch {
	case err != nil:
		j.t.Error(err)
	case d.Code == decision.Allowed || d.Code == decision.ScopeInsufficient:
		return decision.True
	case d.Code == decision.ConditionFalse:
		return decision.False
	}
	return decision.Unknown
}

// delegate returns m with some items of its conditions left to Rego, and what they say.
func delegate(t testing.TB, m *policy.Model, seed uint64) (*policy.Model, *judge) {
	d := delegator{rng: rand.New(rand.NewPCG(seed, 2)), said: map[string]policy.Expr{}}
	changed := *m
	changed.Conditions = slices.Clone(m.Conditions)
	for i := range changed.Conditions {
		changed.Conditions[i].Expr = d.delegate(changed.Conditions[i].Expr)
	}
	j := &judge{t: t, rules: map[string]policy.Expr{}}
	for i, leaf := range changed.Rego() {
		j.rules[policy.RegoName(i+1)] = d.said[leaf.Text]
	}
	return &changed, j
}

type delegator struct {
	rng  *rand.Rand
	said map[string]policy.Expr // by text
}

func (d *delegator) delegate(e policy.Expr) policy.Expr {
	if call, ok := e.(policy.Call); ok && (call.Op == policy.And || call.Op == policy.Or) {
		args := make([]policy.Expr, len(call.Args))
		for i, arg := range call.Args {
			args[i] = d.delegate(arg)
		}
		return policy.Call{Op: call.Op, Args: args}
	}
	if d.rng.IntN(100) < 40 {
		return e
	}
	leaf := policy.Rego{Text: fmt.Sprintf("%04d", 9999-len(d.said)), Reads: reads(e)}
	d.said[leaf.Text] = e
	return leaf
}

func reads(e policy.Expr) policy.RootSet {
	var set policy.RootSet
	switch e := e.(type) {
	case policy.Ref:
		set = set.With(e.Root)
	case policy.Call:
		for _, arg := range e.Args {
			set |= reads(arg)
		}
	case policy.Literal, policy.Rego:
	}
	return set
}

// TestRegoAgreesWithNative leaves random items of conditions to another evaluator, which sees only the environments
// that it is asked with: every decision stays the same.
func TestRegoAgreesWithNative(t *testing.T) {
	t.Parallel()
	codes, delegated := map[decision.Code]int{}, 0
	for s := *seed; s < *seed+uint64(*models)/8; s++ {
		m := generate.Model(s)
		changed, said := delegate(t, m, s)
		native, asking := open(t, m), native.Open(t, changed, said)
		delegated += len(said.rules)
		sampler := generate.NewSampler(m, s)
		for range requestsPerModel {
			r := sampler.Next()
			want, wantIDs, err := native.Deciding(r, nil)
			if err != nil {
				t.Fatal(err)
			}
			got, gotIDs, err := asking.Deciding(r, nil)
			if err != nil {
				t.Fatal(err)
			}
			fast, err := asking.Decide(r)
			if err != nil {
				t.Fatal(err)
			}
			if got != want || fast != want || !slices.Equal(gotIDs, wantIDs) {
				t.Fatalf("seed %d, request %+v:\n got %v %v, fast %v\nwant %v %v", s, r, got, gotIDs, fast, want, wantIDs)
			}
			codes[want.Code]++
		}
	}
	if delegated < *models/8 {
		t.Errorf("only %d items were left to Rego", delegated)
	}
	for c := range decision.Code(decision.CodeCount) {
		if codes[c] == 0 {
			t.Errorf("no generated request was answered %v", c)
		}
	}
}
