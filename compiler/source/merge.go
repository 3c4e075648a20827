package source

import (
	"cmp"
	"slices"
	"strings"

	"github.com/lictor-dev/lictor/compiler/diag"
)

// add appends what one file defines, of which it changes nothing. Namespaces are left empty where the file names none.
func (l *loader) add(doc *document) {
	l.namespace(doc.namespace)
	ns := doc.namespace.Value
	from, to := &doc.defs, l.defs
	to.Resources = spread(to.Resources, from.Resources, func(x *Resource) { x.Namespace = ns })
	to.Roles = spread(to.Roles, from.Roles, func(x *Role) { x.Namespace = ns })
	to.Entitlements = spread(to.Entitlements, from.Entitlements, func(x *Role) { x.Namespace = ns })
	to.Organisations = append(to.Organisations, from.Organisations...)
	to.Subjects = spread(to.Subjects, from.Subjects, func(x *Subject) { x.Namespace = ns })
	to.Objects = spread(to.Objects, from.Objects, func(x *Object) { x.Namespace = ns })
	to.Scopes = spread(to.Scopes, from.Scopes, func(x *Scope) { x.Namespace = ns })
	to.Clients = append(to.Clients, from.Clients...)
	to.Tests = spread(to.Tests, from.Tests, func(x *Test) { x.Namespace = ns })
	flat := flattener{list: &l.list, namespace: ns}
	flat.add(doc.routes, inherited{})
	to.Routes = append(to.Routes, flat.routes...)
	to.Groups = append(to.Groups, flat.groups...)
}

func spread[T any](to, from []T, fill func(*T)) []T {
	old := len(to)
	to = append(to, from...)
	for i := range to[old:] {
		fill(&to[old+i])
	}
	return to
}

// namespace reports a namespace that permission strings could not name.
func (l *loader) namespace(ns Text) {
	if ns.Set() && strings.ContainsAny(ns.Value, "/:,*%{} \t") {
		ns.Errorf(&l.list, badName, "namespace %s holds a character that permission strings use otherwise", diag.Quote(ns.Value)).
			Hint = "use letters, digits, '-', '_' and '.'"
	}
}

// settle fills in what depends on the whole project, sorts every list and reports what is defined
// twice.
func (l *loader) settle() {
	d := l.defs
	l.namespace(d.Options.Namespace)
	if !d.Options.Namespace.Set() {
		d.Options.Namespace = Text{Value: "default"}
	}
	if !d.Options.UnmatchedRoutes.Set() {
		d.Options.UnmatchedRoutes = Text{Value: "deny"}
	}
	l.fillNamespaces(d.Options.Namespace.Value)
	l.sort()
}

func (l *loader) fillNamespaces(project string) {
	d := l.defs
	fill := func(ns *string) { *ns = cmp.Or(*ns, project) }
	for i := range d.Resources {
		fill(&d.Resources[i].Namespace)
	}
	for i := range d.Roles {
		fill(&d.Roles[i].Namespace)
	}
	for i := range d.Entitlements {
		fill(&d.Entitlements[i].Namespace)
	}
	for i := range d.Subjects {
		fill(&d.Subjects[i].Namespace)
	}
	for i := range d.Objects {
		fill(&d.Objects[i].Namespace)
	}
	for i := range d.Scopes {
		fill(&d.Scopes[i].Namespace)
	}
	for i := range d.Routes {
		fill(&d.Routes[i].Namespace)
	}
	for i := range d.Groups {
		fill(&d.Groups[i].Namespace)
	}
	for i := range d.Tests {
		fill(&d.Tests[i].Namespace)
	}
}

func (l *loader) sort() {
	d := l.defs
	d.Resources = distinct(l, d.Resources, "resource", func(x *Resource) label { return label{x.Namespace, "", x.Name} })
	d.Roles = distinct(l, d.Roles, "role", func(x *Role) label { return label{name: x.Name} })
	d.Entitlements = distinct(l, d.Entitlements, "entitlement", func(x *Role) label { return label{name: x.Name} })
	d.Organisations = distinct(l, d.Organisations, "organisation", func(x *Organisation) label { return label{name: x.Code} })
	d.Subjects = distinct(l, d.Subjects, "subject", func(x *Subject) label { return label{name: x.ID} })
	d.Objects = distinct(l, d.Objects, "object", func(x *Object) label { return label{x.Namespace, x.Type.Value, x.ID} })
	d.Scopes = distinct(l, d.Scopes, "scope", func(x *Scope) label { return label{name: x.Name} })
	d.Clients = distinct(l, d.Clients, "client", func(x *Client) label { return label{name: x.ID} })
}

// label is what a definition is known by.
type label struct {
	namespace, kind string
	name            Text
}

// distinct sorts items, which come in file order, by label, reports those that share one, and keeps the
// first of them.
func distinct[T any](l *loader, items []T, what string, of func(*T) label) []T {
	order := make([]labelled, len(items))
	for i := range items {
		order[i] = labelled{of(&items[i]), i}
	}
	slices.SortStableFunc(order, func(a, b labelled) int {
		return a.compare(b.label)
	})
	sorted := make([]T, 0, len(items))
	var first label
	for i, x := range order {
		if i == 0 || first.compare(x.label) != 0 {
			first = x.label
			sorted = append(sorted, items[x.index])
			continue
		}
		d := x.name.Errorf(&l.list, definedTwice, "%s %s is defined twice", what, diag.Quote(x.name.Value))
		d.Related = []diag.Related{{Pos: first.name.Pos, Message: "first defined here"}}
	}
	return sorted
}

type labelled struct {
	label
	index int
}

func (a label) compare(b label) int {
	return cmp.Or(strings.Compare(a.namespace, b.namespace), strings.Compare(a.kind, b.kind), strings.Compare(a.name.Value, b.name.Value))
}
