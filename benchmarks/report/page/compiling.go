package page

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/lictor-dev/lictor/benchmarks/report/plot"
	"github.com/lictor-dev/lictor/benchmarks/report/results"
)

// compiling is every row of the results of compiling, and what of it grows.
func compiling(d *document, in *input, _ *comparison) error {
	d.heading(2, "Compiling")
	f := in.results["compile"]
	if f == nil || len(f.Rows) == 0 {
		d.gap("results/compile.txt has no benchmark")
		return nil
	}
	if err := in.listed(d, "compile"); err != nil {
		return err
	}
	for _, s := range sequences(f) {
		l := &plot.Lines{
			Title: "Time of " + s.title + " over " + s.key, X: plot.Axis{Title: s.key, Log: true, Format: count},
			Y: plot.Axis{Title: "time, median", Log: true, Format: tick}, Series: []plot.Series{s.curve.series()},
		}
		if err := d.show("compile-"+plain(s.title+"-"+s.key), l.Title, l); err != nil {
			return err
		}
		d.paragraph("From %s to %s %s the time grows to %s.", count(s.points[0].size), count(s.points[len(s.points)-1].size), s.key, factor(s.rise()))
	}
	return nil
}

// listed is a table of all rows of a result.
func (in *input) listed(d *document, name string) error {
	var rows [][]string
	for _, r := range in.results[name].Rows {
		if !r.Has("sec/op") {
			return in.wrong(name, r, "no ns/op")
		}
		row := []string{"`" + title(r) + "`", withSpread(r.Measure("sec/op"), seconds), unmeasured, unmeasured}
		if r.Has("allocs/op") {
			row[2], row[3] = count(r.Measure("allocs/op").Median), size(r.Measure("B/op").Median)
		}
		rows = append(rows, row)
	}
	d.table([]string{"what", "time", "allocations", "bytes allocated"}, rows)
	return nil
}

// title is the name of a benchmark.
func title(r *results.Row) string { return strings.TrimSuffix(r.Benchmark+"/"+join(r.Parts), "/") }

func join(parts []string) string { return strings.Join(parts, "/") }

func withSpread(m results.Measure, format func(float64) string) string {
	return format(m.Median) + " " + m.Spread()
}

// plain is a text as a part of the name of a file.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, strings.ToLower(text))
}

// sequence is rows that differ in one number of their names only.
type sequence struct {
	title, key string
	curve
}

// sequences returns those of two rows or more, in the order of the file.
func sequences(f *results.File) []sequence {
	var all []sequence
	for _, r := range f.Rows {
		for i, part := range r.Parts {
			key, number, _ := strings.Cut(part, "=")
			n, err := strconv.ParseFloat(number, 64)
			if err != nil || n <= 0 || !r.Has("sec/op") {
				continue
			}
			name := strings.TrimSuffix(r.Benchmark+"/"+join(slices.Delete(slices.Clone(r.Parts), i, i+1)), "/")
			at := slices.IndexFunc(all, func(s sequence) bool { return s.title == name && s.key == key })
			if at < 0 {
				at = len(all)
				all = append(all, sequence{name, key, curve{name: name, style: plot.Style{}}})
			}
			all[at].points = append(all[at].points, point{n, r.Measure("sec/op")})
		}
	}
	all = slices.DeleteFunc(all, func(s sequence) bool { return len(s.points) < 2 })
	for _, s := range all {
		slices.SortStableFunc(s.points, func(a, b point) int { return cmp.Compare(a.size, b.size) })
	}
	return all
}
