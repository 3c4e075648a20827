package agree

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/compiler/rego"
	"github.com/lictor-dev/lictor/runtime/conformance"
	"github.com/lictor-dev/lictor/runtime/conformance/generate"
	"github.com/lictor-dev/lictor/runtime/conformance/native"
	"github.com/lictor-dev/lictor/runtime/decision"
	"github.com/lictor-dev/lictor/runtime/table"
)

// pairsPerModel is how many requests are put to each generated policy.
const pairsPerModel = 100

// shards is how many parts of a run may go side by side.
const shards = 4

// TestDifferential compares the table engine, OPA and the reference engine on generated pairs of policy
// and request: 2,000 of them, or as many as LICTOR_PAIRS says (100000 takes minutes), from the seed in
// LICTOR_SEED on. Policy n of a run has seed LICTOR_SEED + n, as do its requests. In every eighth, OPA evaluates
// conditions that only Rego can for all three.
func TestDifferential(t *testing.T) {
	t.Parallel()
	pairs, first := setting(t, "LICTOR_PAIRS", 2_000), uint64(setting(t, "LICTOR_SEED", 1_000))
	if testing.Short() {
		pairs = min(pairs, 500)
	}
	var asked atomic.Int64
	t.Run("policies", func(t *testing.T) {
		for shard := range shards {
			t.Run(strconv.Itoa(shard), func(t *testing.T) {
				t.Parallel()
				for n := shard; n*pairsPerModel < pairs; n += shards {
					seed := first + uint64(n)
					m := generate.Model(seed)
					if n%8 == 7 {
						m = generate.RegoModel(seed)
					}
					asked.Add(int64(compareAll(t, m, seed)))
				}
			})
		}
	})
	if n := int(asked.Load()); n < pairs*99/100 {
		t.Errorf("%d pairs of policy and request were compared, of %d", n, pairs)
	}
}

func setting(t *testing.T, name string, usual int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return usual
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// compareAll puts the same requests to all three engines and returns how many there were.
func compareAll(t *testing.T, m *policy.Model, seed uint64) int {
	t.Helper()
	out, err := rego.Generate(m)
	if err != nil {
		t.Fatalf("seed %d: %v", seed, err)
	}
	asked, err := NewOPA(t.Context(), out, nil)
	if err != nil {
		t.Fatalf("seed %d: %v", seed, err)
	}
	engine := newPair(t, m, out)
	compareVaried(t, m, seed, engine)
	c := comparison{
		subject: Subject{Model: m, Engine: engine, Rego: out},
		plan:    plan{seed: seed, random: pairsPerModel}, opa: asked, sampler: generate.NewSampler(m, seed),
	}
	c.failed.Store(int64(c.plan.chunks()))
	n, err := c.run(t.Context())
	if err != nil {
		t.Fatalf("policy of seed %d: %v", seed, err)
	}
	return n
}

// compareVaried puts requests to the table engine and the reference engine that OPA cannot be asked:
// strict ones, and those in which stored properties win or stand alone.
func compareVaried(t *testing.T, m *policy.Model, seed uint64, engine *pair) {
	t.Helper()
	s := generate.NewSampler(m, seed)
	for range pairsPerModel {
		r := s.Next()
		s.Vary(r)
		if _, _, err := engine.Deciding(r, nil); err != nil {
			t.Fatalf("policy of seed %d, request %+v: %v", seed, r, err)
		}
		for i := range m.Holders {
			if _, err := engine.HasRole(r, m.Holders[i].Name); err != nil {
				t.Fatalf("policy of seed %d, request %+v: %v", seed, r, err)
			}
		}
	}
}

// pair is the table engine with the reference engine beside it: an answer in which they differ is an
// error.
type pair struct {
	*table.Engine
	reference *conformance.Reference
}

func newPair(t *testing.T, m *policy.Model, out *rego.Output) *pair {
	t.Helper()
	conditions, err := NewConditions(t.Context(), out)
	if err != nil {
		t.Fatal(err)
	}
	return &pair{native.Open(t, m, conditions), conformance.NewReferenceWith(m, conditions)}
}

func (p *pair) Deciding(r *decision.Request, dst []policy.ID) (decision.Decision, []policy.ID, error) {
	d, ids, err := p.Engine.Deciding(r, dst)
	if err != nil {
		return d, ids, err
	}
	quick, err := p.Decide(r)
	if err != nil {
		return d, ids, err
	}
	want, wantIDs, err := p.reference.Deciding(r, nil)
	if err == nil && (want != d || quick != d || !slices.Equal(ids, wantIDs)) {
		err = fmt.Errorf("tables say %s %v, without ids %s, the reference says %s %v", d.Code, ids, quick.Code, want.Code, wantIDs)
	}
	return d, ids, err
}

func (p *pair) HasRole(r *decision.Request, role string) (bool, error) {
	got, err := p.Engine.HasRole(r, role)
	if err != nil {
		return got, err
	}
	want, err := p.reference.HasRole(r, role)
	if err == nil && got != want {
		err = fmt.Errorf("role %q: tables say %v, the reference says %v", role, got, want)
	}
	return got, err
}
