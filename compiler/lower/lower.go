// Package lower turns definitions that passed their checks into the compiled policy: names become
// indexes, includes are closed, permission strings and conditions are parsed, and everything is put
// into canonical order, so that the layout of files and the order of entries leave no trace.
//
// Start reading at [Lower].
package lower

import (
	"cmp"
	"slices"
	"strings"

	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/compiler/diag"
	"github.com/lictor-dev/lictor/compiler/source"
)

// Lower returns the policy that d defines. The diagnostics are about conditions, which nothing before
// reads; if there are errors among them, the model lacks the policies they are in. What else is wrong
// with d, such as a name that is not defined, must have been reported before: Lower leaves it out.
//
// Lower neither changes nor keeps d, but the model shares its strings and values.
func Lower(d *source.Definitions) (*policy.Model, diag.List) {
	namespace := cmp.Or(d.Options.Namespace.Value, "default")
	l := lowerer{
		d:             d,
		m:             &policy.Model{Namespace: namespace, Case: d.Options.Case, Files: sortedUnique(d.Files)},
		files:         map[string]int32{},
		organisations: map[string]policy.OrganisationIndex{},
		roles:         map[string]policy.HolderIndex{},
		entitlements:  map[string]policy.HolderIndex{},
	}
	for i, name := range l.m.Files {
		l.files[name] = int32(i)
	}
	l.conditions()
	l.lowerOrganisations()
	l.holders()
	l.subjects()
	l.objects()
	l.resources()
	l.scopes()
	l.clients()
	l.routes()
	l.m.Number()
	return l.m, l.list
}

type lowerer struct {
	d    *source.Definitions
	m    *policy.Model
	list diag.List

	files         map[string]int32
	conditionIDs  map[string]policy.ConditionID // by the texts as written, see conditionKey; 0: always true
	organisations map[string]policy.OrganisationIndex
	roles         map[string]policy.HolderIndex
	entitlements  map[string]policy.HolderIndex
}

func (l *lowerer) place(pos diag.Pos) policy.Place {
	return policy.Place{File: l.files[pos.File], Line: int32(pos.Line)}
}

// parse reads a permission string, which the checks have already found good.
func (l *lowerer) parse(namespace, text string) (permission.Permission, bool) {
	g := l.d.Options.Grammar(namespace)
	g.Namespace = cmp.Or(g.Namespace, l.m.Namespace)
	p, err := g.Parse(text)
	return p, err == nil
}

func sortedUnique(texts []string) []string {
	out := slices.Clone(texts)
	slices.Sort(out)
	return slices.Compact(out)
}

func values(texts []source.Text) []string {
	if len(texts) == 0 {
		return nil
	}
	out := make([]string, len(texts))
	for i := range texts {
		out[i] = texts[i].Value
	}
	return out
}

// inOrder returns pointers to items sorted by key, without those that repeat a key.
func inOrder[T any](items []T, key func(*T) []string) []*T {
	out := make([]*T, len(items))
	for i := range items {
		out[i] = &items[i]
	}
	compare := func(a, b *T) int { return slices.Compare(key(a), key(b)) }
	slices.SortStableFunc(out, compare)
	return slices.CompactFunc(out, func(a, b *T) bool { return compare(a, b) == 0 })
}

// byName is inOrder for a single key.
func byName[T any](items []T, name func(*T) string) []*T {
	out := make([]*T, len(items))
	for i := range items {
		out[i] = &items[i]
	}
	compare := func(a, b *T) int { return strings.Compare(name(a), name(b)) }
	if !slices.IsSortedFunc(out, compare) {
		slices.SortStableFunc(out, compare)
	}
	return slices.CompactFunc(out, func(a, b *T) bool { return name(a) == name(b) })
}
