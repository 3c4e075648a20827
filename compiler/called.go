package compiler

import (
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/lictor-dev/lictor/bundles/policy"
)

// dropUncalled takes out the project's own modules that no condition of a model needs, directly or through another module.
func dropUncalled(m *policy.Model, modules map[string][]byte) {
	packages := map[string]*ast.Module{}
	for name, text := range modules {
		parsed, err := ast.ParseModuleWithOpts(name, string(text), ast.ParserOptions{RegoVersion: ast.RegoV1})
		if err != nil {
			panic("BUG: a module that does not parse: " + err.Error())
		}
		packages[name] = parsed
	}
	needed := map[string]bool{}
	need := func(refs []ast.Ref) (found []string) {
		for name, module := range packages {
			if !needed[name] && slices.ContainsFunc(refs, func(r ast.Ref) bool { return reaches(r, module.Package.Path) }) {
				needed[name] = true
				found = append(found, name)
			}
		}
		return found
	}
	next := need(called(m))
	for len(next) > 0 {
		name := next[0]
		next = append(next[1:], need(referred(packages[name]))...)
	}
	for name := range modules {
		if !needed[name] {
			delete(modules, name)
		}
	}
}

// called returns the references in a model's conditions that only Rego can evaluate.
func called(m *policy.Model) []ast.Ref {
	var refs []ast.Ref
	for _, leaf := range m.Rego() {
		body, err := ast.ParseBodyWithOpts(leaf.Text, ast.ParserOptions{RegoVersion: ast.RegoV1})
		if err != nil {
			panic("BUG: a condition that does not parse: " + err.Error())
		}
		refs = append(refs, referred(body)...)
	}
	return refs
}

// referred returns the references below a node, those of imports included.
func referred(node any) []ast.Ref {
	var refs []ast.Ref
	ast.WalkRefs(node, func(r ast.Ref) bool {
		refs = append(refs, r)
		return false
	})
	return refs
}

// reaches reports whether a reference may read from a package: one is a prefix of the other, as far as the
// reference is constant.
func reaches(r, path ast.Ref) bool {
	if !r.HasPrefix(ast.Ref{ast.DefaultRootDocument}) {
		return false
	}
	constant := r.ConstantPrefix()
	return path.HasPrefix(constant) || constant.HasPrefix(path)
}
