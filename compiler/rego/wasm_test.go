package rego_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/lictor-dev/lictor/compiler/portable"
	"github.com/lictor-dev/lictor/runtime/conformance/generate"
)

// nativeBuiltins lists the built-ins that the modules may call: OPA's wasm runs them without its host. The one
// exception is the clock, for input without a time.
var nativeBuiltins = strings.Fields(`
	abs and array.concat array.slice assign base64.encode concat contains count div endswith eq equal floor
	gt gte indexof internal.member_2 internal.member_3 is_array is_boolean is_null is_number is_object is_set is_string
	json.marshal json.unmarshal lower lt lte max min minus mul neq net.cidr_contains numbers.range object.get object.keys object.remove
	object.union or plus product regex.match rem sort split startswith substring trim trim_prefix trim_right trim_space
	trim_suffix union upper time.now_ns`)

func TestOnlyNativeBuiltins(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		o := load(t, generate.RegoModel(seed))
		for path, module := range o.compiler.Modules {
			ast.WalkExprs(module, func(e *ast.Expr) bool {
				if name := e.Operator().String(); e.IsCall() && ast.BuiltinMap[name] != nil && !slices.Contains(nativeBuiltins, name) && !slices.Contains(portable.Functions(), name) {
					t.Errorf("%s: %s is not native in wasm", path, name)
				}
				return false
			})
		}
	}
}
