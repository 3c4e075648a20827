package condition

import (
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/compiler/diag"
)

// instead says what to write in the place of built-ins that conditions do not have. A name that ends
// in a dot stands for all functions that begin with it.
var instead = []struct{ name, hint string }{
	{"time.now_ns", "write now: seconds since 1970, an integer"},
	{"time.", "compare now, in seconds since 1970, with integers"},
	{"sprintf", "compare the parts one by one"},
	{"concat", "compare the parts one by one"},
	{"http.send", "pass what the request knows in context"},
	{"opa.runtime", "pass what the request knows in context"},
	{"rego.metadata.", "leave it out"},
	{"io.jwt.", "claims of the verified token are in token"},
	{"regex.", "write regex.match(pattern, text)"},
	{"glob.match", "write startswith, endswith, contains or regex.match"},
	{"net.", "write net.cidr_contains(network, address)"},
	{"re_match", "write regex.match(pattern, text)"},
	{"array.", "test membership with: value in list"},
	{"any", "write when_any"},
	{"all", "write one expression for each value"},
	{"object.get", "refer to the member: a condition on a missing one does not let anyone in"},
	{"object.", "refer to the members"},
	{"json.", "refer to the members"},
	{"startswith_any", "write when_any"},
	{"strings.any_prefix_match", "write when_any with startswith"},
	{"strings.any_suffix_match", "write when_any with endswith"},
	{"intersection", "write a & b"},
	{"union", "write a | b"},
	{"set_diff", "write a - b"},
	{"trim", "write trim_space, trim_prefix or trim_suffix"},
	{"is_set", "values of a request are never sets"},
	{"type_name", "write is_string, is_number, is_boolean, is_array, is_object or is_null"},
	{"to_number", "send the number as a number"},
	{"print", "leave it out"},
	{"uuid.", "pass what the request knows in context"},
	{"rand.", "decisions are repeatable: leave it out"},
	{"crypto.", "pass what the request knows in context"},
}

// operators outside the subset, by the parser's name for them.
var foreignOperators = map[string][2]string{
	ast.Equality.Name:      {"\"=\"", "compare with =="},
	ast.Assign.Name:        {"\":=\"", "compare with ==; conditions have no variables"},
	ast.Divide.Name:        {"\"/\"", "multiply the other side: engines divide differently"},
	ast.MemberWithKey.Name: {"\"in\" with a key", "write: value in list"},
}

func (r *reader) unknownFunction(operator *ast.Term, name string) policy.Expr {
	if o, ok := foreignOperators[name]; ok {
		return r.unsupported(operator.Location, o[0], o[1])
	}
	if strings.HasPrefix(name, "data.") {
		return r.unsupported(operator.Location, "the rule "+diag.Quote(name), "write the expression itself: rules of the project's own run in OPA only")
	}
	for _, i := range instead {
		if name == i.name || strings.HasSuffix(i.name, ".") && strings.HasPrefix(name, i.name) {
			r.errorf(CodeBuiltin, operator.Location, "function %s is not supported in a condition", name).Hint = i.hint
			return nil
		}
	}
	known := functions()
	message := "unknown function %s"
	if _, exists := ast.BuiltinMap[name]; exists {
		message = "function %s is not supported in a condition"
	}
	r.errorf(CodeBuiltin, operator.Location, message, name).Hint = diag.NewNames(known).Hint(name, "functions in conditions: "+strings.Join(known, ", "))
	return nil
}

// functions lists the functions that conditions have, sorted.
func functions() []string {
	var names []string
	for op := policy.StartsWith; int(op) < policy.OpCount; op++ {
		names = append(names, policy.Ops[op].Rego)
	}
	slices.Sort(names)
	return names
}
