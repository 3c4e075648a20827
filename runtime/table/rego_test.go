package table_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/tables"
	"github.com/lictor-dev/lictor/bundles/value"
	"github.com/lictor-dev/lictor/runtime/conformance/native"
	"github.com/lictor-dev/lictor/runtime/decision"
	"github.com/lictor-dev/lictor/runtime/table"
)

// witness answers every rule the same and remembers what it was asked.
type witness struct {
	says  decision.Truth
	asked []string
}

func (w *witness) Condition(rule string, environment []byte) decision.Truth {
	w.asked = append(w.asked, rule+" "+string(environment))
	return w.says
}

// conditional is a model in which every user may read and write docs on each of the conditions, one policy for each.
func conditional(t testing.TB, conditions ...policy.Expr) *policy.Model {
	t.Helper()
	m := &policy.Model{
		Namespace: "default", Files: []string{"a.yaml"},
		Holders:  []policy.Holder{{Name: "r", Closure: []policy.HolderIndex{0}, Birthright: policy.Birthright{Types: []string{"user"}}}},
		Subjects: []policy.Subject{{ID: "alice", Type: "user", Properties: parse(t, `{"team": "red", "age": 40}`)}},
		Objects:  []policy.Object{{Namespace: "default", Type: "doc", ID: "1", Properties: parse(t, `{"owner": "alice", "open": true}`)}},
	}
	p, err := m.Grammar().Parse("doc:read,write")
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range conditions {
		m.Conditions = append(m.Conditions, policy.Condition{Text: fmt.Sprintf("%04d", i), Expr: e})
		m.Policies = append(m.Policies, policy.Policy{Permission: p, Condition: policy.ConditionID(i + 1), Validity: policy.Always})
	}
	m.Number()
	return m
}

func parse(t testing.TB, text string) value.Value {
	t.Helper()
	_, v, err := value.Parse(nil, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func ask(t testing.TB, e *table.Engine, permissions ...string) *decision.Request {
	t.Helper()
	r := &decision.Request{Subject: decision.Subject{Type: "user", ID: "alice"}, Now: 7}
	for _, text := range permissions {
		p, err := e.Grammar().Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		r.Permissions = append(r.Permissions, p)
	}
	return r
}

// yes says that every condition is true.
type yes struct{}

func (yes) Condition(string, []byte) decision.Truth { return decision.True }

// TestEnvironment sees what Rego is asked with: as much as an expression reads, and nothing else.
func TestEnvironment(t *testing.T) {
	t.Parallel()
	set := func(roots ...policy.Root) (s policy.RootSet) {
		for _, r := range roots {
			s = s.With(r)
		}
		return s
	}
	tests := []struct {
		name   string
		reads  policy.RootSet
		change func(r *decision.Request)
		want   string
	}{
		{"nothing", 0, func(*decision.Request) {}, `{}`},
		{"everything that is there", policy.AllRoots, func(r *decision.Request) {
			r.Organisation, r.Token = "SNPP", parse(t, `{"scope": "doc:read", "amr": ["pwd"]}`)
			r.Context, r.ActionProperties = parse(t, `{"ip": "::1"}`), parse(t, `{"soft": true}`)
			r.ResourceProperties = parse(t, `{"open": null, "size": 1.5}`)
			r.Subject.Properties = parse(t, `{"team": "<blue>"}`)
		}, `{"subject":{"type":"user","id":"alice","properties":{"team":"\u003cblue\u003e","age":40}},` +
			`"action":{"name":"read","properties":{"soft":true}},` +
			`"resource":{"type":"doc","id":"1","properties":{"open":null,"size":1.5,"owner":"alice"}},` +
			`"context":{"ip":"::1"},"organisation":"SNPP","token":{"scope":"doc:read","amr":["pwd"]},"now":7}`},
		{"stored properties win", set(policy.SubjectProperties, policy.ResourceProperties), func(r *decision.Request) {
			r.Callers = decision.Stored
			r.Subject.Properties, r.ResourceProperties = parse(t, `{"team": "blue", "more": 1}`), parse(t, `{"owner": "bob"}`)
		}, `{"subject":{"properties":{"team":"red","age":40,"more":1}},"resource":{"properties":{"owner":"alice","open":true}}}`},
		{"the request's properties are ignored", set(policy.SubjectProperties, policy.ResourceProperties), func(r *decision.Request) {
			r.Callers = decision.Ignore
			r.Subject.Properties, r.ResourceProperties = parse(t, `{"team": "blue", "more": 1}`), parse(t, `{"owner": "bob"}`)
		}, `{"subject":{"properties":{"team":"red","age":40}},"resource":{"properties":{"owner":"alice","open":true}}}`},
		{"no organisation", set(policy.RequestOrganisation, policy.Token, policy.Context), func(*decision.Request) {}, `{"context":{},"token":{}}`},
		{"a time beyond 2^53", set(policy.Now, policy.SubjectID), func(r *decision.Request) { r.Now = 1<<53 + 1 }, `{"subject":{"id":"alice"}}`},
		{"names only", set(policy.SubjectType, policy.ActionName, policy.ResourceID), func(*decision.Request) {}, `{"subject":{"type":"user"},"action":{"name":"read"},"resource":{"id":"1"}}`},
		{"a text that JSON cannot say", set(policy.Now), func(r *decision.Request) { r.Subject.ID = "al\xffice" }, ``},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := &witness{says: decision.True}
			e := native.Open(t, conditional(t, policy.Rego{Text: "x", Reads: tt.reads}), w)
			r := ask(t, e, "doc:read:1")
			tt.change(r)
			d, err := e.Decide(r)
			if err != nil || d.Allowed != (tt.want != "") {
				t.Errorf("got %v, %v", d, err)
			}
			var want []string
			if tt.want != "" {
				want = []string{"r1 " + tt.want}
			}
			if diff := cmp.Diff(want, w.asked); diff != "" {
				t.Errorf("asked (-want +got):\n%s", diff)
			}
		})
	}
}

// TestWildcardsAreMissing asks about a grant on everything, where the request names neither action nor instance.
func TestWildcardsAreMissing(t *testing.T) {
	t.Parallel()
	m := conditional(t, policy.Rego{Text: "x", Reads: policy.AllRoots})
	p, err := m.Grammar().Parse("*")
	if err != nil {
		t.Fatal(err)
	}
	m.Policies[0].Permission = p
	m.Subjects = nil
	w := &witness{says: decision.False}
	e := native.Open(t, m, w)
	if d, err := e.Decide(ask(t, e, "doc")); err != nil || d.Code != decision.ConditionFalse {
		t.Errorf("got %v, %v", d, err)
	}
	want := []string{`r1 {"subject":{"type":"user","id":"alice","properties":{}},"action":{"properties":{}},` +
		`"resource":{"type":"doc","properties":{}},"context":{},"token":{},"now":7}`}
	if diff := cmp.Diff(want, w.asked); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
}

// TestRegoIsAskedLittle counts evaluations: none where native members decide, and one for each atom.
func TestRegoIsAskedLittle(t *testing.T) {
	t.Parallel()
	x, y := policy.Rego{Text: "x"}, policy.Rego{Text: "y"}
	never := policy.Call{Op: policy.Equal, Args: []policy.Expr{policy.Ref{Root: policy.SubjectID}, policy.Literal{Value: value.AppendString(nil, "bob")}}}
	always := policy.Call{Op: policy.NotEqual, Args: never.Args}
	and := func(args ...policy.Expr) policy.Expr { return policy.Call{Op: policy.And, Args: args} }
	or := func(args ...policy.Expr) policy.Expr { return policy.Call{Op: policy.Or, Args: args} }
	tests := []struct {
		name       string
		conditions []policy.Expr
		says       decision.Truth
		permission string
		code       decision.Code
		asked      int
	}{
		{"a native member is false", []policy.Expr{and(x, never)}, decision.True, "doc:read:1", decision.ConditionFalse, 0},
		{"a native member is true", []policy.Expr{or(x, always)}, decision.False, "doc:read:1", decision.Allowed, 0},
		{"a native member below is false", []policy.Expr{and(or(x, y), and(y, never))}, decision.False, "doc:read:1", decision.ConditionFalse, 2},
		{"nothing native decides", []policy.Expr{and(x, always)}, decision.True, "doc:read:1", decision.Allowed, 1},
		{"twice in one condition", []policy.Expr{and(x, x, x)}, decision.True, "doc:read:1", decision.Allowed, 1},
		{"in two conditions", []policy.Expr{and(x, y), x}, decision.Unknown, "doc:read:1", decision.ConditionUnknown, 2},
		{"two atoms", []policy.Expr{x}, decision.True, "doc:read,write:1", decision.Allowed, 2},
		{"two atoms, and the first is not allowed", []policy.Expr{x}, decision.False, "doc:read,write:1", decision.ConditionFalse, 1},
		{"not even a truth value", []policy.Expr{x}, decision.True + 1, "doc:read:1", decision.ConditionUnknown, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := &witness{says: tt.says}
			e := native.Open(t, conditional(t, tt.conditions...), w)
			d, err := e.Decide(ask(t, e, tt.permission))
			if err != nil || d.Code != tt.code || len(w.asked) != tt.asked {
				t.Errorf("got %v, %v after asking %d times, want %v after %d", d, err, len(w.asked), tt.code, tt.asked)
			}
		})
	}
}

// TestNewRefusesRego has nobody to ask.
func TestNewRefusesRego(t *testing.T) {
	t.Parallel()
	data, err := tables.Build(conditional(t, policy.Rego{Text: "y"}, policy.Rego{Text: "x"}))
	if err != nil {
		t.Fatal(err)
	}
	opened, err := tables.Open(data)
	if err != nil {
		t.Fatal(err)
	}
	_, err = table.New(opened)
	var refused *table.ConditionsError
	if !errors.As(err, &refused) || *refused != (table.ConditionsError{Count: 2, First: "x"}) {
		t.Errorf("got %v, want a ConditionsError of 2", err)
	}
}

// TestRegoTakesEffort searches where each candidate costs an evaluation in Rego of a large context.
func TestRegoTakesEffort(t *testing.T) {
	t.Parallel()
	readsContext := policy.Rego{Text: "x", Reads: policy.RootSet(0).With(policy.Context)}
	w := &witness{says: decision.False}
	m := conditional(t, readsContext)
	m.Objects = nil
	for i := range 64 {
		id := fmt.Sprintf("%03d", i)
		m.Objects = append(m.Objects, policy.Object{Namespace: "default", Type: "doc", ID: id, Properties: parse(t, `{}`)})
		m.Subjects = append(m.Subjects, policy.Subject{ID: id, Type: "user"})
	}
	slices.SortFunc(m.Subjects, func(a, b policy.Subject) int { return strings.Compare(a.ID, b.ID) })
	e := native.Open(t, m, w)
	large := parse(t, `{"text": "`+strings.Repeat("x", 1<<20)+`"}`)
	for name, search := range searches {
		if name == "actions" {
			continue // there are too few
		}
		r := ask(t, e, "doc:read")
		if err := search(e, r, "", func(string) bool { return true }); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		r.Context = large
		if err := search(e, r, "", func(string) bool { return true }); !errors.Is(err, decision.ErrSearchEffort) {
			t.Errorf("%s: error %v, want ErrSearchEffort", name, err)
		}
	}
	r := ask(t, e, "doc:read")
	if light := e.Weight(r); light < 4096 {
		t.Errorf("an evaluation in Rego weighs %d", light)
	} else if r.Context = large; e.Weight(r) < light+8<<20 {
		t.Errorf("with a large context it weighs %d", e.Weight(r))
	}
	if n := open(t, grants(t, []string{"doc:read"}, nil)).Weight(r); n != 0 {
		t.Errorf("without Rego a decision weighs %d", n)
	}
}
