package rego

import (
	"strconv"
	"strings"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/value"
	"github.com/lictor-dev/lictor/compiler/condition"
)

// conditionName is the name of the rule that is a condition.
func conditionName(id policy.ConditionID) string { return "c" + strconv.Itoa(int(id)) }

// operators are the guarded functions of modules/operators.rego that stand for operations.
var operators = [policy.OpCount]string{
	policy.Not: "negate", policy.Equal: "equals", policy.NotEqual: "differs",
	policy.Less: "less", policy.LessEqual: "less_equal", policy.Greater: "greater", policy.GreaterEqual: "greater_equal",
	policy.In: "has", policy.Plus: "add", policy.Minus: "subtract", policy.Times: "multiply", policy.Rem: "remainder",
	policy.Intersection: "common", policy.Union: "union_of",
	policy.StartsWith: "starts_with", policy.EndsWith: "ends_with", policy.ContainsText: "contains_text",
	policy.Lower: "lower_case", policy.Upper: "upper_case", policy.TrimSpace: "trimmed",
	policy.TrimPrefix: "without_prefix", policy.TrimSuffix: "without_suffix",
	policy.Count: "size", policy.Abs: "absolute", policy.RegexMatch: "matches", policy.CIDRContains: "in_network",
	policy.IsNull: "null_value", policy.IsBoolean: "boolean_value", policy.IsNumber: "number_value",
	policy.IsString: "string_value", policy.IsArray: "array_value", policy.IsObject: "object_value",
}

// conditionsModule writes every condition as one rule: true, false, or undefined when it cannot be
// evaluated. Its package holds nothing else, so that a condition is looked up by name in one step.
func conditionsModule(m *policy.Model) []byte {
	w := newConditionWriter(m)
	w.prefix = "members."
	var body strings.Builder
	for i := range m.Conditions {
		c := &m.Conditions[i]
		writeComment(&body, c.Text, place(m, c.Place))
		w.rule(&body, conditionName(policy.ConditionID(i+1)), c.Expr)
	}
	return w.module("conditions", "The conditions of policies. One that cannot be evaluated is undefined.", body.String())
}

// membersModule writes the AND and OR within conditions, each as a rule of its own.
func membersModule(m *policy.Model) []byte {
	w := newConditionWriter(m)
	var body strings.Builder
	for i, c := range w.members {
		w.rule(&body, "m"+strconv.Itoa(i+1), c)
	}
	return w.module("members", "What is ANDed or ORed within conditions.", body.String())
}

// conditionWriter writes expressions. Nested AND and OR are numbered once for all modules.
type conditionWriter struct {
	prefix  string // of the names of members
	members []policy.Call
	names   map[string]string // of members, by canonical text
	used    map[string]bool   // packages that what was written refers to
}

func newConditionWriter(m *policy.Model) *conditionWriter {
	w := &conditionWriter{names: map[string]string{}}
	for i := range m.Conditions {
		w.collect(m.Conditions[i].Expr, true)
	}
	w.used = map[string]bool{}
	return w
}

func (w *conditionWriter) collect(e policy.Expr, top bool) {
	c, ok := e.(policy.Call)
	if !ok {
		return
	}
	for _, a := range c.Args {
		w.collect(a, false)
	}
	if text := condition.Text(c); isConnective(c) && !top && w.names[text] == "" {
		w.members = append(w.members, c)
		w.names[text] = "m" + strconv.Itoa(len(w.members))
	}
}

func isConnective(e policy.Expr) bool {
	c, ok := e.(policy.Call)
	return ok && (c.Op == policy.And || c.Op == policy.Or)
}

func (w *conditionWriter) module(name, comment, body string) []byte {
	var b strings.Builder
	b.WriteString("# " + comment + "\npackage lictor." + name + "\n\n")
	for _, used := range []string{"members", "operators"} {
		if w.used[used] && used != name {
			b.WriteString("import data.lictor." + used + "\n")
		}
	}
	b.WriteString("\n" + body)
	return []byte(b.String())
}

// rule writes one rule that is true, false or undefined as the expression is.
func (w *conditionWriter) rule(b *strings.Builder, name string, e policy.Expr) {
	c, _ := e.(policy.Call)
	if !isConnective(e) {
		b.WriteString(name + " := " + w.truth(e) + "\n\n")
		return
	}
	decisive, rest := "false", "true"
	if c.Op == policy.Or {
		decisive, rest = rest, decisive
	}
	b.WriteString(name + " := ")
	for _, a := range c.Args {
		b.WriteString(decisive + " if {\n\t" + w.truth(a) + " == " + decisive + "\n} else := ")
	}
	b.WriteString(rest + " if {\n")
	for _, a := range c.Args {
		b.WriteString("\t" + w.truth(a) + " == " + rest + "\n")
	}
	b.WriteString("}\n\n")
}

// truth writes an expression that must be a boolean (X3, X13).
func (w *conditionWriter) truth(e policy.Expr) string {
	if c, ok := e.(policy.Call); ok && givesBoolean(c.Op) {
		return w.expr(e)
	}
	w.used["operators"] = true
	return "operators.truth(" + w.expr(e) + ")"
}

func givesBoolean(op policy.Op) bool {
	return op >= policy.And && op <= policy.In || op >= policy.StartsWith && op <= policy.ContainsText ||
		op >= policy.RegexMatch
}

func (w *conditionWriter) expr(e policy.Expr) string {
	switch e := e.(type) {
	case policy.Literal:
		return condition.Text(e)
	case policy.Ref:
		return condition.RefText("input."+e.Root.String(), e.Path)
	case policy.Call:
		return w.call(e)
	default:
		panic("BUG: an expression of an unknown kind")
	}
}

func (w *conditionWriter) call(c policy.Call) string {
	switch c.Op {
	case policy.And, policy.Or:
		w.used["members"] = true
		return w.prefix + w.names[condition.Text(c)]
	case policy.MakeArray:
		return "[" + w.items(c.Args) + "]"
	case policy.MakeSet:
		if len(c.Args) == 0 {
			return "set()"
		}
		return "{" + w.items(c.Args) + "}"
	}
	args := make([]string, len(c.Args))
	for i, a := range c.Args {
		args[i] = w.expr(a)
	}
	if c.Op == policy.In { // the function takes the items first
		args[0], args[1] = args[1], args[0]
	}
	w.used["operators"] = true
	return "operators." + operators[c.Op] + "(" + strings.Join(args, ", ") + ")"
}

// items writes the items of an array or a set, none of which may be an integer beyond 2⁵³ (X2).
func (w *conditionWriter) items(args []policy.Expr) string {
	texts := make([]string, len(args))
	for i, a := range args {
		texts[i] = w.expr(a)
		if l, ok := a.(policy.Literal); !ok || l.Value.Kind() == value.Missing {
			w.used["operators"] = true
			texts[i] = "operators.exact(" + texts[i] + ")"
		}
	}
	return strings.Join(texts, ", ")
}

func writeComment(b *strings.Builder, lines ...string) {
	for _, line := range lines {
		b.WriteString("# " + strings.Map(printable, line) + "\n")
	}
}

// printable replaces what would end a comment or is not allowed in a module.
func printable(r rune) rune {
	if r < ' ' || r == '\ufeff' {
		return '\ufffd'
	}
	return r
}

// place writes where something is defined, as file:line.
func place(m *policy.Model, p policy.Place) string {
	if int(p.File) >= len(m.Files) {
		return "line " + strconv.Itoa(int(p.Line))
	}
	return m.Files[p.File] + ":" + strconv.Itoa(int(p.Line))
}
