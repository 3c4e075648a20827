package policy_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/policy"
)

func parse(t *testing.T, text string) permission.Permission {
	t.Helper()
	p, err := permission.Grammar{Namespace: "default"}.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// model has two roles, an entitlement and two subjects, and policies that differ in one field each,
// in canonical order.
func model(t *testing.T) *policy.Model {
	t.Helper()
	in := func(o policy.OrganisationIndex, from, to int64) policy.Validity {
		return policy.Validity{Organisation: o, From: from, To: to}
	}
	m := &policy.Model{
		Namespace:     "default",
		Organisations: make([]policy.Organisation, 2),
		Holders:       []policy.Holder{{Name: "a"}, {Name: "b"}, {Kind: policy.Entitlement, Name: "a"}},
		Conditions:    make([]policy.Condition, 2),
		Subjects:      []policy.Subject{{ID: "x"}, {ID: "y"}},
	}
	role := policy.Policy{Owner: policy.OwnedByRole, Validity: policy.Always, Permission: parse(t, "doc:read")}
	add := func(change func(*policy.Policy)) {
		p := role
		change(&p)
		p.Place.Line = int32(len(m.Policies) + 1)
		m.Policies = append(m.Policies, p)
	}
	add(func(p *policy.Policy) { p.Permission = parse(t, "book:write") })
	add(func(*policy.Policy) {})
	add(func(p *policy.Policy) { p.Condition = 1 })
	add(func(p *policy.Policy) { p.Condition = 2 })
	add(func(p *policy.Policy) { p.Effect = policy.Deny })
	add(func(p *policy.Policy) { p.Permission = parse(t, "doc:read:*") })
	add(func(p *policy.Policy) { p.Permission = parse(t, "shop/a") })
	add(func(p *policy.Policy) { p.OwnerIndex = 1 })
	add(func(p *policy.Policy) { p.Owner, p.OwnerIndex = policy.OwnedByEntitlement, 2 })
	for _, v := range []policy.Validity{policy.Always, in(0, 1, 5), in(0, 1, 6), in(0, 2, 5), in(1, 0, 5)} {
		add(func(p *policy.Policy) { p.Owner, p.Validity = policy.OwnedBySubject, v })
	}
	add(func(p *policy.Policy) { p.Owner, p.OwnerIndex = policy.OwnedBySubject, 1 })
	return m
}

func lines(m *policy.Model) []int32 {
	var all []int32
	for _, p := range m.Policies {
		all = append(all, p.Place.Line)
	}
	return all
}

func TestNumber(t *testing.T) {
	t.Parallel()
	want := lines(model(t))
	for seed := range uint64(20) {
		m := model(t)
		r := rand.New(rand.NewPCG(seed, 0))
		for i := range m.Policies { // every policy once more, from a later place
			repeat := m.Policies[i]
			repeat.Place = policy.Place{File: 1, Line: 1}
			m.Policies = append(m.Policies, repeat)
		}
		r.Shuffle(len(m.Policies), func(i, j int) { m.Policies[i], m.Policies[j] = m.Policies[j], m.Policies[i] })
		m.Holders[0].Policies = []policy.ID{77}
		m.Number()
		if diff := cmp.Diff(want, lines(m)); diff != "" {
			t.Fatalf("order (-want +got):\n%s", diff)
		}
		owned := [][]policy.ID{m.Holders[0].Policies, m.Holders[1].Policies, m.Holders[2].Policies, m.Subjects[0].Policies, m.Subjects[1].Policies}
		if diff := cmp.Diff([][]policy.ID{{1, 2, 3, 4, 5, 6, 7}, {8}, {9}, {10, 11, 12, 13, 14}, {15}}, owned); diff != "" {
			t.Fatalf("ids of owners (-want +got):\n%s", diff)
		}
	}
}

func TestAssignmentCompare(t *testing.T) {
	t.Parallel()
	ordered := []policy.Assignment{
		{Holder: 0, Validity: policy.Always},
		{Holder: 1, Validity: policy.Always},
		{Holder: 0, Validity: policy.Validity{Organisation: 0, From: 1, To: 2}},
		{Holder: 0, Validity: policy.Validity{Organisation: 0, From: 1, To: 3}},
		{Holder: 0, Validity: policy.Validity{Organisation: 0, From: 2, To: 3}},
		{Holder: 1, Validity: policy.Validity{Organisation: 0, From: 0, To: 1}},
		{Holder: 0, Validity: policy.Validity{Organisation: 1, From: 0, To: 1}},
	}
	if !slices.IsSortedFunc(ordered, policy.Assignment.Compare) {
		t.Error("not in order")
	}
	for i, a := range ordered {
		for j, b := range ordered {
			if (a.Compare(b) == 0) != (i == j) || a.Compare(b) != -b.Compare(a) {
				t.Errorf("Compare of %+v and %+v is %d", a, b, a.Compare(b))
			}
		}
	}
}

func TestValidityHolds(t *testing.T) {
	t.Parallel()
	v := policy.Validity{Organisation: 3, From: 10, To: 20}
	for now, want := range map[int64]bool{9: false, 10: true, 19: true, 20: false, -1: false} {
		if v.Holds(3, now) != want {
			t.Errorf("at %d: %v", now, !want)
		}
		if v.Holds(2, now) || v.Holds(policy.NoOrganisation, now) {
			t.Errorf("at %d it holds elsewhere", now)
		}
		if !policy.Always.Holds(3, now) || !policy.Always.Holds(policy.NoOrganisation, now) {
			t.Errorf("at %d Always does not hold", now)
		}
	}
}
