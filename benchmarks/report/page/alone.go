package page

import (
	"maps"
	"slices"
	"strings"

	"golang.org/x/perf/benchunit"

	"github.com/lictor-dev/lictor/benchmarks/report/results"
)

// alone is what is measured of Lictor without others beside it.
func alone(d *document, in *input, _ *comparison) error {
	d.heading(2, "Lictor alone")
	for _, one := range []struct{ name, title string }{
		{"decisions", "Decisions, conditions and proving tables"},
		{"search", "Searches among 1,000,000"},
		{"wasm", "WebAssembly"},
	} {
		d.heading(3, one.title)
		if f := in.results[one.name]; f == nil || len(f.Rows) == 0 {
			d.gap("results/%s.txt has no benchmark", one.name)
			continue
		}
		if err := in.listed(d, one.name); err != nil {
			return err
		}
	}
	return in.others(d)
}

// shown are the results that sections show. What else there is, others does.
var shown = []string{"compare", "scale", "http", "peers", "load", "memory", "compile", "decisions", "search", "wasm"}

// others is every result that no section shows.
func (in *input) others(d *document) error {
	for _, name := range slices.Sorted(maps.Keys(in.results)) {
		if slices.Contains(shown, name) {
			continue
		}
		d.heading(3, "Result "+name)
		var rows [][]string
		for _, r := range in.results[name].Rows {
			rows = append(rows, []string{"`" + title(r) + "`", everything(r)})
		}
		if len(rows) == 0 {
			d.gap("results/%s.txt has no benchmark", name)
			continue
		}
		d.table([]string{"what", "measured"}, rows)
	}
	return nil
}

// everything is a row in all units.
func everything(r *results.Row) string {
	var parts []string
	for _, unit := range r.Units() {
		m := r.Measure(unit)
		parts = append(parts, benchunit.Scale(m.Median, benchunit.ClassOf(unit))+" "+unit+" "+m.Spread())
	}
	return strings.Join(parts, ", ")
}
