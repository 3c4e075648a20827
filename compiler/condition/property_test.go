package condition_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/value"
	"github.com/lictor-dev/lictor/compiler/condition"
	"github.com/lictor-dev/lictor/compiler/diag"
	"github.com/lictor-dev/lictor/compiler/portable"
	"github.com/lictor-dev/lictor/compiler/source"
)

func describe(d diag.Diagnostic) string {
	return fmt.Sprintf("%s %d %d %s | %s", d.Code, d.Pos.Col-11, d.Width, d.Message, d.Hint)
}

// TestTextReadsBack checks that the text of a condition is read back to the same condition.
func TestTextReadsBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var whole policy.Call
		whole.Op = policy.And
		for range rapid.IntRange(1, 3).Draw(t, "ands") {
			whole.Args = append(whole.Args, statement(t))
		}
		var anyOf []source.Text
		if n := rapid.IntRange(0, 3).Draw(t, "ors"); n > 1 {
			or := policy.Call{Op: policy.Or}
			for range n {
				member := statement(t)
				or.Args = append(or.Args, member)
				anyOf = append(anyOf, texts(condition.Text(member))...)
			}
			whole.Args = append(whole.Args, or)
		}
		var want policy.Expr = whole
		if len(whole.Args) == 1 {
			want = whole.Args[0]
		}
		all, _, _ := strings.Cut(condition.Text(want), "when_any: [")
		var when []source.Text
		if all = strings.TrimSuffix(all, "; "); all != "" {
			when = texts(all)
		}
		got, list := condition.Parse(when, anyOf)
		if len(list) > 0 {
			t.Fatalf("%s: %v", condition.Text(want), list)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%s (-want +got):\n%s", condition.Text(want), diff)
		}
		if condition.Text(want) != condition.Text(got) {
			t.Fatalf("text %s became %s", condition.Text(want), condition.Text(got))
		}
	})
}

func statement(t *rapid.T) policy.Expr {
	op := rapid.SampledFrom([]policy.Op{
		policy.Equal, policy.NotEqual, policy.Less, policy.LessEqual, policy.Greater, policy.GreaterEqual, policy.In,
		policy.StartsWith, policy.EndsWith, policy.ContainsText, policy.IsNull, policy.IsObject, policy.RegexMatch, policy.CIDRContains,
	}).Draw(t, "op")
	args := []policy.Expr{operand(t, 3), operand(t, 3)}[:policy.Ops[op].Args]
	switch op {
	case policy.RegexMatch:
		args[0] = policy.Literal{Value: value.AppendString(nil, "^a\"\\d+$")}
	case policy.CIDRContains:
		args[0] = policy.Literal{Value: value.AppendString(nil, "10.0.0.0/8")}
	}
	var e policy.Expr = policy.Call{Op: op, Args: args}
	if rapid.Bool().Draw(t, "not") {
		e = policy.Call{Op: policy.Not, Args: []policy.Expr{e}}
	}
	return e
}

func operand(t *rapid.T, depth int) policy.Expr {
	if depth == 0 || rapid.Bool().Draw(t, "leaf") {
		return leaf(t)
	}
	op := rapid.SampledFrom([]policy.Op{
		policy.Minus, policy.Plus, policy.Times, policy.Rem, policy.Union, policy.Intersection,
		policy.Lower, policy.TrimPrefix, policy.Count, policy.Abs, policy.MakeArray, policy.MakeSet,
	}).Draw(t, "op")
	switch op {
	case policy.MakeArray:
		return policy.Call{Op: op, Args: []policy.Expr{reference(t), operand(t, depth-1)}}
	case policy.MakeSet:
		return policy.Call{Op: op, Args: []policy.Expr{operand(t, depth-1)}}
	case policy.Minus, policy.Plus, policy.Times, policy.Rem:
		return policy.Call{Op: op, Args: []policy.Expr{reference(t), arithmetic(t, depth-1)}}
	case policy.Abs:
		return policy.Call{Op: op, Args: []policy.Expr{reference(t)}}
	}
	return policy.Call{Op: op, Args: []policy.Expr{operand(t, depth-1), operand(t, depth-1)}[:policy.Ops[op].Args]}
}

// arithmetic returns an operand that arithmetic takes.
func arithmetic(t *rapid.T, depth int) policy.Expr {
	if e := operand(t, depth); !isLiteral(e) {
		return e
	}
	return policy.Literal{Value: value.AppendInt(nil, rapid.Int64Range(-value.MaxInteger, value.MaxInteger).Draw(t, "n"))}
}

func isLiteral(e policy.Expr) bool { _, ok := e.(policy.Literal); return ok }

func leaf(t *rapid.T) policy.Expr {
	if rapid.Bool().Draw(t, "reference") {
		return reference(t)
	}
	text := rapid.OneOf(
		rapid.SampledFrom([]string{`null`, `true`, `0.5`, `-1e-30`, `1.25e300`, `[]`, `{}`, `[1,{"a":[null]}]`, `{"":"é","x y":2}`}),
		rapid.Custom(func(t *rapid.T) string { return strconv.Itoa(rapid.Int().Draw(t, "n") % 1000000) }),
	).Draw(t, "json")
	_, v, err := value.Parse(nil, []byte(text))
	if err != nil {
		v = value.Value(value.AppendString(nil, text))
	}
	if v.Kind() == value.Big || rapid.Bool().Draw(t, "string") {
		v = value.Value(value.AppendString(nil, rapid.String().Draw(t, "text")))
	}
	return policy.Literal{Value: v}
}

func reference(t *rapid.T) policy.Expr {
	root := policy.Root(rapid.IntRange(0, policy.RootCount-1).Draw(t, "root"))
	if !root.HasPath() {
		return policy.Ref{Root: root}
	}
	step := rapid.SampledFrom([]string{"a", "level", "a-b", "if", "contains", "input", "", "é", "x y", "a\"b", "0", "_", "every"})
	return policy.Ref{Root: root, Path: rapid.SliceOfN(step, 1, 3).Draw(t, "path")}
}

// readsBack checks that the text of a leaf is read as that leaf.
func readsBack(t *testing.T, leaf policy.Rego) {
	t.Helper()
	again, list := condition.Parse(texts(leaf.Text), nil)
	if diff := cmp.Diff(policy.Expr(leaf), again); diff != "" {
		t.Fatalf("%q (-want +got):\n%s%v", leaf.Text, diff, list)
	}
	if item := portable.Reread(leaf); item.Rego() != leaf {
		t.Fatalf("%q is taken apart as %q", leaf.Text, item.Text)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(`resource.id == organisation`, `now > 3; not context.a`)
	f.Add(`{a | b} == c`, "$\"a{b}\"")
	f.Add("some k, [a, _] in context.xs # c\nevery x in a { not x.y[_] == k }", "{k: v | some k, v in context.m}[`a`][i] = 1")
	f.Add("(((", "xs[_][`a`] in {1} - set()")
	f.Fuzz(func(t *testing.T, when, whenAny string) {
		e, list := condition.Parse(texts(when), texts(whenAny))
		for _, d := range list {
			if d.Pos.Col < 1 || d.Message == "" {
				t.Fatalf("bad diagnostic %+v", d)
			}
		}
		if e != nil && list.HasErrors() {
			t.Fatal("a condition with errors")
		}
		for _, leaf := range (&policy.Model{Conditions: []policy.Condition{{Expr: e}}}).Rego() {
			readsBack(t, leaf)
		}
	})
}
