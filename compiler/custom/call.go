package custom

import (
	"fmt"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/lictor-dev/lictor/compiler/diag"
	"github.com/lictor-dev/lictor/compiler/portable"
	"github.com/lictor-dev/lictor/compiler/source"
)

// rule is what is known of a rule of the project's own.
type rule struct {
	args       int // of a function; -1 for a rule that is none
	collection bool
	hasDefault bool
}

// rules returns the rules by their path below data, such as custom.allowed.
func (r *reader) rules() map[string]rule {
	all := map[string]rule{}
	for _, m := range r.modules {
		for _, parsed := range m.Rules {
			path := m.Package.Path.Extend(parsed.Head.Ref())
			constant := path.ConstantPrefix()
			key := strings.Join(words(constant), "\x00")
			known, found := all[key]
			if !found {
				known.args = -1
			}
			if len(parsed.Head.Args) > 0 {
				known.args = len(parsed.Head.Args)
			}
			known.collection = known.collection || len(constant) < len(path) || parsed.Head.RuleKind() == ast.MultiValue
			known.hasDefault = known.hasDefault || parsed.Default
			all[key] = known
		}
	}
	return all
}

// words returns the steps of a constant reference below data.
func words(ref ast.Ref) []string {
	var all []string
	for _, t := range ref[1:] {
		if text, ok := t.Value.(ast.String); ok {
			all = append(all, string(text))
		}
	}
	return all
}

// checkCalls reports conditions that refer to rules which are not there or may have no value.
func (r *reader) checkCalls(d *source.Definitions) {
	rules := r.rules()
	var deeper []portable.Call
	for _, call := range calls(d) {
		if r.checkCall(call, rules) {
			deeper = append(deeper, call)
		}
	}
	r.checkTypes(deeper)
}

// calls returns what the conditions of a project refer to. Conditions that cannot be read are reported elsewhere.
func calls(d *source.Definitions) []portable.Call {
	var all []portable.Call
	add := func(policies []source.Policy) {
		for i := range policies {
			for _, text := range slices.Concat(policies[i].When, policies[i].WhenAny) {
				all = append(all, callsOf(text)...)
			}
		}
	}
	for _, roles := range [][]source.Role{d.Roles, d.Entitlements} {
		for i := range roles {
			add(roles[i].Policies)
		}
	}
	for i := range d.Subjects {
		add(d.Subjects[i].Policies)
	}
	return all
}

func callsOf(text source.Text) []portable.Call {
	if !strings.Contains(text.Value, "data") {
		return nil
	}
	var list diag.List
	if body := portable.Parse(text, &list); body != nil {
		if item := portable.Read(text, body, &list); item != nil {
			return item.Calls
		}
	}
	return nil
}

// checkCall reports whether a condition may refer to a rule as it does.
func (r *reader) checkCall(call portable.Call, rules map[string]rule) bool {
	name := "data." + strings.Join(call.Path, ".")
	key := strings.Join(call.Path, "\x00")
	var known rule
	found := false
	length := len(call.Path)
	for ; length > 1 && !found; length-- {
		known, found = rules[strings.Join(call.Path[:length], "\x00")]
		found = found && (call.Args < 0 || length == len(call.Path))
	}
	ruleName := "data." + strings.Join(call.Path[:length+1], ".")
	switch {
	case !found && slices.ContainsFunc(sorted(rules), func(path string) bool { return strings.HasPrefix(path, key+"\x00") }):
		r.report(call, "%s is a package, not a rule", diag.Quote(name)).Hint = "name a rule of it"
	case !found:
		var names []string
		for path := range rules {
			names = append(names, "data."+strings.ReplaceAll(path, "\x00", "."))
		}
		r.report(call, "there is no rule %s", diag.Quote(name)).Hint = diag.NewNames(names).Hint(name, "rules of the project's own stand in *.rego files, under package custom")
	case known.args < 0 && call.Args >= 0:
		r.report(call, "%s is no function", diag.Quote(ruleName)).Hint = "write it without parentheses"
	case known.args >= 0 && call.Args < 0:
		r.report(call, "%s is a function", diag.Quote(ruleName)).Hint = fmt.Sprintf("call it with its arguments, %d of them", known.args)
	case known.args >= 0 && known.args != call.Args:
		r.report(call, "%s is called with %d arguments", diag.Quote(ruleName), call.Args).Hint = fmt.Sprintf("it takes %d", known.args)
	case !known.hasDefault && !known.collection:
		r.report(call, "%s has no default", diag.Quote(ruleName)).Hint = "add to its module: " + defaultOf(call.Path[length], known.args)
	default:
		return true
	}
	return false
}

func defaultOf(name string, args int) string {
	if args < 0 {
		return "default " + name + " := false"
	}
	return "default " + name + "(" + strings.TrimSuffix(strings.Repeat("_, ", args), ", ") + ") := false"
}

func (r *reader) report(call portable.Call, format string, args ...any) *diag.Diagnostic {
	d := r.list.Errorf(CodeRule, call.Position, format, args...)
	d.Width = call.Width
	return d
}

// checkTypes compiles what conditions refer to together with the modules: a member that a rule never has is a mistake.
func (r *reader) checkTypes(all []portable.Call) {
	const file = "conditions"
	var b strings.Builder
	b.WriteString("package conditions\n")
	for i, call := range all {
		if call.Args < 0 {
			fmt.Fprintf(&b, "r%d := %s\n", i, portable.RefText("data", call.Path))
		} else {
			b.WriteString("\n")
		}
	}
	if len(all) == 0 {
		return
	}
	parsed, err := ast.ParseModuleWithOpts(file, b.String(), ast.ParserOptions{RegoVersion: ast.RegoV1})
	if err != nil {
		panic("BUG: references that are no Rego: " + err.Error())
	}
	_, rest := r.compile(map[string]*ast.Module{file: parsed})
	for _, e := range rest {
		if e.Location == nil || e.Location.File != file {
			continue
		}
		call := all[e.Location.Row-2]
		message, _, _ := strings.Cut(e.Message, "\n")
		r.report(call, "%s cannot be: %s", diag.Quote("data."+strings.Join(call.Path, ".")), message).Hint = "refer to what the rule gives"
	}
}
