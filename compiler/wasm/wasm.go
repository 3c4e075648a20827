// Package wasm compiles a bundle's Rego to policy.wasm, for every host of OPA's WebAssembly ABI
// (https://www.openpolicyagent.org/docs/wasm, ABI 1.3). What is compiled is the text that the bundle holds, and
// nothing of its data: neither the size of the module nor its time grow with the grants of a policy.
package wasm

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/bundle"
	build "github.com/open-policy-agent/opa/v1/compile"

	"github.com/lictor-dev/lictor/bundles"
)

// optimization is OPA's level of optimisation. The higher ones evaluate what they can with the data at hand,
// which is none, and then answer for ever as if there were none.
const optimization = 0

// EnvironmentError says that a variable of the environment would have OPA put its module through another
// program, whose output nobody knows.
type EnvironmentError struct{ Variable string }

func (e *EnvironmentError) Error() string {
	return fmt.Sprintf("environment variable %s is set, and changes what is compiled to policy.wasm", e.Variable)
}

// SizeError says that a policy makes a module that no reader of bundles takes.
type SizeError struct{ Got, Limit int } // bytes

func (e *SizeError) Error() string {
	return fmt.Sprintf("policy.wasm has %d bytes, more than the %d that a bundle may carry", e.Got, e.Limit)
}

// Compile returns the Rego among the members of a bundle (those whose names end in .rego) as one WebAssembly
// module with the given entrypoints, numbered from 0 in their order. The same modules give the same bytes, on
// any machine and at any time. The error is an [*EnvironmentError], a [*SizeError], the context's, or what OPA
// says of the modules. It is safe for concurrent use and changes nothing it is given.
func Compile(ctx context.Context, members map[string][]byte, entrypoints []string) ([]byte, error) {
	if err := checkEnvironment(); err != nil {
		return nil, err
	}
	modules, err := parse(ctx, members)
	if err != nil {
		return nil, err
	}
	compiler := build.New().WithBundle(modules).WithTarget(build.TargetWasm).WithRegoVersion(ast.RegoV1).
		WithOptimizationLevel(optimization).WithPruneUnused(true).WithEntrypoints(entrypoints...)
	if err := compiler.Build(ctx); err != nil {
		return nil, fmt.Errorf("policy.wasm: %w", err)
	}
	module := compiler.Bundle().WasmModules[0].Raw
	if len(module) > bundles.MaxWasm {
		return nil, &SizeError{Got: len(module), Limit: bundles.MaxWasm}
	}
	return module, nil
}

func checkEnvironment() error {
	for _, name := range []string{"EXPERIMENTAL_WASM_OPT", "EXPERIMENTAL_WASM_OPT_ARGS"} {
		if os.Getenv(name) != "" {
			return &EnvironmentError{name}
		}
	}
	return nil
}

// suffix ends the names of members that are Rego.
const suffix = ".rego"

// parse returns modules without their text: OPA formats what it has built from, and would otherwise do that in
// place, in terms that its parser shares among all modules of the process.
func parse(ctx context.Context, members map[string][]byte) (*bundle.Bundle, error) {
	b := &bundle.Bundle{Data: map[string]any{}}
	b.Manifest.Init()
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if !strings.HasSuffix(name, suffix) {
			continue
		}
		parsed, err := ast.ParseModuleWithOpts(name, string(members[name]), ast.ParserOptions{RegoVersion: ast.RegoV1})
		if err != nil {
			return nil, fmt.Errorf("policy.wasm: %w", err)
		}
		b.Modules = append(b.Modules, bundle.ModuleFile{URL: name, Path: name, Parsed: parsed})
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	return b, nil
}
