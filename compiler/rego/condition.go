package rego

import (
	"strconv"
	"strings"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/value"
	"github.com/lictor-dev/lictor/compiler/condition"
	"github.com/lictor-dev/lictor/compiler/portable"
)

// conditionName is the name of the rule that is a condition.
func conditionName(id policy.ConditionID) string { return "c" + strconv.Itoa(int(id)) }

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
	for i := range m.Rego() {
		name := policy.RegoName(i + 1)
		w.used["portable"] = true
		body.WriteString(name + " := portable." + name + "\n\n")
	}
	return w.module("conditions", "The conditions of policies. One that cannot be evaluated is undefined.", body.String())
}

// portableModule writes the items of conditions that only Rego can evaluate, as rules of which the conditions are
// made. There is none if there are no such items.
func portableModule(m *policy.Model) []byte {
	var body strings.Builder
	for i, leaf := range m.Rego() {
		body.WriteString("\n")
		writeComment(&body, strings.Split(leaf.Text, "\n")...)
		var rules strings.Builder
		portable.Reread(leaf).Write(&rules, policy.RegoName(i+1))
		body.WriteString(strings.TrimPrefix(rules.String(), "\n"))
	}
	w := conditionWriter{used: map[string]bool{
		"builtins": strings.Contains(body.String(), "builtins."), "operators": strings.Contains(body.String(), "operators."),
	}}
	return w.module("portable", "The items of conditions that only Rego can evaluate. One that cannot be evaluated is undefined.", body.String())
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
	leaves  map[string]string // names of what only Rego can evaluate, by text
	used    map[string]bool   // packages that what was written refers to
}

func newConditionWriter(m *policy.Model) *conditionWriter {
	w := &conditionWriter{names: map[string]string{}, leaves: map[string]string{}}
	for i, leaf := range m.Rego() {
		w.leaves[leaf.Text] = policy.RegoName(i + 1)
	}
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
	for _, used := range []string{"builtins", "members", "operators", "portable"} {
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
	if c, ok := e.(policy.Call); ok && portable.GivesBoolean(c.Op) {
		return w.expr(e)
	}
	if _, ok := e.(policy.Rego); ok {
		return w.expr(e)
	}
	w.used["operators"] = true
	return "operators.truth(" + w.expr(e) + ")"
}

func (w *conditionWriter) expr(e policy.Expr) string {
	switch e := e.(type) {
	case policy.Literal:
		return condition.Text(e)
	case policy.Ref:
		return portable.RefText("input."+e.Root.String(), e.Path)
	case policy.Call:
		return w.call(e)
	case policy.Rego:
		w.used["portable"] = true
		return "portable." + w.leaves[e.Text]
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
	return "operators." + portable.Guards[c.Op] + "(" + strings.Join(args, ", ") + ")"
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
