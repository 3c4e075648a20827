package tables_test

import (
	"errors"
	"strconv"
	"testing"

	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/tables"
	"github.com/lictor-dev/lictor/bundles/value"
)

// crowd is a model of one role with n policies on one permission that differ in their conditions.
func crowd(t *testing.T, n int) *policy.Model {
	t.Helper()
	p, err := permission.Grammar{Namespace: "default"}.Parse("doc:read")
	if err != nil {
		t.Fatal(err)
	}
	m := &policy.Model{
		Namespace: "default", Files: []string{"a.yaml"},
		Holders: []policy.Holder{{Kind: policy.Role, Name: "r", Closure: []policy.HolderIndex{0}}},
	}
	for i := range n {
		limit := policy.Literal{Value: value.AppendInt(nil, int64(i))}
		m.Conditions = append(m.Conditions, policy.Condition{
			Text: "now < " + strconv.Itoa(i), Expr: policy.Call{Op: policy.Less, Args: []policy.Expr{policy.Ref{Root: policy.Now}, limit}},
		})
		m.Policies = append(m.Policies, policy.Policy{
			Owner: policy.OwnedByRole, Permission: p, Effect: policy.Allow, Condition: policy.ConditionID(i + 1), Validity: policy.Always,
		})
	}
	m.Number()
	return m
}

// TestBuildRefusesWhatACellCannotCount goes one beyond what the count of groups in a cell can say.
func TestBuildRefusesWhatACellCannotCount(t *testing.T) {
	t.Parallel()
	table, err := tables.Build(crowd(t, 65_535))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tables.Open(table); err != nil {
		t.Fatal(err)
	}
	if _, err := tables.Build(crowd(t, 65_536)); !errors.Is(err, tables.ErrTooLarge) {
		t.Errorf("error %v, want ErrTooLarge", err)
	}
}
