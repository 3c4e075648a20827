package results_test

import (
	"slices"
	"testing"

	"github.com/lictor-dev/lictor/benchmarks/report/results"
)

// TestSummarize compares with what benchstat prints of the same numbers.
func TestSummarize(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name              string
		values            []float64
		median, low, high float64
		spread            string
	}{
		{"one", []float64{5}, 5, 5, 5, "(n = 1)"},
		{"too few", []float64{9, 5, 7}, 7, 5, 9, "(n = 3)"},
		{"six: the interval is all of them", []float64{100, 101, 102, 103, 104, 110}, 102.5, 100, 110, "± 7 %"},
		{"ten: the farthest two are outside", []float64{100, 110, 101, 109, 102, 108, 103, 107, 104, 106}, 105, 101, 109, "± 4 %"},
		{"nothing", []float64{0, 0, 0, 0, 0, 0}, 0, 0, 0, "± 0 %"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			before := slices.Clone(c.values)
			m := results.Summarize(c.values)
			if m.Median != c.median || m.Low != c.low || m.High != c.high || m.Spread() != c.spread || m.Runs != len(c.values) {
				t.Errorf("%v: %v from %v to %v, %s", c.values, m.Median, m.Low, m.High, m.Spread())
			}
			if !slices.Equal(before, c.values) {
				t.Errorf("the values were changed: %v", c.values)
			}
		})
	}
	if m := results.Summarize(nil); m.Runs != 0 {
		t.Errorf("none: %+v", m)
	}
}

func TestDiffer(t *testing.T) {
	t.Parallel()
	slow, fast := results.Summarize([]float64{20, 21, 22, 23, 24, 25}), results.Summarize([]float64{10, 11, 12, 13, 14, 15})
	between := results.Summarize([]float64{19, 20.5, 21.5, 22.5, 23.5, 26})
	if !results.Differ(slow, fast) || !results.Differ(fast, slow) {
		t.Error("runs apart from one another do not differ")
	}
	if results.Differ(slow, between) || results.Differ(slow, slow) {
		t.Error("runs among one another differ")
	}
}
