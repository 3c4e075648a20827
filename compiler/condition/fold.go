package condition

import (
	"strings"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/value"
)

// CodeUnfolded is the code of the warning that [Unfolded] gives cause for.
const CodeUnfolded = "W0601"

// Unfolded looks for a comparison that a project which does not tell upper from lower case cannot mean: a
// type, id or action name, which is lower-cased there, beside a text that is not. It returns both as
// they are written, and false when there is none.
func Unfolded(e policy.Expr) (folded, beside string, found bool) {
	call, ok := e.(policy.Call)
	if !ok {
		return "", "", false
	}
	if len(call.Args) == 2 {
		for i := range call.Args {
			ref, isRef := call.Args[i].(policy.Ref)
			if text := upper(call.Args[1-i]); isRef && isFolded(ref.Root) && text != "" {
				return Text(ref), text, true
			}
		}
	}
	for _, arg := range call.Args {
		if folded, beside, found = Unfolded(arg); found {
			return folded, beside, true
		}
	}
	return "", "", false
}

// isFolded reports whether what is read there comes from a permission.
func isFolded(r policy.Root) bool {
	return r == policy.ResourceType || r == policy.ResourceID || r == policy.ActionName
}

// upper returns the first text in e, or in an array or a set, that may hold upper case: a constant that
// does, or the organisation.
func upper(e policy.Expr) string {
	switch e := e.(type) {
	case policy.Ref:
		if e.Root == policy.RequestOrganisation {
			return Text(e)
		}
	case policy.Rego: // what it compares is not looked into
	case policy.Literal:
		if holdsUpper(e.Value) {
			return Text(e)
		}
	case policy.Call:
		if e.Op != policy.MakeArray && e.Op != policy.MakeSet {
			return ""
		}
		for _, arg := range e.Args {
			if text := upper(arg); text != "" {
				return text
			}
		}
	}
	return ""
}

func holdsUpper(v value.Value) bool {
	if v.Text() != strings.ToLower(v.Text()) {
		return true
	}
	for items := v.Items(); ; {
		_, item, ok := items.Next()
		if !ok {
			return false
		}
		if holdsUpper(item) {
			return true
		}
	}
}
