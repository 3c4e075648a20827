package subset

import (
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

// add adds what an expression reads. What an expression of Rego reads below a root is not known: all of it.
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
		m.all = m.all || e.Reads.Has(m.root)
	}
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
