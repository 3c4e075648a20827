package portable

import (
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/lictor-dev/lictor/compiler/diag"
)

// guard is the function of modules/builtins.rego that stands for a built-in of OPA, beyond the operations.
type guard struct {
	function string
	args     int
	truth    truth
}

// builtins are the portable built-ins beyond the operations, by name: OPA and its wasm agree on what the guards let
// through.
var builtins = map[string]guard{
	ast.MemberWithKey.Name: {"has_pair", 3, always},
	"array.concat":         {"array_concat", 2, never},
	"array.reverse":        {"array_reverse", 1, never},
	"array.slice":          {"array_slice", 3, never},
	"base64.encode":        {"base64_encode", 1, never},
	"base64url.encode":     {"base64url_encode", 1, never},
	"bits.and":             {"bits_and", 2, never},
	"bits.or":              {"bits_or", 2, never},
	"bits.xor":             {"bits_xor", 2, never},
	"ceil":                 {"whole", 1, never},
	"concat":               {"concatenated", 2, never},
	"floor":                {"whole", 1, never},
	"format_int":           {"format_integer", 2, never},
	"indexof":              {"index_of", 2, never},
	"intersection":         {"intersection_of", 1, never},
	"is_set":               {"set_value", 1, always},
	"max":                  {"maximum", 1, perhaps},
	"min":                  {"minimum", 1, perhaps},
	"net.cidr_intersects":  {"networks_intersect", 2, always},
	"numbers.range":        {"numbers_range", 2, never},
	"object.filter":        {"object_filter", 2, never},
	"object.get":           {"object_get", 3, perhaps},
	"object.keys":          {"object_keys", 1, never},
	"object.remove":        {"object_remove", 2, never},
	"object.union":         {"object_union", 2, never},
	"product":              {"product_of", 1, never},
	"replace":              {"replaced", 3, never},
	"round":                {"whole", 1, never},
	"sort":                 {"sorted", 1, never},
	"split":                {"pieces", 2, never},
	"strings.reverse":      {"reversed", 1, never},
	"substring":            {"substring_of", 3, never},
	"sum":                  {"sum_of", 1, never},
	"to_number":            {"number", 1, never},
	"trim":                 {"trimmed_of", 2, never},
	"trim_left":            {"left_trimmed_of", 2, never},
	"trim_right":           {"right_trimmed_of", 2, never},
	"type_name":            {"type_of", 1, never},
	"union":                {"union_of_all", 1, never},
}

// instead says what to write in the place of built-ins that are not portable. A name that ends in a dot stands for all
// functions that begin with it.
var instead = []struct{ name, hint string }{
	{"time.now_ns", "write now: seconds since 1970, an integer"},
	{"time.", "compare now, in seconds since 1970, with integers"},
	{"sprintf", "write concat(\"\", [\"text\", value]), with format_int(value, 10) for an integer"},
	{"http.send", "pass what the request knows in context"},
	{"opa.runtime", "pass what the request knows in context"},
	{"rego.", "leave it out"},
	{"io.jwt.", "claims of the verified token are in token"},
	{"regex.", "write regex.match(pattern, text)"},
	{"glob.", "write startswith, endswith, contains or regex.match"},
	{"net.", "write net.cidr_contains(network, address)"},
	{"re_match", "write regex.match(pattern, text)"},
	{"any", "write: true in list"},
	{"all", "write: every x in list { x }"},
	{"json.marshal", "compare the values themselves"},
	{"json.unmarshal", "send the value as JSON, not as text"},
	{"json.", "refer to the members"},
	{"yaml.", "send the value as JSON, not as text"},
	{"object.", "write an object comprehension"},
	{"array.", "write a comprehension"},
	{"strings.any_prefix_match", "write: some prefix in prefixes; startswith(text, prefix)"},
	{"strings.any_suffix_match", "write: some suffix in suffixes; endswith(text, suffix)"},
	{"strings.count", "write count(split(text, part)) - 1"},
	{"strings.", "write replace, split or concat"},
	{"set_diff", "write a - b"},
	{"cast_", "compare the value itself: is_string, is_number and their kin say what it is"},
	{"walk", "name the members, or loop over them with some"},
	{"graph.", "loop over the members with some"},
	{"graphql.", "pass what the request knows in context"},
	{"units.", "send the number as a number"},
	{"semver.", "send the parts of the version as numbers"},
	{"hex.", "compare the encoded text"},
	{"numbers.", "write numbers.range(from, to)"},
	{"uri.", "pass the parts of the address in context"},
	{"urlquery.", "pass the decoded text in context"},
	{"base64.", "compare the encoded text: base64.encode(text)"},
	{"base64url.", "compare the encoded text: base64url.encode(text)"},
	{"bits.", "write bits.and, bits.or, bits.xor or x * 2"},
	{"internal.", "leave it out"},
	{"print", "leave it out"},
	{"trace", "leave it out"},
	{"uuid.", "pass what the request knows in context"},
	{"rand.", "decisions are repeatable: leave it out"},
	{"crypto.", "pass what the request knows in context"},
	{"providers.", "pass what the request knows in context"},
	{ast.Divide.Name, "multiply the other side: engines divide differently"},
}

// Portable reports whether a built-in runs in OPA and in every wasm host alike. If not, hint says what to write instead.
func Portable(name string) (portable bool, hint string) {
	if _, native := Operations[name]; native {
		return true, ""
	}
	if _, known := builtins[name]; known {
		return true, ""
	}
	for _, i := range instead {
		if name == i.name || strings.HasSuffix(i.name, ".") && strings.HasPrefix(name, i.name) {
			return false, i.hint
		}
	}
	known := Functions()
	return false, diag.NewNames(known).Hint(name, "functions: "+strings.Join(known, ", "))
}

// Functions lists the portable functions, sorted.
func Functions() []string {
	var names []string
	for name := range Operations {
		if ast.BuiltinMap[name].Infix == "" {
			names = append(names, name)
		}
	}
	for name := range builtins {
		if ast.BuiltinMap[name].Infix == "" && !strings.HasPrefix(name, "internal.") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func (r *reader) unknownFunction(operator *ast.Term, name string) {
	_, hint := Portable(name)
	if name == ast.Divide.Name {
		r.unsupported(operator.Location, "\"/\"", hint)
		return
	}
	message := "unknown function %s"
	if _, exists := ast.BuiltinMap[name]; exists {
		message = "function %s is not supported in a condition"
	}
	r.errorf(CodeBuiltin, operator.Location, message, name).Hint = hint
}
