package page

import (
	"fmt"
	"strings"
)

// document is a page that is being written.
type document struct {
	strings.Builder
	plots map[string][]byte
	gaps  []string // what results do not have
}

func (d *document) heading(level int, text string) {
	fmt.Fprintf(d, "%s %s\n\n", strings.Repeat("#", level), text)
}

// paragraph writes sentences as one line.
func (d *document) paragraph(format string, args ...any) {
	fmt.Fprintf(d, format+"\n\n", args...)
}

// table writes rows below a header. Columns of numbers are aligned to the right.
func (d *document) table(header []string, rows [][]string) {
	d.row(header)
	d.WriteByte('|')
	for i := range header {
		if i > 0 && numeric(rows, i) {
			d.WriteString("---:|")
			continue
		}
		d.WriteString("---|")
	}
	d.WriteByte('\n')
	for _, row := range rows {
		d.row(row)
	}
	d.WriteByte('\n')
}

func (d *document) row(cells []string) {
	for _, cell := range cells {
		fmt.Fprintf(d, "| %s ", strings.ReplaceAll(cell, "|", "\\|"))
	}
	d.WriteString("|\n")
}

// numeric reports whether every cell of a column begins with a digit, or a sign, or has no number.
func numeric(rows [][]string, column int) bool {
	for _, row := range rows {
		if cell := row[column]; cell != unmeasured && cell != absent && (cell == "" || !strings.ContainsRune("+-0123456789", rune(cell[0]))) {
			return false
		}
	}
	return true
}

// What stands in a cell without a number.
const (
	unmeasured = "?"
	absent     = "–"
)

// drawing is what package plot draws.
type drawing interface {
	SVG() ([]byte, error)
}

// show adds a plot to the page.
func (d *document) show(name, title string, g drawing) error {
	svg, err := g.SVG()
	if err != nil {
		return fmt.Errorf("plot %s: %w", name, err)
	}
	d.plots[name+".svg"] = svg
	d.paragraph("![%s](%s/%s.svg)", title, Plots, name)
	return nil
}

// gap says on the page that something was not measured, and keeps it for the list of gaps.
func (d *document) gap(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	d.gaps = append(d.gaps, text)
	d.paragraph("**Not measured:** %s", text)
}
