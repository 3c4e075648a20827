package table

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/tables"
	"github.com/lictor-dev/lictor/bundles/value"
	"github.com/lictor-dev/lictor/runtime/decision"
)

// TestLeaves compares what conditions come to with what they come to by the general rules alone, on random conditions and requests,
// and wants every kind of leaf to have had every result.
func TestLeaves(t *testing.T) {
	t.Parallel()
	x := chance{rand.New(rand.NewPCG(5, 17))}
	e := stocked(t)
	seen := map[leafKind]map[truth]int{}
	for range 30_000 {
		expr := x.condition(t, 2)
		p := compiler{}
		c, err := p.compile(expr)
		if err != nil {
			t.Fatal(err)
		}
		plain := general(t, expr)
		r := x.request(t, e)
		got, want := e.evaluated(t, r, &c), e.evaluated(t, r, &plain)
		if got != want {
			t.Fatalf("%s: %d, want %d\n%+v", text(expr), got, want, r)
		}
		if l := c.native; l != nil {
			if seen[l.kind] == nil {
				seen[l.kind] = map[truth]int{}
			}
			seen[l.kind][got]++
		}
	}
	for kind := textLeaf; kind <= propertyLeaf; kind++ {
		for result := unknown; result <= yes; result++ {
			if seen[kind][result] < 30 {
				t.Errorf("leaves of kind %d came to %d only %d times", kind, result, seen[kind][result])
			}
		}
	}
}

// general compiles an expression without leaves.
func general(t *testing.T, e policy.Expr) condition {
	t.Helper()
	p := compiler{}
	c, err := p.compile(e)
	if err != nil {
		t.Fatal(err)
	}
	c.native, c.leaves = nil, nil
	if call, ok := e.(policy.Call); ok {
		c.args = make([]condition, len(call.Args))
		for i, arg := range call.Args {
			c.args[i] = general(t, arg)
		}
	}
	return c
}

// evaluated returns what a condition comes to for a request's only atom.
func (e *Engine) evaluated(t *testing.T, r *decision.Request, c *condition) truth {
	t.Helper()
	var q query
	if !e.resolve(&q, r) {
		t.Fatal("the subject is inactive")
	}
	defer q.release()
	r.Permissions[0].Atom(0, &q.atom)
	q.nextAtom()
	return e.truth(&q, c)
}

// stocked returns an engine that knows a subject and a resource with properties.
func stocked(t *testing.T) *Engine {
	t.Helper()
	m := &policy.Model{
		Namespace: "default", Files: []string{"a.yaml"},
		Holders:  []policy.Holder{{Name: "r", Closure: []policy.HolderIndex{0}, Birthright: policy.Birthright{Types: []string{"user"}}}},
		Subjects: []policy.Subject{{ID: "a", Type: "user", Properties: parsed(t, `{"x": "a", "y": 1, "z": {"x": "abc"}}`)}},
		Objects:  []policy.Object{{Namespace: "default", Type: "doc", ID: "1", Properties: parsed(t, `{"x": 2, "y": "abc", "z": {"x": null}}`)}},
	}
	p, err := m.Grammar().Parse("doc:read")
	if err != nil {
		t.Fatal(err)
	}
	m.Policies = []policy.Policy{{Permission: p, Validity: policy.Always}}
	m.Number()
	data, err := tables.Build(m)
	if err != nil {
		t.Fatal(err)
	}
	opened, err := tables.Open(data)
	if err != nil {
		t.Fatal(err)
	}
	e, err := New(opened)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func parsed(t *testing.T, text string) value.Value {
	t.Helper()
	_, v, err := value.Parse(nil, []byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

// chance makes conditions and requests of few words, so that they often meet.
type chance struct{ *rand.Rand }

func one[T any](x chance, list ...T) T { return list[x.IntN(len(list))] }

// values are of every kind; the last ones are of those that no literal has.
var values = []string{
	`"a"`, `"abc"`, `"abc"`, `"bc"`, `""`, `"1"`, `"doc"`, `"user"`, `"a long text, of more than one word"`, `"a long test, of more than one word"`, `1`, `2`, `0`, `-1`, `9007199254740992`,
	`1.5`, `-2.5`, `null`, `true`, `false`, `[]`, `["a", "abc"]`, `[1, "a"]`, `["", "doc", "abd"]`, `{"x": "a"}`, `{"x": {"x": 1}}`,
	`9007199254740993`, `-1e30`, `1.0000000000000000001`,
}

// condition returns a list of conditions, a call or whatever else.
func (x chance) condition(t *testing.T, depth int) policy.Expr {
	t.Helper()
	if depth > 0 && x.IntN(4) == 0 {
		var args []policy.Expr
		for range 1 + x.IntN(3) {
			args = append(args, x.condition(t, depth-1))
		}
		return policy.Call{Op: one(x, policy.And, policy.Or), Args: args}
	}
	op := one(x, policy.Equal, policy.Equal, policy.NotEqual, policy.Less, policy.LessEqual, policy.Greater, policy.GreaterEqual,
		policy.In, policy.In, policy.StartsWith, policy.EndsWith, policy.ContainsText, policy.Not, policy.IsString)
	if policy.Ops[op].Args == 1 {
		return policy.Call{Op: op, Args: []policy.Expr{x.operand(t)}}
	}
	args := []policy.Expr{x.operand(t), x.operand(t)}
	if op == policy.In && x.IntN(4) > 0 {
		args[1] = x.list(t)
	}
	return policy.Call{Op: op, Args: args}
}

// list returns what In looks through: a literal, or an array or a set that is written out, of texts or of whatever else.
func (x chance) list(t *testing.T) policy.Expr {
	t.Helper()
	switch x.IntN(3) {
	case 0:
		return policy.Literal{Value: parsed(t, one(x, `["a", "abc", "doc", "1"]`, `["abc", "a long text, of more than one word"]`, `["a", null]`))}
	case 1:
		return policy.Call{Op: policy.MakeArray, Args: []policy.Expr{x.literal(t), x.operand(t)}}
	}
	c := policy.Call{Op: one(x, policy.MakeArray, policy.MakeSet)}
	for _, s := range []string{"a", "abc", "", "doc"}[x.IntN(3):] {
		c.Args = append(c.Args, policy.Literal{Value: value.AppendString(nil, s)})
	}
	return c
}

func (x chance) operand(t *testing.T) policy.Expr {
	t.Helper()
	if x.IntN(3) == 0 {
		return x.literal(t)
	}
	root := policy.Root(x.IntN(policy.RootCount))
	if !root.HasPath() {
		return policy.Ref{Root: root}
	}
	path := []string{one(x, "x", "y", "z")}
	if x.IntN(4) == 0 {
		path = append(path, one(x, "x", "y"))
	}
	return policy.Ref{Root: root, Path: path}
}

func (x chance) literal(t *testing.T) policy.Expr {
	t.Helper()
	return policy.Literal{Value: parsed(t, one(x, values[:len(values)-3]...))}
}

// request asks for one atom.
func (x chance) request(t *testing.T, e *Engine) *decision.Request {
	t.Helper()
	p, err := e.Grammar().Parse(one(x, "doc:read:1", "doc:read:1", "doc:read:2", "abc:1", "*:a:doc", "user:*:abc"))
	if err != nil {
		t.Fatal(err)
	}
	r := &decision.Request{
		Subject: decision.Subject{Type: one(x, "user", "a"), ID: one(x, "a", "abc", "")}, Organisation: one(x, "", "a", "doc"),
		Now: one[int64](x, 0, 1, 1<<53+1), Callers: one(x, decision.Overlay, decision.Overlay, decision.Stored, decision.Ignore),
	}
	r.Permissions = append(r.Permissions, p)
	for _, object := range []*value.Value{&r.Subject.Properties, &r.ResourceProperties, &r.ActionProperties, &r.Context, &r.Token} {
		*object = x.object(t)
	}
	return r
}

// object returns an object, and now and then none.
func (x chance) object(t *testing.T) value.Value {
	t.Helper()
	var members []string
	for _, name := range []string{"z", "y", "x"} {
		if x.IntN(4) > 0 {
			members = append(members, fmt.Sprintf("%q: %s", name, one(x, values...)))
		}
	}
	if members == nil {
		return nil
	}
	return parsed(t, "{"+strings.Join(members, ", ")+"}")
}

// text writes an expression for the reader of a failure.
func text(e policy.Expr) string {
	switch e := e.(type) {
	case policy.Literal:
		return string(value.AppendJSON(nil, e.Value))
	case policy.Ref:
		return fmt.Sprint(e.Root, e.Path)
	case policy.Rego:
		return e.Text
	case policy.Call:
		args := make([]string, len(e.Args))
		for i, arg := range e.Args {
			args[i] = text(arg)
		}
		return fmt.Sprintf("%d %s(%s)", e.Op, policy.Ops[e.Op].Rego, strings.Join(args, ", "))
	}
	panic("BUG: an expression of an unknown kind")
}
