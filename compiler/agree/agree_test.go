package agree_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/compiler/agree"
	"github.com/lictor-dev/lictor/compiler/rego"
	"github.com/lictor-dev/lictor/runtime/conformance"
	"github.com/lictor-dev/lictor/runtime/conformance/generate"
	"github.com/lictor-dev/lictor/runtime/conformance/native"
)

func subject(t testing.TB, m *policy.Model) agree.Subject {
	t.Helper()
	out, err := rego.Generate(m)
	if err != nil {
		t.Fatal(err)
	}
	return agree.Subject{Model: m, Engine: native.Open(t, m, nil), Rego: out}
}

func TestCheckAgrees(t *testing.T) {
	t.Parallel()
	for seed := range uint64(3) {
		s := subject(t, generate.Model(seed))
		first, err := agree.Check(t.Context(), s, agree.Options{Seed: seed})
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if first.Requests < 100 || first.Seed != seed || first.Mode != "sample" {
			t.Errorf("seed %d: %+v", seed, first)
		}
		if again, err := agree.Check(t.Context(), s, agree.Options{Seed: seed}); err != nil || again != first {
			t.Errorf("seed %d: first %+v, then %+v, %v", seed, first, again, err)
		}
	}
}

// TestCheckFindsABrokenTable breaks the tables in the smallest ways and sees the build stop, with the
// same counterexample every time.
func TestCheckFindsABrokenTable(t *testing.T) {
	t.Parallel()
	breaks := map[string]func(*policy.Model){
		"an effect is flipped": func(m *policy.Model) { m.Policy(deciding(t, m)).Effect = policy.Deny },
		"a policy lost its condition": func(m *policy.Model) {
			for i := range m.Policies {
				m.Policies[i].Condition = 0
			}
		},
		"a holder is dropped": func(m *policy.Model) {
			for i := range m.Subjects {
				m.Subjects[i].Assignments = nil
			}
		},
		"activity is turned round": func(m *policy.Model) {
			for i := range m.Subjects {
				m.Subjects[i].Inactive = !m.Subjects[i].Inactive
			}
		},
	}
	for name, damage := range breaks {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const seed = 4
			s := subject(t, generate.Model(seed))
			broken := generate.Model(seed)
			damage(broken)
			s.Engine = native.Open(t, broken, nil)
			_, err := agree.Check(t.Context(), s, agree.Options{Seed: seed})
			disagreement, ok := errors.AsType[*agree.Disagreement](err)
			if !ok {
				t.Fatalf("error %v of type %T", err, err)
			}
			if disagreement.Tables == disagreement.Rego || !strings.Contains(err.Error(), disagreement.Input) || disagreement.Seed != seed {
				t.Errorf("%v", err)
			}
			_, again := agree.Check(t.Context(), s, agree.Options{Seed: seed})
			if again == nil || again.Error() != err.Error() {
				t.Errorf("first %v\nthen  %v", err, again)
			}
		})
	}
}

// deciding returns a policy of m that allows some request.
func deciding(t *testing.T, m *policy.Model) policy.ID {
	t.Helper()
	reference, sampler := conformance.NewReference(m), generate.NewSampler(m, 1)
	for range 10000 {
		if d, ids, err := reference.Deciding(sampler.Next(), nil); err == nil && d.Allowed {
			return ids[0]
		}
	}
	t.Fatal("no request is allowed")
	return 0
}

func TestCheckStopsWhenCancelled(t *testing.T) {
	t.Parallel()
	m := generate.Model(1)
	s := subject(t, m)
	s.Engine = conformance.NewReference(m)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := agree.Check(ctx, s, agree.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}
