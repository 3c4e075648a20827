package page

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/lictor-dev/lictor/benchmarks/report/plot"
	"github.com/lictor-dev/lictor/benchmarks/report/results"
)

// holder is an engine that loads a policy in BenchmarkMemory.
type holder struct {
	name, title string
	group       group
	style       plot.Style
}

var holders = []holder{
	{"lictor", "Lictor", ours, plot.Style{Colour: 0, Mark: plot.Circle}},
	{"opa", "OPA", peer, plot.Style{Colour: 3, Mark: plot.Square}},
	{"opa-bundle", "OPA on our bundle", peer, plot.Style{Colour: 4, Mark: plot.Diamond}},
}

// footprint is a policy as engines hold it.
type footprint struct {
	policy  string
	size    float64 // subjects; 0: the policy is another one
	engines map[string]*results.Row
}

// quantity is something that BenchmarkMemory measures.
type quantity struct {
	name, title, axis, unit string
	format                  func(float64) string
	one                     float64 // of what the axis counts in, so that its ticks are round
	part, partTitle         string  // a part of what Lictor needs, and how it is called
}

var quantities = []quantity{
	{"load-time", "Time to load a policy", "time to load, median", "load-sec", seconds, 1, "proof-sec", "of Lictor's: proving the tables"},
	{"memory", "Memory that a policy takes", "resident memory rises by, median", "rise-bytes", size, 1 << 20, "tables-bytes", "Lictor's tables"},
}

// memory is loading a policy, and what it takes then.
func memory(d *document, in *input, _ *comparison) error {
	d.heading(2, "Loading and memory")
	all, err := in.footprints()
	if err != nil {
		return err
	}
	if len(all) == 0 {
		d.gap("results/memory.txt has no BenchmarkMemory")
		return nil
	}
	d.paragraph("Lictor and OPA load the same policy, each in a process of its own, from the files that it reads (Lictor a bundle: decompressed, checked and proven), and answer the same questions then. Of the others this is not measured.")
	for _, q := range quantities {
		if err := q.write(d, all); err != nil {
			return err
		}
	}
	return reloads(d, in)
}

func (in *input) footprints() ([]footprint, error) {
	var all []footprint
	for _, r := range in.results["memory"].Find("Memory") {
		name := r.Parts[0]
		if !slices.ContainsFunc(holders, func(h holder) bool { return h.name == r.Key("engine") }) {
			return nil, in.wrong("memory", r, fmt.Sprintf("no engine of the name %q", r.Key("engine")))
		}
		for _, q := range quantities {
			if !r.Has(q.unit) {
				return nil, in.wrong("memory", r, "no "+q.unit)
			}
		}
		at := slices.IndexFunc(all, func(f footprint) bool { return f.policy == name })
		if at < 0 {
			at = len(all)
			subjects, _ := strconv.ParseFloat(r.Key("subjects"), 64)
			all = append(all, footprint{policy: name, size: subjects, engines: make(map[string]*results.Row)})
		}
		all[at].engines[r.Key("engine")] = r
	}
	return all, nil
}

// write is one quantity as a plot over subjects and as a table.
func (q *quantity) write(d *document, all []footprint) error {
	d.heading(3, q.title)
	l := &plot.Lines{
		Title: q.title + ", by subjects", X: plot.Axis{Title: "subjects", Log: true, Format: count},
		Y: plot.Axis{Title: q.axis, Log: true, Format: func(v float64) string { return trimmed(q.format(v * q.one)) }},
	}
	head := []string{"policy"}
	for _, h := range holders {
		head = append(head, h.title)
		if s := q.series(&h, all); len(s.Points) > 0 {
			l.Series = append(l.Series, s)
		}
	}
	if len(l.Series) > 0 {
		if err := d.show(q.name, l.Title, l); err != nil {
			return err
		}
	}
	if q.part != "" {
		head = append(head, q.partTitle)
	}
	var rows [][]string
	for _, f := range all {
		row := []string{"`" + f.policy + "`"}
		for _, h := range holders {
			if r := f.engines[h.name]; r != nil {
				v := r.Measure(q.unit)
				row = append(row, withSpread(v, q.format))
				continue
			}
			row = append(row, unmeasured)
			d.gaps = append(d.gaps, fmt.Sprintf("%s: `%s` with `%s`: no result", q.title, f.policy, h.name))
		}
		if q.part != "" {
			row = append(row, q.ofLictor(f))
		}
		rows = append(rows, row)
	}
	d.table(head, rows)
	return nil
}

// ofLictor is the part of what Lictor needs that is written beside it.
func (q *quantity) ofLictor(f footprint) string {
	if r := f.engines["lictor"]; r != nil && r.Has(q.part) {
		return withSpread(r.Measure(q.part), q.format)
	}
	return unmeasured
}

// series is an engine's line over subjects. What is 0 has no place on a logarithmic axis and stands in the table only.
func (q *quantity) series(h *holder, all []footprint) plot.Series {
	s := plot.Series{Name: h.title, Style: h.style}
	for _, f := range all {
		r := f.engines[h.name]
		if f.size == 0 || r == nil {
			continue
		}
		if v := r.Measure(q.unit); v.Low > 0 {
			s.Points = append(s.Points, plot.Point{X: f.size, Y: v.Median / q.one, Low: v.Low / q.one, High: v.High / q.one})
		}
	}
	return s
}

// reloads is what one generation costs while it takes the place of another.
func reloads(d *document, in *input) error {
	d.heading(3, "Replacing a policy while it answers")
	rows := in.results["memory"].Find("Reload")
	if len(rows) == 0 {
		d.gap("results/memory.txt has no BenchmarkReload")
		return nil
	}
	var table [][]string
	for _, r := range rows {
		row := []string{"`" + join(r.Parts) + "`"}
		for _, unit := range []string{"tables-bytes", "before-bytes", "peak-bytes", "after-bytes"} {
			row = append(row, size(r.Measure(unit).Median))
		}
		ratio := r.Measure("peak/old+new")
		if ratio.Runs == 0 {
			return in.wrong("memory", r, "no peak/old+new")
		}
		table = append(table, append(row, digits(ratio.Median)+" × "+ratio.Spread()))
	}
	d.table([]string{"policy", "tables", "resident before", "at the peak", "after", "peak against old and new together"}, table)
	return nil
}
