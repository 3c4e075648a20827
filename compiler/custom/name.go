package custom

import (
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/lictor-dev/lictor/compiler/diag"
	"github.com/lictor-dev/lictor/compiler/portable"
)

// environment holds the members of input that conditions see, with the members of those that have a closed set.
var environment = map[string][]string{
	"subject":  {"type", "id", "properties"},
	"action":   {"name", "properties"},
	"resource": {"type", "id", "properties"},
	"context":  nil, "token": nil, "organisation": nil, "now": nil,
}

// checkNames reports references to what is never there, in modules whose imports are resolved: such a reference has no
// value, which a default would turn into one.
func (r *reader) checkNames(compiled map[string]*ast.Module) {
	rules := r.rules()
	for _, file := range sorted(r.modules) {
		seen := map[string]bool{} // compiling may copy a reference
		ast.NewGenericVisitor(func(x any) bool {
			t, _ := x.(*ast.Term)
			if t == nil || t.Location == nil || seen[t.Location.String()] {
				return false
			}
			ref, _ := t.Value.(ast.Ref)
			switch {
			case ref.HasPrefix(ast.InputRootRef):
				seen[t.Location.String()] = r.checkInput(file, ref, t.Location)
			case ref.HasPrefix(ast.DefaultRootRef):
				seen[t.Location.String()] = r.checkData(file, ref, t.Location, rules)
			}
			return false
		}).Walk(compiled[file])
	}
}

// checkInput reports whether it found a member of input that is never there.
func (r *reader) checkInput(file string, ref ast.Ref, loc *ast.Location) bool {
	known := sorted(environment)
	for i := 1; i < min(len(ref), 3) && known != nil; i++ {
		name, isConstant := ref[i].Value.(ast.String)
		if !isConstant {
			return false
		}
		if !slices.Contains(known, string(name)) {
			d := r.errorf(loc, file, "input has no member %s", diag.Quote(strings.TrimPrefix(ref[:i+1].String(), "input.")))
			d.Code, d.Hint = portable.CodeUnknownName, diag.NewNames(known).Hint(string(name), "it has "+strings.Join(known, ", "))
			return true
		}
		known = environment[string(name)]
	}
	return false
}

// checkData reports whether it found a rule that is not there.
func (r *reader) checkData(file string, ref ast.Ref, loc *ast.Location, rules map[string]rule) bool {
	constant := ref.ConstantPrefix()
	path := words(constant)
	key := strings.Join(path, "\x00")
	var names []string
	for known := range rules {
		if strings.HasPrefix(known, key+"\x00") || strings.HasPrefix(key+"\x00", known+"\x00") {
			return false
		}
		names = append(names, "data."+strings.ReplaceAll(known, "\x00", "."))
	}
	d := r.errorf(loc, file, "there is no rule %s", diag.Quote(constant.String()))
	d.Code, d.Hint = CodeRule, diag.NewNames(names).Hint(constant.String(), "the project's own rules are under package custom")
	return true
}
