package table_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/runtime/conformance"
)

// grants is a model of one role and one subject, each with policies of its own on the given texts.
func grants(t *testing.T, role, subject []string) *policy.Model {
	t.Helper()
	m := &policy.Model{
		Namespace: "default", Files: []string{"a.yaml"},
		Holders:  []policy.Holder{{Kind: policy.Role, Name: "r", Closure: []policy.HolderIndex{0}}},
		Subjects: []policy.Subject{{ID: "alice", Type: "user"}},
	}
	for owner, texts := range [][]string{policy.OwnedByRole: role, policy.OwnedBySubject: subject} {
		for _, text := range texts {
			p, err := m.Grammar().Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			m.Policies = append(m.Policies, policy.Policy{Owner: policy.OwnerKind(owner), Permission: p, Effect: policy.Allow, Validity: policy.Always})
		}
	}
	m.Number()
	return m
}

// TestNear sees the closest grants first, nothing about other resources, and nothing that a subject was
// given for itself, which is nobody else's business.
func TestNear(t *testing.T) {
	t.Parallel()
	m := grants(t, []string{"doc:write", "doc:read:2", "doc:list:3", "page:*"}, []string{"doc:read:*:title"})
	p, err := m.Grammar().Parse("doc:read:1")
	if err != nil {
		t.Fatal(err)
	}
	var atom permission.Atom
	p.Atom(0, &atom)
	var got []string
	for _, id := range open(t, m).Near(&atom, 2) {
		got = append(got, conformance.PolicyText(m, id))
	}
	if diff := cmp.Diff([]string{"role r: doc:read:2", "role r: doc:write"}, got); diff != "" {
		t.Errorf("near (-want +got):\n%s", diff)
	}
}
