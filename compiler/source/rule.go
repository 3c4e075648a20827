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
	return arguments(t, known[at], body, start)
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
