package plot

import (
	"cmp"
	"slices"
	"strings"
)

// Lines shows how something grows.
type Lines struct {
	Title  string
	X, Y   Axis
	Series []Series
}

// Series is one line. Points are in the order of X.
type Series struct {
	Name   string
	Style  Style
	Points []Point
}

// Point is a value with its spread.
type Point struct {
	X, Y, Low, High float64
}

const (
	fieldHeight = 340
	labels      = 220 // right of the field, for the names of lines
	upright     = 88  // left of it, for the vertical axis
	lineHeight  = 15
)

// SVG returns the drawing.
func (l *Lines) SVG() ([]byte, error) {
	top, bottom := float64(heading+8), float64(heading+8+fieldHeight)
	c := newCanvas(l.Title, l.words(), bottom+footing)
	xs, ys := l.values()
	x, err := newScale(l.X, xs, upright, width-labels)
	if err != nil {
		return nil, err
	}
	y, err := newScale(l.Y, ys, bottom, top)
	if err != nil {
		return nil, err
	}
	c.across(&x, top, bottom)
	c.upwards(&y, x.from, x.to)
	for i := range l.Series {
		c.series(&l.Series[i], &x, &y)
	}
	c.names(l, &x, &y)
	return c.bytes()
}

func (l *Lines) values() (xs, ys []float64) {
	for _, s := range l.Series {
		for _, p := range s.Points {
			xs, ys = append(xs, p.X), append(ys, p.Y, p.Low, p.High)
		}
	}
	return xs, ys
}

func (l *Lines) words() string {
	var parts []string
	for _, s := range l.Series {
		var values []string
		for _, p := range s.Points {
			values = append(values, l.Y.Format(p.Y)+" at "+l.X.Format(p.X))
		}
		parts = append(parts, s.Name+": "+strings.Join(values, ", "))
	}
	return l.Y.Title + " over " + l.X.Title + ". " + strings.Join(parts, "; ") + "."
}

func (c *canvas) series(s *Series, x, y *scale) {
	var path strings.Builder
	for i, p := range s.Points {
		command := "L"
		if i == 0 {
			command = "M"
		}
		path.WriteString(command + number(x.at(p.X)) + " " + number(y.at(p.Y)))
	}
	stroke := element("path", "d", path.String(), "class", "line "+s.Style.class())
	if s.Style.Dash != "" {
		stroke.Attrs = append(stroke.Attrs, element("", "stroke-dasharray", s.Style.Dash).Attrs...)
	}
	c.root.add(stroke)
	for _, p := range s.Points {
		if p.High > p.Low {
			c.root.add(line(x.at(p.X), y.at(p.Low), x.at(p.X), y.at(p.High)).class("range"))
		}
		c.root.add(s.Style.draw(x.at(p.X), y.at(p.Y)))
	}
}

// names writes the name and the last value of each line beside its end, apart from one another.
func (c *canvas) names(l *Lines, x, y *scale) {
	type label struct {
		s       *Series
		at, end float64
	}
	var all []label
	for i := range l.Series {
		if s := &l.Series[i]; len(s.Points) > 0 {
			end := y.at(s.Points[len(s.Points)-1].Y)
			all = append(all, label{s, end, end})
		}
	}
	slices.SortStableFunc(all, func(a, b label) int { return cmp.Compare(a.at, b.at) })
	for i := range all {
		if i > 0 {
			all[i].at = max(all[i].at, all[i-1].at+lineHeight)
		}
	}
	for i := len(all) - 1; i >= 0; i-- { // back into the field
		limit := y.from - lineHeight*float64(len(all)-1-i)
		all[i].at = min(all[i].at, limit)
	}
	for _, a := range all {
		last := a.s.Points[len(a.s.Points)-1]
		c.root.add(line(x.at(last.X)+7, a.end, x.to+12, a.at).class("grid"), a.s.Style.draw(x.to+18, a.at),
			text(x.to+28, a.at+4, "", a.s.Name+", "+l.Y.Format(last.Y)))
	}
}
