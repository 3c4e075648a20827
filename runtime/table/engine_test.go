package table_test

import (
	"flag"
	"slices"
	"testing"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/tables"
	"github.com/lictor-dev/lictor/runtime/conformance"
	"github.com/lictor-dev/lictor/runtime/conformance/generate"
	"github.com/lictor-dev/lictor/runtime/decision"
	"github.com/lictor-dev/lictor/runtime/table"
)

var (
	models = flag.Int("models", 400, "generated policies to compare with the reference engine")
	seed   = flag.Uint64("seed", 1, "first seed of generated policies")
)

const requestsPerModel = 50

func open(t testing.TB, m *policy.Model) *table.Engine {
	t.Helper()
	data, err := tables.Build(m)
	if err != nil {
		t.Fatal(err)
	}
	return openBytes(t, data)
}

func openBytes(t testing.TB, data []byte) *table.Engine {
	t.Helper()
	opened, err := tables.Open(data)
	if err != nil {
		t.Fatal(err)
	}
	e, err := table.New(opened)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// TestAgreesWithReference compares decision, code, policy ids and role checks with the reference engine
// on generated policies and requests.
func TestAgreesWithReference(t *testing.T) {
	t.Parallel()
	codes := map[decision.Code]int{}
	for s := *seed; s < *seed+uint64(*models); s++ {
		m := generate.Model(s)
		e, reference := open(t, m), conformance.NewReference(m)
		sampler := generate.NewSampler(m, s)
		for n := range requestsPerModel {
			r := sampler.Next()
			if n%2 > 0 {
				sampler.Vary(r)
			}
			want, wantIDs, err := reference.Deciding(r, nil)
			if err != nil {
				t.Fatal(err)
			}
			got, gotIDs, err := e.Deciding(r, nil)
			if err != nil {
				t.Fatal(err)
			}
			fast, err := e.Decide(r)
			if err != nil {
				t.Fatal(err)
			}
			if got != want || fast != want || !slices.Equal(gotIDs, wantIDs) {
				t.Fatalf("seed %d, request %+v:\n got %v %v, fast %v\nwant %v %v", s, r, got, gotIDs, fast, want, wantIDs)
			}
			codes[want.Code]++
			for i := range m.Holders {
				wantRole, _ := reference.HasRole(r, m.Holders[i].Name)
				if gotRole, _ := e.HasRole(r, m.Holders[i].Name); gotRole != wantRole {
					t.Fatalf("seed %d, request %+v: role %q: got %t, want %t", s, r, m.Holders[i].Name, gotRole, wantRole)
				}
			}
		}
	}
	for c := range decision.Code(decision.CodeCount) {
		if codes[c] == 0 {
			t.Errorf("no generated request was answered %v", c)
		}
	}
}
