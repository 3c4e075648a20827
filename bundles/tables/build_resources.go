package tables

import (
	"slices"

	"github.com/lictor-dev/lictor/bundles/policy"
)

// writeResources writes the declared vocabulary as requests compare it: folded where case does not count.
func (b *builder) writeResources() {
	fold := b.m.Grammar().Fold
	resources := make([]policy.Resource, 0, len(b.m.Resources))
	for _, r := range b.m.Resources {
		r.Type = fold(r.Type)
		resources = append(resources, r)
	}
	slices.SortStableFunc(resources, compareResources)
	resources = slices.CompactFunc(resources, func(r, s policy.Resource) bool { return compareResources(r, s) == 0 })
	for _, r := range resources {
		b.appendRef(secResources, r.Namespace)
		b.appendRef(secResources, r.Type)
		b.append(secResources, b.words(r.Actions, fold), b.words(r.Attributes, fold))
	}
}

func compareResources(r, s policy.Resource) int {
	return slices.Compare([]string{r.Namespace, r.Type}, []string{s.Namespace, s.Type})
}

// words stores a list of refs to texts, folded, sorted and unique.
func (b *builder) words(texts []string, fold func(string) string) uint32 {
	folded := make([]string, 0, len(texts))
	for _, text := range texts {
		folded = append(folded, fold(text))
	}
	slices.Sort(folded)
	var items []uint32
	for _, text := range slices.Compact(folded) {
		items = append(items, b.text(text), uint32(len(text)))
	}
	return b.list(items)
}
