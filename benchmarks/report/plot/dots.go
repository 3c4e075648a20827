package plot

import (
	"slices"
	"strings"
)

// Dots shows several values of each row on one axis.
type Dots struct {
	Title string
	Axis  Axis
	Kinds []Kind // one for each column
	Rows  []Dot
}

// Dot is a row: a value for each kind. A value of 0 is missing.
type Dot struct {
	Name   string
	Values []float64
	Text   string // written right of the field
}

// SVG returns the drawing.
func (d *Dots) SVG() ([]byte, error) {
	lines := legendLines(d.Kinds)
	top := float64(heading + legend*len(lines))
	bottom := top + rowHeight*float64(len(d.Rows))
	c := newCanvas(d.Title, d.words(), bottom+footing)
	s, err := newScale(d.Axis, d.values(), names+margin, width-room)
	if err != nil {
		return nil, err
	}
	c.legend(lines, heading+4)
	c.across(&s, top, bottom)
	for i, row := range d.Rows {
		c.dots(d, &s, row, top+rowHeight*(float64(i)+0.5))
	}
	return c.bytes()
}

func (d *Dots) values() []float64 {
	var values []float64
	for _, row := range d.Rows {
		for _, v := range row.Values {
			if v != 0 {
				values = append(values, v)
			}
		}
	}
	return values
}

func (d *Dots) words() string {
	parts := make([]string, 0, len(d.Rows))
	for _, row := range d.Rows {
		var values []string
		for i, v := range row.Values {
			if v != 0 {
				values = append(values, d.Kinds[i].Name+" "+d.Axis.Format(v))
			}
		}
		parts = append(parts, row.Name+": "+strings.Join(values, ", "))
	}
	return d.Axis.Title + ". " + strings.Join(parts, "; ") + "."
}

func (c *canvas) dots(d *Dots, s *scale, row Dot, y float64) {
	c.root.add(text(names+margin-8, y+4, "end", row.Name), line(s.from, y, s.to, y).class("grid"))
	for i, v := range row.Values {
		if v != 0 {
			c.root.add(d.Kinds[i].Style.draw(s.at(v), y))
		}
	}
	note := row.Text
	if !slices.ContainsFunc(row.Values, func(v float64) bool { return v != 0 }) {
		note = "not measured"
	}
	if note != "" {
		c.root.add(text(s.to+8, y+4, "soft", shorten(note, 24)))
	}
}
