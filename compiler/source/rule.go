package source

import (
	"slices"
	"strings"

	"github.com/lictor-dev/lictor/compiler/diag"
)

// Rule is one function call of a route, such as hasanyrole(editor, admin).
type Rule struct {
	Function  string
	Arguments []Text // at least one, trimmed
}

// RuleError says why a text is not a rule.
type RuleError struct {
	Offset  int    // bytes from the start of the text
	Unknown bool   // the function is not known, all else is well
	Reason  string // to be read after the text
	Hint    string
}

func (e *RuleError) Error() string { return e.Reason }

// function says how the arguments of a function are written.
type function struct {
	name      string
	separator string // between arguments
	several   string // how the functions that take several are called; "" when this one does
}

var (
	roleFunctions       = []function{{"hasrole", ",", "hasanyrole or hasallroles"}, {"hasanyrole", ",", ""}, {"hasallroles", ",", ""}}
	permissionFunctions = []function{{"ispermitted", "|", "ispermittedall"}, {"ispermittedall", "|", ""}}
)

// ParseRoleRule reads an item of a route's roles. The error is a [*RuleError].
func ParseRoleRule(t Text) (Rule, error) { return parseRule(t, roleFunctions) }

// ParsePermissionRule reads an item of a route's permissions. The error is a [*RuleError].
func ParsePermissionRule(t Text) (Rule, error) { return parseRule(t, permissionFunctions) }

func parseRule(t Text, known []function) (Rule, error) {
	name, rest, opened := strings.Cut(t.Value, "(")
	name = strings.TrimSpace(name)
	body, closed := strings.CutSuffix(strings.TrimRight(rest, " \t"), ")")
	start := len(t.Value) - len(rest)
	names := make([]string, len(known))
	for i, f := range known {
		names[i] = f.name
	}
	at := slices.Index(names, name)
	switch {
	case !opened || !closed:
		return Rule{}, &RuleError{Reason: "is not a call such as " + names[0] + "(…)", Hint: "known functions: " + strings.Join(names, ", ")}
	case at < 0:
		hint := diag.NewNames(names).Hint(name, "known functions: "+strings.Join(names, ", "))
		return Rule{}, &RuleError{Unknown: true, Reason: "calls " + diag.Quote(name) + ", which is not known", Hint: hint}
	}
	if stray := strayBracket(body); stray >= 0 {
		return Rule{}, &RuleError{
			Offset: start + stray, Reason: "has a bracket that belongs to no other",
			Hint: "write one call an item: all items of a list must hold. A bracket in a permission is %28 or %29",
		}
	}
	return arguments(t, known[at], body, start)
}

// strayBracket returns where a round bracket stands that pairs with none, -1 where all do: so that two calls in one item are not
// read as one with an odd argument.
func strayBracket(body string) int {
	var open []int
	for i, c := range []byte(body) {
		switch {
		case c == '(':
			open = append(open, i)
		case c == ')' && len(open) == 0:
			return i
		case c == ')':
			open = open[:len(open)-1]
		}
	}
	if len(open) > 0 {
		return open[len(open)-1]
	}
	return -1
}

// arguments splits the text between the brackets, which starts at the byte start.
func arguments(t Text, f function, body string, start int) (Rule, error) {
	rule := Rule{Function: f.name}
	parts := strings.Split(body, f.separator)
	if len(parts) > 1 && f.several != "" {
		return Rule{}, &RuleError{Offset: start, Reason: "has more than one argument", Hint: "use " + f.several}
	}
	for _, part := range parts {
		value := strings.TrimSpace(part)
		if value == "" {
			return Rule{}, &RuleError{Offset: start, Reason: "has an empty argument"}
		}
		rule.Arguments = append(rule.Arguments, slice(t, start+strings.Index(part, value), value))
		start += len(part) + 1
	}
	return rule, nil
}

// slice returns the part of a text that starts at offset.
func slice(t Text, offset int, value string) Text {
	if t.Lead < 0 {
		return Text{Value: value, Pos: t.Pos, Lead: -1}
	}
	return Text{Value: value, Pos: t.At(offset)}
}
