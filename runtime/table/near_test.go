package table_test

import (
	"cmp"
	"slices"
	"strconv"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/runtime/conformance"
	"github.com/lictor-dev/lictor/runtime/conformance/generate"
)

// TestNearAgreesWithReference compares the closest grants with those that a walk through all policies of generated
// models finds.
func TestNearAgreesWithReference(t *testing.T) {
	t.Parallel()
	found := 0
	for s := *seed; s < *seed+uint64(*models)/4; s++ {
		m := generate.Model(s)
		e := open(t, m)
		sampler := generate.NewSampler(m, s)
		var a permission.Atom
		for range 16 {
			r := sampler.Next()
			for i := range r.Permissions {
				r.Permissions[i].Atom(0, &a)
				got, want := e.Near(&a, 3), nearest(m, &a, 3)
				if !slices.Equal(got, want) {
					t.Fatalf("seed %d, %+v: got %d, want %d", s, a, got, want)
				}
				found += len(want)
			}
		}
	}
	if found < 500 {
		t.Errorf("only %d were found", found)
	}
}

// nearest is what Near promises, for models of few policies.
func nearest(m *policy.Model, a *permission.Atom, limit int) []policy.ID {
	parts := map[policy.ID]int{}
	var ids []policy.ID
	for i := range m.Policies {
		p := &m.Policies[i]
		if p.Effect != policy.Allow || p.Owner == policy.OwnedBySubject || p.Permission.Namespace() != a.Namespace || !holds(&p.Permission, 0, a) {
			continue
		}
		id := policy.ID(i + 1)
		ids = append(ids, id)
		for part := range max(a.Len, p.Permission.Len()) {
			if holds(&p.Permission, part, a) {
				parts[id]++
			}
		}
	}
	slices.SortFunc(ids, func(x, y policy.ID) int { return cmp.Or(parts[y]-parts[x], int(x)-int(y)) })
	return ids[:min(limit, len(ids))]
}

func holds(p *permission.Permission, part int, a *permission.Atom) bool {
	return part >= p.Len() || p.Wild(part) || slices.Contains(p.Values(part), a.Parts[part])
}

// TestNearIsBounded wants one resource with very many grants to cost no more than some thousand of them do, and a
// wildcard that grants more than they do to be found still.
func TestNearIsBounded(t *testing.T) {
	t.Parallel()
	texts := []string{"doc:add"}
	for i := range 5000 {
		texts = append(texts, "doc:edit:"+strconv.Itoa(i))
	}
	m := grants(t, append(texts, "doc:read", "*:read"), nil)
	p, err := m.Grammar().Parse("doc:read:1:title")
	if err != nil {
		t.Fatal(err)
	}
	var a permission.Atom
	p.Atom(0, &a)
	var got []string
	for _, id := range open(t, m).Near(&a, 2) {
		got = append(got, conformance.PolicyText(m, id))
	}
	if diff := gocmp.Diff([]string{"role r: *:read", "role r: doc:add"}, got); diff != "" {
		t.Errorf("near (-want +got):\n%s", diff)
	}
}
