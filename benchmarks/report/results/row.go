package results

import (
	"fmt"
	"math"

	"golang.org/x/perf/benchmath"
)

// Row is one benchmark of a file, with the measurements of every run.
type Row struct {
	Benchmark string   // the name without "Benchmark" and what follows the first slash
	Parts     []string // what follows, between slashes; without GOMAXPROCS
	Line      int      // where it appears first

	keys   map[string]string
	units  []string
	values map[string][]float64
}

// Key returns the value of the part "key=value" of the name, or "".
func (r *Row) Key(key string) string { return r.keys[key] }

// Runs returns how often the benchmark ran: the most measurements in one unit.
func (r *Row) Runs() int {
	n := 0
	for _, values := range r.values {
		n = max(n, len(values))
	}
	return n
}

// Units returns the units that the row was measured in, in the order of the file. The caller must not change them.
func (r *Row) Units() []string { return r.units }

// Has reports whether the row was measured in a unit, as benchstat names it: "sec/op" and not "ns/op".
func (r *Row) Has(unit string) bool { return len(r.values[unit]) > 0 }

// Measure summarizes what was measured in a unit; without measurements its Runs is 0.
func (r *Row) Measure(unit string) Measure { return Summarize(r.values[unit]) }

// Find returns the rows of one benchmark, in the order of the file; none for a nil file.
func (f *File) Find(benchmark string) []*Row {
	if f == nil {
		return nil
	}
	var found []*Row
	for _, r := range f.Rows {
		if r.Benchmark == benchmark {
			found = append(found, r)
		}
	}
	return found
}

// Measure is the median of some runs with the interval in which it lies with a confidence of 0.95, as benchstat gives them. With fewer
// than six runs there is no such interval: then Low and High are the least and the most of the runs.
type Measure struct {
	Median, Low, High float64
	Runs              int
	Sure              bool // there is an interval

	sorted []float64
}

// Summarize returns the median and spread of some values. It does not keep or change them.
func Summarize(values []float64) Measure {
	if len(values) == 0 {
		return Measure{}
	}
	sample := benchmath.NewSample(append([]float64(nil), values...), &benchmath.DefaultThresholds)
	s := benchmath.AssumeNothing.Summary(sample, 0.95)
	m := Measure{Median: s.Center, Low: s.Lo, High: s.Hi, Runs: len(values), Sure: true, sorted: sample.Values}
	if math.IsInf(s.Lo, 0) || math.IsInf(s.Hi, 0) {
		m.Low, m.High, m.Sure = sample.Values[0], sample.Values[len(values)-1], false
	}
	return m
}

// Spread says how far the interval reaches from the median, such as "± 3 %", or "(n = 3)" where the runs are too few for an interval.
func (m Measure) Spread() string {
	if !m.Sure {
		return fmt.Sprintf("(n = %d)", m.Runs)
	}
	if m.Median == 0 {
		return "± 0 %"
	}
	return fmt.Sprintf("± %.0f %%", 100*math.Max(m.High/m.Median-1, 1-m.Low/m.Median))
}

// Differ reports whether two measures differ by more than chance explains, by benchstat's test (Mann and Whitney's U, at 0.05).
func Differ(a, b Measure) bool {
	x := benchmath.NewSample(a.sorted, &benchmath.DefaultThresholds)
	y := benchmath.NewSample(b.sorted, &benchmath.DefaultThresholds)
	c := benchmath.AssumeNothing.Compare(x, y)
	return c.P <= c.Alpha
}
