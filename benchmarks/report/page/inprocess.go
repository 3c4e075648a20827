package page

import (
	"fmt"
	"strings"

	"github.com/lictor-dev/lictor/benchmarks/report/plot"
	"github.com/lictor-dev/lictor/benchmarks/report/results"
)

// inProcess is the comparison of the engines as libraries.
func inProcess(d *document, _ *input, c *comparison) error {
	d.heading(2, "In process, engine by engine")
	if c.empty() {
		d.gap("results/compare.txt has no BenchmarkCompare, so nothing is known of engines side by side")
		return nil
	}
	d.paragraph("One operation answers one request, or one batch, from its texts. [peers](peers/README.md) says how each engine is used and why that is its fastest fair form. What takes part:")
	for _, e := range engines {
		d.item("**%s** (`%s`): %s", e.title, e.name, e.what)
	}
	d.WriteByte('\n')
	d.heading(3, "Who is first")
	firsts(d, c)
	if names := c.leftOut(); len(names) > 0 {
		d.paragraph("Left out, for reasons that stand with each workload below, and so in no comparison there: %s.", strings.Join(names, "; "))
	}
	if err := d.show("overview", "Time of one operation, every engine and workload", overview(c)); err != nil {
		return err
	}
	d.heading(3, "All numbers")
	d.table(matrixHead(), matrix(c, timeOf))
	d.paragraph("Allocations and bytes allocated in one operation:")
	d.table(matrixHead(), matrix(c, allocationsOf))
	d.paragraph("– stands for an engine that is left out, ? for what was not measured; both are explained with each workload below.")
	for i := range workloads {
		if err := oneWorkload(d, c, &workloads[i]); err != nil {
			return err
		}
	}
	return nil
}

// firsts is a table of who is first with each workload and by how much.
func firsts(d *document, c *comparison) {
	var rows [][]string
	for i := range workloads {
		s := c.standing(&workloads[i])
		row := []string{"[" + s.title + "](#" + s.anchor() + ")", unmeasured, unmeasured, unmeasured, unmeasured, unmeasured}
		if s.ours.engine != nil {
			row[2] = named(s.ours)
		}
		if s.peer.engine != nil {
			row[3] = named(s.peer)
		}
		if s.complete() {
			row[1], row[4] = "**"+s.first().title+"**", factor(max(s.lead(), 1/s.lead()))
		}
		if f, ok := s.mapOfMaps(); ok && s.ours.engine != nil {
			row[5] = factor(s.ours.time.Median / f.time.Median)
		}
		rows = append(rows, row)
	}
	d.table([]string{"workload", "first", "Lictor's fastest", "fastest of the others", "factor between them", "Lictor against a map of maps"}, rows)
}

// leftOut returns each of the others that is left out of workloads, with their names.
func (c *comparison) leftOut() []string {
	var all []string
	for _, e := range engines {
		var where []string
		for _, w := range workloads {
			if e.group == peer && c.cells[pair{w.name, e.name}].reason != "" {
				where = append(where, "`"+w.name+"`")
			}
		}
		if len(where) > 0 {
			all = append(all, e.title+" of "+strings.Join(where, ", "))
		}
	}
	return all
}

func named(e entry) string {
	return e.title + ": " + timeOf(e.cell)
}

// first is the faster of both sides.
func (s *standing) first() entry {
	if s.lead() < 1 {
		return s.peer
	}
	return s.ours
}

func (w *workload) anchor() string { return "workload-" + w.name }

func matrixHead() []string {
	head := []string{"workload"}
	for _, e := range engines {
		head = append(head, e.title)
	}
	return head
}

func matrix(c *comparison, write func(*cell) string) [][]string {
	var rows [][]string
	for _, w := range workloads {
		row := []string{"`" + w.name + "`"}
		for _, e := range engines {
			row = append(row, mark(c.cells[pair{w.name, e.name}], write))
		}
		rows = append(rows, row)
	}
	return rows
}

func mark(at *cell, write func(*cell) string) string {
	switch {
	case at.measured():
		return write(at)
	case at.reason != "":
		return absent
	default:
		return unmeasured
	}
}

func timeOf(at *cell) string { return withSpread(at.time, seconds) }

func allocationsOf(at *cell) string {
	if at.allocs.Runs == 0 {
		return unmeasured
	}
	return count(at.allocs.Median) + ", " + size(at.bytes.Median)
}

// oneWorkload is who is first with a workload, in words and as a plot.
func oneWorkload(d *document, c *comparison, w *workload) error {
	d.heading(3, "Workload "+w.name)
	d.paragraph("%s.", strings.ToUpper(w.about[:1])+w.about[1:])
	var missing []string
	before := d.Len()
	for _, e := range engines {
		switch at := c.cells[pair{w.name, e.name}]; {
		case at.measured():
		case at.reason != "":
			d.item("%s is left out: %s", e.title, at.reason)
		default:
			missing = append(missing, e.title)
		}
	}
	d.end(before)
	if len(missing) == len(engines) {
		d.gap("`%s` with any engine", w.name)
		return nil
	}
	if len(missing) > 0 {
		d.gap("`%s` with %s: no result, and no reason why", w.name, strings.Join(missing, ", "))
	}
	d.paragraph("%s", verdict(c, w))
	return d.show("compare-"+w.name, "Time of one operation: "+w.title, bars(c, w))
}

// verdict says who is first.
func verdict(c *comparison, w *workload) string {
	s := c.standing(w)
	if !s.complete() {
		return "Only one of the two sides, Lictor and the others, was measured, so nobody is first."
	}
	first, second := s.first(), s.ours
	if first.engine == s.ours.engine {
		second = s.peer
	}
	sentences := []string{fmt.Sprintf("**%s is first** with %s; %s, the fastest on the other side, takes %s as long (%s).",
		first.title, timeOf(first.cell), second.title, factor(max(s.lead(), 1/s.lead())), timeOf(second.cell))}
	if !results.Differ(first.time, second.time) {
		sentences = append(sentences, "The runs of the two are too near one another to tell which is faster.")
	}
	for _, f := range s.floors {
		sentences = append(sentences, fmt.Sprintf("Floor: a %s takes %s, so %s takes %s as long.",
			f.title, timeOf(f.cell), s.ours.title, factor(s.ours.time.Median/f.time.Median)))
	}
	return strings.Join(sentences, " ")
}

var kinds = []plot.Kind{ // by group
	ours:  {Name: "Lictor", Style: plot.Style{Colour: 0, Mark: plot.Square}},
	peer:  {Name: "others", Style: plot.Style{Colour: 3, Mark: plot.Square}},
	floor: {Name: "floors: they do less", Style: plot.Style{Colour: 8, Mark: plot.Square}},
	aside: {Name: "Lictor, request read beforehand", Style: plot.Style{Colour: 2, Mark: plot.Square}},
}

// bars is a workload as a plot, the fastest on top.
func bars(c *comparison, w *workload) *plot.Bars {
	b := &plot.Bars{
		Title: "One operation: " + w.title, Kinds: kinds,
		Axis: plot.Axis{Title: "time of one operation, median; the line is the 95 % interval, of fewer than six runs all", Log: true, Format: tick},
	}
	for _, e := range c.ranking(w.name, ours, peer, floor, aside) {
		b.Bars = append(b.Bars, plot.Bar{
			Name: e.title, Kind: int(e.group), Value: e.time.Median, Low: e.time.Low, High: e.time.High, Text: timeOf(e.cell),
		})
	}
	for _, e := range engines {
		at := c.cells[pair{w.name, e.name}]
		switch {
		case at.measured():
		case at.reason != "":
			b.Bars = append(b.Bars, plot.Bar{Name: e.title, Kind: int(e.group), Missing: true, Text: "cannot: " + at.reason})
		default:
			b.Bars = append(b.Bars, plot.Bar{Name: e.title, Kind: int(e.group), Missing: true, Text: "not measured"})
		}
	}
	return b
}

// overview is everything in one plot.
func overview(c *comparison) *plot.Dots {
	d := &plot.Dots{Title: "Time of one operation, every engine and workload", Axis: plot.Axis{Title: "time of one operation, median", Log: true, Format: tick}}
	for _, e := range engines {
		d.Kinds = append(d.Kinds, plot.Kind{Name: e.title, Style: e.style})
	}
	for i := range workloads {
		w := &workloads[i]
		row := plot.Dot{Name: w.name}
		for _, e := range engines {
			row.Values = append(row.Values, c.cells[pair{w.name, e.name}].time.Median)
		}
		if s := c.standing(w); s.complete() {
			row.Text = "first: " + s.first().title
		}
		d.Rows = append(d.Rows, row)
	}
	return d
}
