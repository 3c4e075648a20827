// Package table prints results for a terminal, as benchstat does: one row for each thing that was measured, one column for each
// engine, one table for each unit.
package table

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"golang.org/x/perf/benchunit"

	"github.com/lictor-dev/lictor/benchmarks/report/results"
)

// grid is what was measured in one unit.
type grid struct {
	rows, columns []string
	cells         map[[2]string]results.Measure
}

// Write prints a file, unit by unit in the order in which they appear.
func Write(to io.Writer, f *results.File) error {
	var units []string
	for _, r := range f.Rows {
		for _, unit := range r.Units() {
			if !slices.Contains(units, unit) {
				units = append(units, unit)
			}
		}
	}
	for _, unit := range units {
		if err := newGrid(f, unit).write(to, unit); err != nil {
			return err
		}
	}
	return nil
}

func newGrid(f *results.File, unit string) *grid {
	g := &grid{cells: make(map[[2]string]results.Measure)}
	for _, r := range f.Rows {
		if !r.Has(unit) {
			continue
		}
		row, column := place(r)
		if !slices.Contains(g.rows, row) {
			g.rows = append(g.rows, row)
		}
		if !slices.Contains(g.columns, column) {
			g.columns = append(g.columns, column)
		}
		g.cells[[2]string{row, column}] = r.Measure(unit)
	}
	return g
}

// place returns the row and the column of a benchmark: a part "engine=NAME" of its name says the column.
func place(r *results.Row) (row, column string) {
	parts := []string{r.Benchmark}
	for _, part := range r.Parts {
		if !strings.HasPrefix(part, "engine=") {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, "/"), r.Key("engine")
}

func (g *grid) write(to io.Writer, unit string) error {
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "\n%s\t", unit)
	for _, column := range g.columns {
		fmt.Fprintf(w, "%s\t", cmp.Or(column, "median"))
	}
	fmt.Fprintln(w)
	for _, row := range g.rows {
		cells := make([]string, 0, len(g.columns))
		for _, column := range g.columns {
			cell := ""
			switch m := g.cells[[2]string{row, column}]; {
			case m.Runs == 0:
			case m.Median == 0:
				cell = "0"
			default:
				cell = benchunit.Scale(m.Median, benchunit.ClassOf(unit)) + " " + m.Spread()
			}
			cells = append(cells, cell)
		}
		fmt.Fprintf(w, "%s\t%s\t\n", row, strings.Join(cells, "\t"))
	}
	return w.Flush()
}
