package generate_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/value"
	"github.com/lictor-dev/lictor/runtime/conformance"
	"github.com/lictor-dev/lictor/runtime/conformance/generate"
	"github.com/lictor-dev/lictor/runtime/decision"
)

// TestCoverage sees that generated pairs reach every code, so that comparing engines on them means
// something.
func TestCoverage(t *testing.T) {
	t.Parallel()
	var seen [decision.CodeCount]int
	for seed := range uint64(500) {
		m := generate.Model(seed)
		engine, s := conformance.NewReference(m), generate.NewSampler(m, seed)
		for range 10 {
			d, err := engine.Decide(s.Next())
			if err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			seen[d.Code]++
		}
	}
	for code, n := range seen {
		if n < 50 {
			t.Errorf("%v was reached %d times in 5000", decision.Code(code), n)
		}
	}
	t.Log(seen)
}

func TestSameSeedSameRequests(t *testing.T) {
	t.Parallel()
	draw := func() (texts []string) {
		m := generate.Model(7)
		s := generate.NewSampler(m, 7)
		for range 50 {
			r := s.Next()
			texts = append(texts, r.Subject.ID, r.Permissions[0].String(), string(r.Context))
		}
		return texts
	}
	if diff := cmp.Diff(draw(), draw()); diff != "" {
		t.Errorf("the same seed gave different requests (-first +second):\n%s", diff)
	}
}

// TestSamplerReachesRego sees that requests for a policy with a condition that only Rego can evaluate bring what it reads.
func TestSamplerReachesRego(t *testing.T) {
	t.Parallel()
	m := generate.RegoModel(1)
	m.Conditions = []policy.Condition{{Text: "x", Expr: policy.Rego{Text: `some x in context.grants; x.level > 7; x.on == true`}}}
	for i := range m.Policies {
		m.Policies[i].Condition = 1
	}
	s, found := generate.NewSampler(m, 1), map[string]bool{}
	for range 2000 {
		found[string(value.AppendJSON(nil, s.Next().Context.Get("grants")))] = true
	}
	for _, want := range []string{`[7,true]`, `[{"grants":7,"level":true,"on":7}]`, `[{"grants":true,"level":7,"on":true}]`, `8`} {
		if !found[want] {
			t.Errorf("no request with grants %s", want)
		}
	}
}
