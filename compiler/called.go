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
			if !needed[name] && slices.ContainsFunc(refs, func(r ast.Ref) bool { return reachesModule(r, module) }) {
				needed[name] = true
				found = append(found, name)
			}
		}
		return found
	}
	next := need(called(m))
	for len(next) > 0 {
		name := next[0]
		next = append(next[1:], need(referredBy(packages[name]))...)
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

// referred returns the references below a node.
func referred(node any) []ast.Ref {
	var refs []ast.Ref
	ast.WalkRefs(node, func(r ast.Ref) bool {
		refs = append(refs, r)
		return false
	})
	return refs
}

// referredBy returns the references in the rules of a module, with the names of imports and of the module's own package as what they
// stand for. A local variable counts as such a name too.
func referredBy(module *ast.Module) []ast.Ref {
	imports := map[ast.Var]ast.Ref{}
	for _, i := range module.Imports {
		if path, ok := i.Path.Value.(ast.Ref); ok {
			imports[i.Name()] = path
		}
	}
	from := func(v ast.Var) ast.Ref {
		if path, ok := imports[v]; ok {
			return path
		}
		if root := ast.NewTerm(v); root.Equal(ast.DefaultRootDocument) {
			return ast.Ref{root}
		}
		return module.Package.Path.Append(ast.StringTerm(string(v)))
	}
	var refs []ast.Ref
	var visitor *ast.GenericVisitor
	visitor = ast.NewGenericVisitor(func(x any) bool {
		switch x := x.(type) {
		case ast.Ref:
			if v, ok := x[0].Value.(ast.Var); ok {
				refs = append(refs, from(v).Concat(x[1:]))
			} else {
				visitor.Walk(x[0])
			}
			for _, step := range x[1:] {
				visitor.Walk(step)
			}
			return true
		case ast.Var:
			refs = append(refs, from(x))
		}
		return false
	})
	for _, rule := range module.Rules {
		visitor.Walk(rule)
	}
	return refs
}

// reachesModule reports whether a reference may read from a rule of a module.
func reachesModule(r ast.Ref, module *ast.Module) bool {
	return slices.ContainsFunc(module.Rules, func(rule *ast.Rule) bool { return reaches(r, rule.Ref().GroundPrefix()) })
}

// reaches reports whether a reference may read from what is at a path: one is a prefix of the other, as far as the
// reference is constant.
func reaches(r, path ast.Ref) bool {
	if !r.HasPrefix(ast.Ref{ast.DefaultRootDocument}) {
		return false
	}
	constant := r.ConstantPrefix()
	return path.HasPrefix(constant) || constant.HasPrefix(path)
}
