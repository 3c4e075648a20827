// Package rego generates the bundle's policy as Rego: readable modules under package lictor and the
// data they look things up in. The modules in folder modules are the same for every policy; generated
// are the look-ups, one for each shape of permission that occurs ([shape]), and the conditions.
//
// This engine differs from decision tables on purpose: includes, organisations and dates are resolved
// when a request is answered, so that comparing the two finds mistakes in either.
//
// Start reading at [Generate], then modules/authz.rego.
package rego

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/format"

	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/policy"
)

// Entrypoints are the paths that a bundle can be asked at.
var Entrypoints = []string{
	"lictor/authz/allow", "lictor/authz/conditions", "lictor/authz/decision", "lictor/authz/policies", "lictor/authz/scopes",
}

// Module is one Rego file of a bundle.
type Module struct {
	Path string // in the bundle, without leading slash
	Text []byte // as opa fmt leaves it, or as the project has it
}

// Output is a policy in Rego.
type Output struct {
	Modules []Module // sorted by path
	Data    []byte   // lictor/data.json: canonical JSON, whose root is data.lictor
}

//go:embed modules/*.rego
var static embed.FS

// Generate writes the model as Rego. The same model gives the same bytes.
func Generate(m *policy.Model) (*Output, error) {
	t := newTables(m)
	out := &Output{Data: t.data()}
	generated := []Module{
		{"lictor/conditions.rego", conditionsModule(m)},
		{"lictor/grants.rego", t.module()},
		{"lictor/members.rego", membersModule(m)},
		{"lictor/project.rego", projectModule(m)},
		{"lictor/views.rego", viewsModule(m)},
	}
	if len(m.Rego()) > 0 {
		generated = append(generated, Module{"lictor/portable.rego", portableModule(m)})
	}
	for _, module := range generated {
		text, err := formatted(module)
		if err != nil {
			return nil, fmt.Errorf("BUG: generated module: %w", err)
		}
		out.Modules = append(out.Modules, Module{module.Path, text})
	}
	if err := out.addStatic(len(m.Rego()) > 0); err != nil {
		return nil, err
	}
	out.sort()
	return out, nil
}

// projectModule writes what all permissions of the project have in common, as functions of anything: a rule's value takes wasm
// longer to keep than to find.
func projectModule(m *policy.Model) []byte {
	var d document
	d.text(m.Namespace)
	return []byte("# What the whole project has in common.\npackage lictor.project\n\n" +
		"# namespace is the one of permissions that name none.\nnamespace(_) := " + string(d.b) + "\n\n" +
		"# folds says whether the case of letters is of no account.\nfolds(_) := " + strconv.FormatBool(m.Case == permission.Insensitive) + "\n")
}

// Add adds the project's own modules, by their path in the bundle.
func (o *Output) Add(modules map[string][]byte) {
	for path, text := range modules {
		o.Modules = append(o.Modules, Module{path, text})
	}
	o.sort()
}

// Members returns the modules as members of a bundle, by their path.
func (o *Output) Members() map[string][]byte {
	all := make(map[string][]byte, len(o.Modules))
	for _, module := range o.Modules {
		all[module.Path] = module.Text
	}
	return all
}

func (o *Output) sort() {
	slices.SortFunc(o.Modules, func(a, b Module) int { return strings.Compare(a.Path, b.Path) })
}

// formatted returns the text of a module as "opa fmt" leaves it. What is formatted is a copy (format.Source
// makes none): the formatter writes into terms that the parser shares among all modules of the process, and
// builds may run side by side.
func formatted(m Module) ([]byte, error) {
	parsed, err := ast.ParseModuleWithOpts(m.Path, string(m.Text), ast.ParserOptions{RegoVersion: ast.RegoV1})
	if err != nil {
		return nil, err
	}
	return format.AstWithOpts(parsed, format.Opts{RegoVersion: ast.RegoV1})
}

// builtins is the module that only the items of conditions need which Rego alone can evaluate.
const builtins = "builtins.rego"

func (o *Output) addStatic(portable bool) error {
	files, err := fs.ReadDir(static, "modules")
	if err != nil {
		return err
	}
	for _, file := range files {
		if file.Name() == builtins && !portable {
			continue
		}
		text, err := static.ReadFile(path.Join("modules", file.Name()))
		if err != nil {
			return err
		}
		o.Modules = append(o.Modules, Module{"lictor/" + file.Name(), text})
	}
	return nil
}
