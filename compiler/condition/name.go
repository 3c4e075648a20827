package condition

import (
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/compiler/diag"
)

const namesInScope = "names in scope: subject, action, resource, context, organisation, token and now"

// name resolves a dotted name to what it reads.
func (r *reader) name(t *ast.Term, path []string) policy.Expr {
	for i := range policy.RootCount {
		root := policy.Root(i)
		words := strings.Split(root.String(), ".")
		if len(path) < len(words) || !equal(path[:len(words)], words) {
			continue
		}
		rest := path[len(words):]
		switch {
		case !root.HasPath() && len(rest) > 0:
			r.errorf(CodeUnknownName, t.Location, "%s has no members", root).Hint = "write " + root.String() + " alone"
			return nil
		case root.HasPath() && len(rest) == 0:
			r.errorf(CodeUnsupported, t.Location, "%s as a whole is not supported in a condition", root).Hint =
				"name a member of it, as in " + root.String() + ".name"
			return nil
		case !root.HasPath():
			return policy.Ref{Root: root}
		}
		return policy.Ref{Root: root, Path: rest}
	}
	return r.unknownName(t, path)
}

func equal(a, b []string) bool {
	for i := range b {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func (r *reader) unknownName(t *ast.Term, path []string) policy.Expr {
	text := dotted(path)
	switch {
	case path[0] == "data":
		return r.unsupported(t.Location, "the rule "+diag.Quote(text), "write the expression itself: rules of the project's own run in OPA only")
	case path[0] == "input":
		r.errorf(CodeUnknownName, t.Location, "unknown name %s", diag.Quote(text)).Hint = namesInScope + ", without \"input\""
	case path[0] == "_" || strings.HasPrefix(path[0], "$"):
		return r.unsupported(t.Location, "a wildcard", "")
	default:
		r.errorf(CodeUnknownName, t.Location, "unknown name %s", diag.Quote(text)).Hint = nameHint(path)
	}
	return nil
}

// nameHint suggests a name in scope: the same member one level further down, or one spelled alike.
func nameHint(path []string) string {
	switch path[0] {
	case "subject", "action", "resource":
		if len(path) == 1 {
			return "name a part of it, as in " + path[0] + ".properties.name"
		}
		known := []string{"type", "id", "properties"}
		if path[0] == "action" {
			known = []string{"name", "properties"}
		}
		if near := diag.NewNames(known).Nearest(path[1]); near != "" {
			return "did you mean " + diag.Quote(dotted(append([]string{path[0], near}, path[2:]...))) + "?"
		}
		return "did you mean " + diag.Quote(dotted(append([]string{path[0], "properties"}, path[1:]...))) + "?"
	}
	known := diag.NewNames([]string{"subject", "action", "resource", "context", "organisation", "token", "now"})
	if near := known.Nearest(path[0]); near != "" {
		return "did you mean " + diag.Quote(dotted(append([]string{near}, path[1:]...))) + "?"
	}
	return namesInScope + "; text is written in quotes"
}
