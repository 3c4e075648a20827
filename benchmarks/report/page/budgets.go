package page

import (
	"fmt"
	"slices"

	"github.com/lictor-dev/lictor/benchmarks/report/results"
)

// bound is a budget for the median of one benchmark, or for the largest of several.
type bound struct {
	what   string
	file   string
	most   float64  // seconds
	benchs []string // with their parts, as results have them
}

var bounds = []bound{
	{"a decision in 150 ns, from 10 to 1,000,000 grants, in cache, the request read before", "scale", 150e-9, []string{
		"Scale/grants=10/prepared", "Scale/grants=1000/prepared", "Scale/grants=100000/prepared", "Scale/grants=1000000-hot/prepared",
	}},
	{"policy.wasm allows in 8 µs", "wasm", 8e-6, []string{"Wasm/allow/entitlement", "Wasm/allow/birthright"}},
	{"policy.wasm allows with one condition in 12 µs", "wasm", 12e-6, []string{"Wasm/allow/condition"}},
	{"policy.wasm decides in 30 µs", "wasm", 30e-6, []string{
		"Wasm/decision/entitlement", "Wasm/decision/birthright", "Wasm/decision/condition",
		"Wasm/decision/stored", "Wasm/decision/denied", "Wasm/decision/nothing",
	}},
	{"the cloud roles load in 5 ms after decompression and signature", "decisions", 5e-3, []string{"LoadCloud"}},
	{"the cloud roles compile in 5 s", "compile", 5, []string{"Compile/cloud"}},
}

// named returns the row of a result by its whole name, nil where there is none.
func (in *input) named(file, name string) *results.Row {
	if in.results[file] == nil {
		return nil
	}
	for _, r := range in.results[file].Rows {
		if join(slices.Insert(slices.Clone(r.Parts), 0, r.Benchmark)) == name {
			return r
		}
	}
	return nil
}

// claim is what the results say about a bound.
func (b *bound) claim(in *input) claim {
	one := claim{what: b.what, source: budget}
	var worst results.Measure
	at, lacking := "", 0
	for _, name := range b.benchs {
		r := in.named(b.file, name)
		switch {
		case r == nil || !r.Has("sec/op"):
			lacking++
		case at == "" || r.Measure("sec/op").Median > worst.Median:
			worst, at = r.Measure("sec/op"), name
		}
	}
	if at == "" {
		return one
	}
	one.measured, one.state = withSpread(worst, seconds), decided(worst.Median <= b.most)
	if len(b.benchs) > 1 {
		one.measured = fmt.Sprintf("at most %s (`%s`)", one.measured, at)
	}
	if lacking > 0 {
		one.doubt(fmt.Sprintf("%d of %d were not measured", lacking, len(b.benchs)))
	}
	return one
}

// ratio is a budget for how much longer one benchmark takes than another.
type ratio struct {
	what, file, of, to string
	most               float64 // times; seconds more, where it is a difference
	difference         bool
}

var proportions = []ratio{
	{what: "one native condition more in 60 ns", file: "decisions", of: "Condition/with", to: "Condition/without", most: 60e-9, difference: true},
	{what: "a subject with 200 roles in 1.5 times what one with 1 takes", file: "scale", of: "Scale/roles=200/lictor", to: "Scale/roles=1/lictor", most: 1.5},
	{what: "policy.wasm with 100,000 grants in 1.25 times what it takes with 1,000", file: "wasm", of: "WasmGrants/100000", to: "WasmGrants/1000", most: 1.25},
}

func (p *ratio) claim(in *input) claim {
	one := claim{what: p.what, source: budget}
	of, to := in.named(p.file, p.of), in.named(p.file, p.to)
	if of == nil || to == nil || !of.Has("sec/op") || !to.Has("sec/op") {
		return one
	}
	a, b := of.Measure("sec/op").Median, to.Measure("sec/op").Median
	if p.difference {
		one.measured, one.state = more(a-b), decided(a-b <= p.most)
	} else {
		one.measured, one.state = factor(a/b), decided(a/b <= p.most)
	}
	return one
}

// budgets are the claims of both kinds.
func budgets(in *input) []claim {
	var all []claim
	for i := range bounds {
		all = append(all, bounds[i].claim(in))
	}
	for i := range proportions {
		all = append(all, proportions[i].claim(in))
	}
	return all
}
