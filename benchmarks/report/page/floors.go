package page

import (
	"fmt"
	"strings"

	"github.com/lictor-dev/lictor/benchmarks/report/results"
)

// floors lists where a floor takes less time than Lictor.
func floors(d *document, in *input, c *comparison) {
	d.heading(3, "Floors")
	d.paragraph("A floor does less: one look-up, or code written for this one policy, or over HTTP an answer that is always the same. Where it is ahead:")
	before := d.Len()
	faster(d, c, floor)
	lookUps(d, in)
	constants(d, in)
	scale, http := in.results["scale"].Find("Scale"), in.results["http"].Find("HTTP")
	switch {
	case !c.any(floor) && len(scale)+len(http) == 0:
		d.paragraph("Not known: no floor was measured.")
	case d.Len() == before:
		d.paragraph("Nowhere, as far as this was measured.")
	}
}

// lookUps lists the sizes of BenchmarkScale with which a Go map takes less time than Lictor's tables.
func lookUps(d *document, in *input) {
	before := d.Len()
	byName := make(map[string]results.Measure)
	rows := in.results["scale"].Find("Scale")
	for _, r := range rows {
		byName[join(r.Parts)] = r.Measure("sec/op")
	}
	var where []string
	for _, r := range rows {
		name, ok := strings.CutSuffix(join(r.Parts), "/map")
		a, b := byName[name+"/lictor"], byName[name+"/map"]
		if ok && a.Runs > 0 && b.Median <= a.Median {
			where = append(where, fmt.Sprintf("`%s` (%s%s)", name, near(a, b), factor(a.Median/b.Median)))
		}
	}
	if len(where) > 0 {
		d.item("Beside the tables (results/scale.txt), Go map is faster than Lictor tables with %s.", strings.Join(where, ", "))
	}
	d.end(before)
}

// constants lists the constants of BenchmarkHTTP that answer more requests than an edge.
func constants(d *document, in *input) {
	before := d.Len()
	for _, r := range in.results["http"].Find("HTTP") {
		for _, them := range edges {
			for _, us := range edges {
				share := r.Measure(us.name + "/" + them.name)
				if us.group == ours && them.group == floor && share.Runs > 0 && share.Median > 0 && share.Median <= 1 {
					about := ""
					if share.High >= 1 {
						about = "≈ "
					}
					d.item("Over HTTP %s answers %s%s as many requests as %s.", them.title, about, factor(1/share.Median), us.title)
				}
			}
		}
	}
	d.end(before)
}
