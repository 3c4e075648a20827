package compiler

import (
	"errors"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/lictor-dev/lictor/bundles"
	"github.com/lictor-dev/lictor/compiler/diag"
	"github.com/lictor-dev/lictor/compiler/source"
)

// CodeModule is the code of a diagnostic about a Rego module of the project's own.
const CodeModule = "E0608"

// customModules returns the Rego modules of the project as members of the bundle: all under package
// custom.
func customModules(d *source.Definitions) (map[string][]byte, diag.List) {
	var list diag.List
	members := map[string][]byte{}
	for _, m := range d.Modules {
		name := "custom/" + strings.TrimPrefix(m.File, "custom/")
		if err := bundles.CheckName(name); err != nil {
			list.Errorf(CodeModule, diag.Pos{File: m.File}, "module cannot be a member of a bundle: %s", err)
			continue
		}
		parsed, err := ast.ParseModuleWithOpts(m.File, string(m.Text), ast.ParserOptions{RegoVersion: ast.RegoV1})
		if err != nil || parsed == nil {
			moduleFault(&list, m.File, err)
			continue
		}
		if path := parsed.Package.Path; len(path) < 2 || !path[1].Equal(ast.StringTerm("custom")) {
			d := list.Errorf(CodeModule, modulePos(m.File, parsed.Package.Location), "module is in package %s", diag.Quote(strings.TrimPrefix(path.String(), "data.")))
			d.Hint = "the project's own modules are under package custom"
			continue
		}
		members[name] = m.Text
	}
	return members, list
}

func moduleFault(list *diag.List, file string, err error) {
	var errs ast.Errors
	if !errors.As(err, &errs) || len(errs) == 0 {
		list.Errorf(CodeModule, diag.Pos{File: file}, "module is empty")
		return
	}
	for _, e := range errs {
		message, _, _ := strings.Cut(e.Message, "\n")
		list.Errorf(CodeModule, modulePos(file, e.Location), "module is not Rego: %s", message)
	}
}

func modulePos(file string, loc *ast.Location) diag.Pos {
	if loc == nil {
		return diag.Pos{File: file}
	}
	return diag.Pos{File: file, Line: loc.Row, Col: loc.Col}
}
