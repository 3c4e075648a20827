package subset

import (
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/value"
)

// members are the members below a root that conditions read.
type members struct {
	root  policy.Root
	all   bool
	names map[string]bool
}

func newMembers(root policy.Root) members { return members{root: root, names: map[string]bool{}} }

// add adds what an expression reads.
func (m *members) add(e policy.Expr) {
	switch e := e.(type) {
	case policy.Literal:
	case policy.Ref:
		if e.Root == m.root {
			m.names[e.Path[0]] = true
		}
	case policy.Call:
		for _, arg := range e.Args {
			m.add(arg)
		}
	case policy.Rego:
		if e.Reads.Has(m.root) {
			m.addRego(e.Text)
		}
	}
}

// addRego adds what an expression of Rego reads: members that it names below the root, else all of them. What rules of the
// project's own read is not known.
func (m *members) addRego(text string) {
	body, err := ast.ParseBodyWithOpts(text, ast.ParserOptions{RegoVersion: ast.RegoV1})
	if err != nil {
		panic("BUG: a condition that does not parse: " + err.Error())
	}
	words := strings.Split(m.root.String(), ".")
	var visitor *ast.GenericVisitor
	visitor = ast.NewGenericVisitor(func(x any) bool {
		switch x := x.(type) {
		case ast.Ref:
			if head, ok := x[0].Value.(ast.Var); ok {
				m.addRef(head, x[1:], words)
			} else {
				visitor.Walk(x[0])
			}
			for _, step := range x[1:] {
				visitor.Walk(step)
			}
			return true
		case ast.Var:
			m.addRef(x, nil, words)
		}
		return false
	})
	visitor.Walk(body)
}

// addRef adds what a reference reads: one member where its steps lead below the root, all where they may do so, none where
// they go elsewhere.
func (m *members) addRef(head ast.Var, steps []*ast.Term, words []string) {
	if string(head) != words[0] {
		m.all = m.all || head == ast.DefaultRootDocument.Value || head == ast.InputRootDocument.Value
		return
	}
	for i, step := range steps {
		name, constant := step.Value.(ast.String)
		switch {
		case !constant:
			m.all = true
			return
		case i+1 == len(words):
			m.names[string(name)] = true
			return
		case string(name) != words[i+1]:
			return
		}
	}
	m.all = true
}

// of returns the members of an object that are read, as an object; for what is no object an empty one.
func (m *members) of(v value.Value) value.Value {
	if m.all && v.Kind() == value.Object {
		return v
	}
	kept, count := value.Begin(nil, value.Object), 0
	if v.Kind() == value.Object {
		for items := v.Items(); ; {
			name, item, ok := items.Next()
			if !ok {
				break
			}
			if m.names[name] {
				kept = append(value.AppendKey(kept, name), item[:item.Size()]...)
				count++
			}
		}
	}
	return value.Value(value.End(kept, 0, count))
}
