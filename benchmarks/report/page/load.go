package page

import (
	"strings"

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
		return absent, nil
	default:
		return "", in.wrong("load", r, "no "+c.unit)
	}
}

// scenarios are those of the load, in words.
var scenarios = []struct{ name, what string }{
	{"steady", "nothing else happens"},
	{"reloads", "the bundle is replaced again and again, ten times a second"},
	{"reloads-apart", "the bundle is replaced once a second"},
	{"decision-log", "each decision is logged to a file"},
	{"slow-sink", "decisions are logged to a pipe of which 100 lines a second are read"},
	{"dead-sink", "decisions are logged to a pipe that nobody reads"},
	{"full-disk", "decisions are logged to a disk that is full"},
	{"overload", "more is offered than can be served"},
}

// noise says in which scenarios with more to do the latency is a good deal lower than in the steady one, as chance has it.
func noise(rows []*results.Row) string {
	const unit = "p99-sec"
	var below []string
	for _, steady := range rows {
		if steady.Key("scenario") != "steady" {
			continue
		}
		for _, r := range rows {
			if r.Measure(unit).Median < steady.Measure(unit).Median*3/4 {
				below = append(below, "`"+r.Key("scenario")+"`")
			}
		}
	}
	if len(below) == 0 {
		return ""
	}
	return "The p99 of " + strings.Join(below, ", ") + " is below that of `steady`, where the edge does less: differences as large as that " +
		"come from what else the machine did meanwhile, and say nothing of the edge."
}

// load is the latency under an open loop.
func load(d *document, in *input, _ *comparison) error {
	d.heading(2, "Latency under load")
	rows := in.results["load"].Find("Load")
	if len(rows) == 0 {
		d.gap("results/load.txt has no BenchmarkLoad")
		return nil
	}
	d.paragraph("An open loop: every request has a time at which it is to be sent, and its latency counts from that time, whatever became of those before it. " +
		"Edge and client share the cores, and the scenarios follow one another. Lines of a log that were lost are counted from the start of " +
		"an edge, with what it is asked before and after a scenario is measured:")
	for _, one := range scenarios {
		d.item("`%s`: %s", one.name, one.what)
	}
	d.WriteByte('\n')
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
	if text := noise(rows); text != "" {
		d.paragraph("%s", text)
	}
	return nil
}
