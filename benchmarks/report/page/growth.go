package page

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/lictor-dev/lictor/benchmarks/report/plot"
	"github.com/lictor-dev/lictor/benchmarks/report/results"
)

// curve is the time of one engine over a size.
type curve struct {
	name   string
	style  plot.Style
	points []point
}

type point struct {
	size float64
	time results.Measure
}

// rise is how many times as long the largest takes as the smallest.
func (c *curve) rise() float64 {
	return c.points[len(c.points)-1].time.Median / c.points[0].time.Median
}

// increase is how much longer the largest takes than the smallest, in seconds; negative where it takes less.
func (c *curve) increase() float64 {
	return c.points[len(c.points)-1].time.Median - c.points[0].time.Median
}

// overlaps reports whether the rises of two curves could be the other way round, as far as the intervals of their ends tell.
func (c *curve) overlaps(other *curve) bool {
	least := func(c *curve) float64 { return c.points[len(c.points)-1].time.Low / c.points[0].time.High }
	most := func(c *curve) float64 { return c.points[len(c.points)-1].time.High / c.points[0].time.Low }
	return least(c) <= most(other) && least(other) <= most(c)
}

// whole reports whether the curve has a point for each workload of a family.
func (c *curve) whole(family string) bool {
	n := 0
	for _, w := range workloads {
		if w.family == family {
			n++
		}
	}
	return len(c.points) == n
}

// family is what grows, as BenchmarkCompare has it.
type family struct{ name, title string }

var families = []family{
	{"grants", "grants"},
	{"instances", "grants of single instances"},
	{"subjects", "subjects"},
}

// growth is how the cost of a decision grows.
func growth(d *document, in *input, c *comparison) error {
	d.heading(2, "How cost grows")
	d.paragraph("A factor says how many times as long one operation takes with the most as with the fewest, an increase how much longer: " +
		"what takes long anyway has a small factor and a large increase.")
	for _, f := range families {
		if err := grown(d, "growth-"+f.name, f.title, c.curves(f.name)); err != nil {
			return err
		}
	}
	return besideMap(d, in)
}

// curves returns each engine that was measured with two sizes of a family or more.
func (c *comparison) curves(family string) []curve {
	var found []curve
	for _, e := range engines {
		one := curve{name: e.title, style: e.style}
		for _, w := range workloads {
			if at := c.cells[pair{w.name, e.name}]; w.family == family && at.measured() {
				one.points = append(one.points, point{w.size, at.time})
			}
		}
		if len(one.points) > 1 {
			found = append(found, one)
		}
	}
	return found
}

// grown is one plot of growth with its table.
func grown(d *document, name, title string, curves []curve) error {
	d.heading(3, "Over "+title)
	if len(curves) == 0 {
		d.gap("growth over %s: no engine was measured with two sizes", title)
		return nil
	}
	l := &plot.Lines{
		Title: "Time of one operation over " + title,
		X:     plot.Axis{Title: title, Log: true, Format: count},
		Y:     plot.Axis{Title: "time of one operation, median", Log: true, Format: tick},
	}
	var rows [][]string
	for _, one := range curves {
		l.Series = append(l.Series, one.series())
		first, last := one.points[0], one.points[len(one.points)-1]
		rows = append(rows, []string{
			one.name, withSpread(first.time, seconds) + " at " + count(first.size),
			withSpread(last.time, seconds) + " at " + count(last.size), factor(one.rise()), more(one.increase()),
		})
	}
	if err := d.show(name, l.Title, l); err != nil {
		return err
	}
	d.table([]string{"engine", "fewest", "most", "factor", "increase"}, rows)
	return nil
}

func (c *curve) series() plot.Series {
	s := plot.Series{Name: c.name, Style: c.style}
	for _, p := range c.points {
		s.Points = append(s.Points, plot.Point{X: p.size, Y: p.time.Median, Low: p.time.Low, High: p.time.High})
	}
	return s
}

// besideMap is BenchmarkScale: Lictor's tables beside a Go map, with more sizes than the comparison has.
func besideMap(d *document, in *input) error {
	d.heading(3, "Lictor's tables beside a Go map, to 1,000,000 grants")
	rows := in.results["scale"].Find("Scale")
	if len(rows) == 0 {
		d.gap("results/scale.txt has no BenchmarkScale")
		return nil
	}
	d.paragraph("`hot` asks for a small part of the keys again and again, `random` for all of them in random order. Reading the request counts on Lictor's side only. " +
		"Told ahead is an engine that hears of each request before it decides the one before it, as in a batch: what the request looks up is loaded meanwhile, " +
		"which a loop of look-ups in a map has from the processor, that starts the next ones while it waits.")
	byName := map[string]map[string]results.Measure{}
	var names []string
	for _, r := range rows {
		if len(r.Parts) != 2 || !r.Has("sec/op") {
			return in.wrong("scale", r, fmt.Sprintf("parts %q, want a size and who was measured, in ns/op", r.Parts))
		}
		if byName[r.Parts[0]] == nil {
			byName[r.Parts[0]] = map[string]results.Measure{}
			names = append(names, r.Parts[0])
		}
		byName[r.Parts[0]][r.Parts[1]] = r.Measure("sec/op")
	}
	var table [][]string
	curves := []curve{
		{name: "Lictor tables", style: engineOf("lictor-table").style},
		{name: "Go map", style: engineOf("go-map").style},
	}
	for _, name := range names {
		us, ahead, them := byName[name]["lictor"], byName[name]["ahead"], byName[name]["map"]
		if us.Runs == 0 || them.Runs == 0 {
			return in.wrong("scale", rows[0], fmt.Sprintf("%s lacks lictor or map", name))
		}
		table = append(table, []string{
			"`" + name + "`", withSpread(us, seconds), withSpread(them, seconds), factor(us.Median / them.Median),
			perhaps(ahead, seconds), overMap(ahead, them),
		})
		if size, ok := grants(name); ok {
			curves[0].points, curves[1].points = append(curves[0].points, point{size, us}), append(curves[1].points, point{size, them})
		}
	}
	d.table([]string{"what", "Lictor tables", "Go map", "ratio", "told ahead", "ratio"}, table)
	if len(curves[0].points) < 2 {
		d.gap("results/scale.txt has fewer than two sizes of grants")
		return nil
	}
	for _, one := range curves {
		slices.SortStableFunc(one.points, func(a, b point) int { return cmp.Compare(a.size, b.size) })
	}
	return grown(d, "scale-grants", "grants, working set in cache", curves)
}

func overMap(us, them results.Measure) string {
	if us.Runs == 0 {
		return unmeasured
	}
	return factor(us.Median / them.Median)
}

// grants returns the number of grants in a name such as "grants=1000000-hot".
func grants(name string) (float64, bool) {
	text, ok := strings.CutPrefix(name, "grants=")
	if !ok {
		return 0, false
	}
	number, _, _ := strings.Cut(text, "-")
	n, err := strconv.ParseFloat(number, 64)
	return n, err == nil
}
