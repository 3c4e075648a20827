package page

import (
	"github.com/lictor-dev/lictor/benchmarks/report/plot"
	"github.com/lictor-dev/lictor/benchmarks/report/results"
)

// percentiles are those that the load reports, with how they are drawn.
var percentiles = []struct {
	name, unit string
	style      plot.Style
}{
	{"p50", "p50-sec", plot.Style{Colour: 0, Mark: plot.Circle}},
	{"p90", "p90-sec", plot.Style{Colour: 2, Mark: plot.Square}},
	{"p99", "p99-sec", plot.Style{Colour: 4, Mark: plot.Triangle}},
	{"p99.9", "p99.9-sec", plot.Style{Colour: 6, Mark: plot.Diamond}},
}

// counted is something that a scenario counts.
type counted struct {
	unit, title string
	some        bool // of some scenarios only
}

var counts = []counted{
	{"offered", "offered", false},
	{"served", "served", false},
	{"lost", "lost", false},
	{"wrong", "wrong", false},
	{"lines-lost", "lines of the log lost", true},
}

// of writes a count of a row.
func (c *counted) of(in *input, r *results.Row) (string, error) {
	switch {
	case r.Has(c.unit):
		return count(r.Measure(c.unit).Median), nil
	case c.some:
		return inexpressible, nil
	default:
		return "", in.wrong("load", r, "no "+c.unit)
	}
}

// load is the latency under an open loop.
func load(d *document, in *input, _ *comparison) error {
	d.heading(2, "Latency under load")
	rows := in.results["load"].Find("Load")
	if len(rows) == 0 {
		d.gap("results/load.txt has no BenchmarkLoad")
		return nil
	}
	d.paragraph("An open loop: every request has a time at which it is to be sent, and its latency counts from that time, whatever became of those before it.")
	p := &plot.Dots{Title: "Latency from the intended time of sending", Axis: plot.Axis{Title: "latency", Log: true, Format: tick}}
	head := []string{"scenario"}
	for _, one := range counts {
		head = append(head, one.title)
	}
	for _, one := range percentiles {
		p.Kinds = append(p.Kinds, plot.Kind{Name: one.name, Style: one.style})
		head = append(head, one.name)
	}
	var table [][]string
	for _, r := range rows {
		name := r.Key("scenario")
		if name == "" {
			return in.wrong("load", r, "no scenario=")
		}
		row, dot := []string{name}, plot.Dot{Name: name, Text: "p99.9 " + seconds(r.Measure("p99.9-sec").Median)}
		for _, one := range counts {
			cell, err := one.of(in, r)
			if err != nil {
				return err
			}
			row = append(row, cell)
		}
		for _, one := range percentiles {
			if !r.Has(one.unit) {
				return in.wrong("load", r, "no "+one.name+"-ns")
			}
			v := r.Measure(one.unit)
			row, dot.Values = append(row, withSpread(v, seconds)), append(dot.Values, v.Median)
		}
		p.Rows, table = append(p.Rows, dot), append(table, row)
	}
	if err := d.show("load", p.Title, p); err != nil {
		return err
	}
	d.table(head, table)
	return nil
}
