// Package custom reads the Rego modules of a project's own: all under package custom, of what OPA and every wasm host
// evaluate alike. Conditions refer to their rules.
//
// Start reading at [Read].
package custom

import (
	"errors"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/lictor-dev/lictor/bundles"
	"github.com/lictor-dev/lictor/compiler/diag"
	"github.com/lictor-dev/lictor/compiler/source"
)

// Codes of the diagnostics about modules and about conditions that refer to their rules.
const (
	CodeModule = "E0608" // a module is malformed
	CodeRule   = "E0609" // a condition refers to a rule that it cannot
	CodeValues = "E0610" // a rule has two values for one request
)

// Read returns the modules of a project as members of its bundle. Everything in them and in the conditions that refer
// to their rules is checked.
func Read(d *source.Definitions) (map[string][]byte, diag.List) {
	r := reader{members: map[string][]byte{}, modules: map[string]*ast.Module{}}
	for _, m := range d.Modules {
		r.read(m)
	}
	if len(r.list) == 0 {
		for _, file := range sorted(r.modules) {
			r.checkPortable(file)
		}
	}
	if len(r.list) == 0 {
		r.checkModules()
	}
	if !r.list.HasErrors() {
		r.checkCalls(d)
	}
	return r.members, r.list
}

type reader struct {
	list    diag.List
	members map[string][]byte
	modules map[string]*ast.Module // by the file they are in
}

func (r *reader) read(m source.Module) {
	name := member(m.File)
	if err := bundles.CheckName(name); err != nil {
		r.list.Errorf(CodeModule, diag.Pos{File: m.File}, "module cannot be a member of a bundle: %s", err)
		return
	}
	if _, taken := r.members[name]; taken {
		r.list.Errorf(CodeModule, diag.Pos{File: m.File}, "a second module would be the bundle's member %s", diag.Quote(name)).Hint = "rename one of the files"
		return
	}
	parsed, err := ast.ParseModuleWithOpts(m.File, string(m.Text), ast.ParserOptions{RegoVersion: ast.RegoV1})
	if err != nil || parsed == nil {
		r.malformed(m.File, err)
		return
	}
	if path := parsed.Package.Path; len(path) < 2 || !path[1].Equal(ast.StringTerm("custom")) {
		d := r.errorf(parsed.Package.Location, m.File, "module is in package %s", diag.Quote(strings.TrimPrefix(path.String(), "data.")))
		d.Hint = "the project's own modules are under package custom"
		return
	}
	r.members[name] = m.Text
	r.modules[m.File] = parsed
}

// member returns the name of a bundle's member that a module is.
func member(file string) string { return "custom/" + strings.TrimPrefix(file, "custom/") }

func (r *reader) malformed(file string, err error) {
	var errs ast.Errors
	if !errors.As(err, &errs) || len(errs) == 0 {
		r.list.Errorf(CodeModule, diag.Pos{File: file}, "module is empty")
		return
	}
	for _, e := range errs {
		message, _, _ := strings.Cut(e.Message, "\n")
		r.errorf(e.Location, file, "module is not Rego: %s", message)
	}
}

// checkModules compiles the modules together.
func (r *reader) checkModules() {
	compiler, rest := r.compile(nil)
	switch {
	case len(rest) > 0:
		r.list.Errorf(CodeModule, diag.Pos{File: sorted(r.modules)[0]}, "modules do not compile: %s", rest[0].Message)
	case len(r.list) == 0:
		r.checkNames(compiler.Modules)
		r.checkOrder(compiler)
	}
}

// compile reports what is wrong with the modules as a whole: names, variables, types and recursion. Extra modules are compiled
// with them; what is wrong in these, or nowhere, is returned.
func (r *reader) compile(extra map[string]*ast.Module) (*ast.Compiler, ast.Errors) {
	all := map[string]*ast.Module{}
	for file, m := range r.modules {
		all[file] = m.Copy()
	}
	for file, m := range extra {
		all[file] = m
	}
	var rest ast.Errors
	compiler := ast.NewCompiler().SetErrorLimit(0)
	compiler.Compile(all)
	for _, e := range compiler.Errors {
		if e.Location == nil || r.modules[e.Location.File] == nil {
			rest = append(rest, e)
			continue
		}
		message, _, _ := strings.Cut(e.Message, "\n")
		r.errorf(e.Location, e.Location.File, "%s", strings.TrimSpace(message))
	}
	return compiler, rest
}

// errorf adds an error about a place in a module.
func (r *reader) errorf(loc *ast.Location, file, format string, args ...any) *diag.Diagnostic {
	pos := diag.Pos{File: file}
	if loc != nil {
		pos.Line, pos.Col = loc.Row, loc.Col
	}
	return r.list.Errorf(CodeModule, pos, format, args...)
}

func sorted[T any](m map[string]T) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
