package lower

import (
	"cmp"
	"slices"
	"strings"

	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/compiler/source"
)

// literalType splits a resource type that may carry a namespace, as AuthZEN requests do.
func (l *lowerer) literalType(namespace, typ string) (string, string) {
	if ns, rest, ok := strings.Cut(typ, "/"); ok && ns != "" && rest != "" {
		return ns, rest
	}
	return cmp.Or(namespace, l.m.Namespace), typ
}

func (l *lowerer) objects() {
	g := permission.Grammar{Namespace: l.m.Namespace, Case: l.m.Case}
	key := func(o *source.Object) []string {
		ns, typ := l.literalType(o.Namespace, o.Type.Value)
		return []string{ns, g.Fold(typ), g.Fold(o.ID.Value)}
	}
	for _, o := range inOrder(l.d.Objects, key) {
		k := key(o)
		l.m.Objects = append(l.m.Objects, policy.Object{
			Namespace: k[0], Type: k[1], ID: k[2], Properties: o.Properties, Place: l.place(o.ID.Pos),
		})
	}
}

func (l *lowerer) resources() {
	key := func(r *source.Resource) []string {
		ns, typ := l.literalType(r.Namespace, r.Name.Value)
		return []string{ns, typ}
	}
	for _, r := range inOrder(l.d.Resources, key) {
		k := key(r)
		l.m.Resources = append(l.m.Resources, policy.Resource{
			Namespace: k[0], Type: k[1], Description: r.Description.Value, Place: l.place(r.Name.Pos),
			Actions: sortedUnique(values(r.Actions)), Attributes: sortedUnique(values(r.Attributes)),
		})
	}
}

// scopes lowers scopes that are declared to mean a permission. One that is declared without is its own
// permission.
func (l *lowerer) scopes() {
	for _, s := range byName(l.d.Scopes, func(s *source.Scope) string { return s.Name.Value }) {
		if p, ok := l.scope(s); ok {
			l.m.Scopes = append(l.m.Scopes, policy.Scope{
				Name: s.Name.Value, Permission: p, Description: s.Description.Value, Place: l.place(s.Name.Pos),
			})
		}
	}
}

func (l *lowerer) scope(s *source.Scope) (permission.Permission, bool) {
	switch {
	case s.Permission.Set():
		return l.parse(s.Namespace, s.Permission.Value)
	case permission.IsProtocolScope(s.Name.Value):
		return permission.Permission{}, false
	}
	p, err := l.m.Grammar().ParseScope(s.Name.Value)
	return p, err == nil
}

func (l *lowerer) clients() {
	for _, c := range byName(l.d.Clients, func(c *source.Client) string { return c.ID.Value }) {
		out := policy.Client{ID: c.ID.Value, Scopes: values(c.Scopes), Place: l.place(c.ID.Pos)}
		for _, name := range c.Roles {
			if h, ok := l.roles[name.Value]; ok {
				out.Roles = append(out.Roles, h)
			}
		}
		slices.Sort(out.Roles)
		out.Roles = slices.Compact(out.Roles)
		l.m.Clients = append(l.m.Clients, out)
	}
}
