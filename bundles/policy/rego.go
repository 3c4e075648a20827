package policy

import (
	"slices"
	"sort"
	"strconv"
)

// RegoName returns the name of the rule of package lictor.conditions that is the expression with the given
// number (see [Model.Rego]), such as "r1".
func RegoName(number int) string { return "r" + strconv.Itoa(number) }

// Rego returns the expressions that only Rego can evaluate, unique and sorted by text. The number of one is its
// position, counted from 1.
func (m *Model) Rego() []Rego {
	var all []Rego
	for i := range m.Conditions {
		all = appendRego(all, m.Conditions[i].Expr)
	}
	sort.Sort(byText(all))
	return slices.CompactFunc(all, func(a, b Rego) bool { return a.Text == b.Text })
}

// byText sorts by [sort.Sort], as others here do: what [slices.SortFunc] makes for one more type is half a percent of the guest.
type byText []Rego

func (b byText) Len() int           { return len(b) }
func (b byText) Less(i, j int) bool { return b[i].Text < b[j].Text }
func (b byText) Swap(i, j int)      { b[i], b[j] = b[j], b[i] }

func appendRego(all []Rego, e Expr) []Rego {
	switch e := e.(type) {
	case Rego:
		return append(all, e)
	case Call:
		for _, arg := range e.Args {
			all = appendRego(all, arg)
		}
	case Literal, Ref:
	}
	return all
}
