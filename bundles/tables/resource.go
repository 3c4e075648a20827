package tables

import (
	"cmp"
	"sort"

	"github.com/lictor-dev/lictor/bundles/internal/load"
)

// Words is a sorted list of texts without repeats, read in place.
type Words struct {
	t *Tables
	b []byte // refs
}

// Len returns the number of words.
func (w Words) Len() int { return len(w.b) / refSize }

// At returns word i; it shares the tables' memory.
func (w Words) At(i int) string { return w.t.text(w.b[refSize*i:]) }

// ResourceRow is a declared resource type with its closed set of actions.
type ResourceRow struct {
	Namespace, Type string
	Actions         Words // folded where the project does not distinguish case
	Attributes      Words // likewise
}

// Resources returns the number of declared resource types: 0 where none is, and in tables of format 1,
// which do not keep them.
func (t *Tables) Resources() int { return int(t.count(secResources, resourceSize)) }

// Resource returns declared resource type i. They are sorted by namespace, then type.
func (t *Tables) Resource(i int) ResourceRow {
	b := t.sections[secResources][resourceSize*i:]
	return ResourceRow{
		Namespace: t.text(b), Type: t.text(b[refSize:]),
		Actions: Words{t, t.list(load.U32(b, 16))}, Attributes: Words{t, t.list(load.U32(b, 20))},
	}
}

// FindResource finds a declared resource type by its namespace and type, folded.
func (t *Tables) FindResource(namespace, resourceType string) (ResourceRow, bool) {
	i, found := sort.Find(t.Resources(), func(i int) int {
		row := t.Resource(i)
		return cmp.Or(cmp.Compare(namespace, row.Namespace), cmp.Compare(resourceType, row.Type))
	})
	if !found {
		return ResourceRow{}, false
	}
	return t.Resource(i), true
}
