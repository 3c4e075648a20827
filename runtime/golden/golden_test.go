package golden_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lictor-dev/lictor/bundles"
	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/value"
	"github.com/lictor-dev/lictor/runtime/conformance"
	"github.com/lictor-dev/lictor/runtime/conformance/native"
	"github.com/lictor-dev/lictor/runtime/decision"
	"github.com/lictor-dev/lictor/runtime/golden"
)

// newModel returns a policy in which every user may read books, and lisa until second 100.
func newModel(t testing.TB) *policy.Model {
	t.Helper()
	m := &policy.Model{
		Namespace: "shop", Files: []string{"a.yaml"},
		Holders: []policy.Holder{
			{Name: "reader", Closure: []policy.HolderIndex{0}, Birthright: policy.Birthright{Types: []string{"user"}}},
			{Name: "writer", Closure: []policy.HolderIndex{1}},
		},
		Subjects: []policy.Subject{{ID: "lisa", Type: "user", Assignments: []policy.Assignment{
			{Holder: 1, Validity: policy.Validity{Organisation: policy.NoOrganisation, To: 100}},
		}}},
	}
	for i, text := range []string{"book:read", "book:write"} {
		m.Policies = append(m.Policies, policy.Policy{
			Owner: policy.OwnedByRole, OwnerIndex: int32(i), Permission: parse(t, text), Validity: policy.Always,
			Place: policy.Place{Line: 1},
		})
	}
	m.Number()
	return m
}

var grammar = permission.Grammar{Namespace: "shop"}

func parse(t testing.TB, text string) permission.Permission {
	t.Helper()
	p, err := grammar.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// engines returns every engine there is for a model.
func engines(t *testing.T, m *policy.Model) map[string]decision.Engine {
	t.Helper()
	return map[string]decision.Engine{"table": native.Open(t, m, nil), "reference": conformance.NewReference(m)}
}

// newTests returns tests that the model of newModel reproduces.
func newTests(t testing.TB) []golden.Test {
	t.Helper()
	_, properties, err := value.Parse(nil, []byte(`{"a":[1,null,"<é\u2028"],"b":1.5}`))
	if err != nil {
		t.Fatal(err)
	}
	ask := func(id, permissions string, now int64) decision.Request {
		return decision.Request{
			Subject: decision.Subject{Type: "user", ID: id}, Permissions: []permission.Permission{parse(t, permissions)}, Now: now,
		}
	}
	all := ask("bart", "other/book%2F:re%3Aad,b", 0)
	all.Subject.Properties, all.Context, all.ActionProperties, all.ResourceProperties = properties, properties, properties, properties
	all.Organisation = "SNPP"
	return []golden.Test{
		{Name: "anybody reads", Place: "a.yaml:1", Request: ask("bart", "book:read", golden.Moment), Expect: policy.Allow},
		{Name: "she writes", Place: "a.yaml:2", Request: ask("lisa", "book:write", 99), Expect: policy.Allow, Reason: "allowed"},
		{Name: "until then", Place: "a.yaml:3", Request: ask("lisa", "book:write", 100), Expect: policy.Deny, Reason: "no_grant"},
		{Name: "all \"that\" can be said", Place: "b/c.yaml:17", Request: all, Expect: policy.Deny},
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	for name, engine := range engines(t, newModel(t)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := golden.Check(engine, newTests(t)); err != nil {
				t.Error(err)
			}
			if err := golden.Check(engine, nil); err != nil {
				t.Error(err)
			}
			tests := newTests(t)
			tests[0].Expect = policy.Deny
			tests[2].Reason = "condition_false"
			want := &golden.MismatchError{Failed: 2, Total: 4, First: []golden.Mismatch{
				{Name: "anybody reads", Place: "a.yaml:1", Expected: "DENY", Got: "ALLOW allowed"},
				{Name: "until then", Place: "a.yaml:3", Expected: "DENY condition_false", Got: "DENY no_grant"},
			}}
			if diff := cmp.Diff(error(want), golden.Check(engine, tests)); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
}

// broken is an engine that answers nothing.
type broken struct{ decision.Engine }

func (broken) Decide(*decision.Request) (decision.Decision, error) {
	return decision.Decision{Allowed: true, Code: decision.Allowed}, errors.New("out of order")
}

func TestMismatchErrorIsCapped(t *testing.T) {
	t.Parallel()
	tests := newTests(t)
	tests[0].Name = strings.Repeat("é", 1000)
	tests = append(tests, tests...)
	err := golden.Check(broken{}, tests)
	mismatch, ok := errors.AsType[*golden.MismatchError](err)
	if !ok || mismatch.Failed != 8 || mismatch.Total != 8 || len(mismatch.First) != 3 {
		t.Fatalf("%v", err)
	}
	want := `8 of the 8 tests in the bundle fail on this engine: a.yaml:1 "` + strings.Repeat("é", 40) + `…": expected ALLOW, got out of order; ` +
		`a.yaml:2 "she writes": expected ALLOW allowed, got out of order; a.yaml:3 "until then": expected DENY no_grant, got out of order; and 5 more`
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Errorf("text (-want +got):\n%s", diff)
	}
}

// TestProve opens the tests out of real bundles.
func TestProve(t *testing.T) {
	t.Parallel()
	engine := engines(t, newModel(t))["table"]
	good, err := golden.Encode(newTests(t), grammar)
	if err != nil {
		t.Fatal(err)
	}
	failing := newTests(t)
	failing[0].Expect = policy.Deny
	bad, err := golden.Encode(failing, grammar)
	if err != nil {
		t.Fatal(err)
	}
	none := func(name string) bool { return name == bundles.TablesName }
	for _, tt := range []struct {
		name   string
		member []byte
		keep   func(string) bool
		want   string
	}{
		{"good", good, bundles.Serving, ""},
		{"no tests", nil, bundles.Serving, ""},
		{"no tests, and none kept", nil, none, ""},
		{"failing", bad, bundles.Serving, `1 of the 4 tests in the bundle fail on this engine: a.yaml:1 "anybody reads": expected DENY, got ALLOW allowed`},
		{"not kept", good, none, golden.ErrNotKept.Error()},
		{"damaged", []byte(`{"tests":[{}]}`), bundles.Serving, "test 1 in the bundle: name is not a string"},
		{"empty list", []byte(`{"tests":[]}`), bundles.Serving, "the tests in the bundle: expected an object with a list of tests"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := ""
			if err := golden.Prove(open(t, tt.member, tt.keep), engine, grammar); err != nil {
				got = err.Error()
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func open(t *testing.T, member []byte, keep func(string) bool) *bundles.Bundle {
	t.Helper()
	draft := bundles.Draft{Revision: "r1", Parts: map[string][]byte{bundles.DataName: []byte("{}"), bundles.TablesName: []byte("x")}}
	if member != nil {
		draft.Parts[bundles.TestsName] = member
	}
	var file bytes.Buffer
	if err := draft.Write(&file); err != nil {
		t.Fatal(err)
	}
	b, err := bundles.Open(&file, bundles.Options{AllowUnsigned: true, Keep: keep})
	if err != nil {
		t.Fatal(err)
	}
	return b
}
