package plot

import (
	"slices"
	"strings"
)

// Bars compares what several contenders need for the same thing, side by side.
type Bars struct {
	Title string
	Axis  Axis
	Kinds []Kind // what the colours mean; the legend has those of which there is a bar
	Bars  []Bar
}

// Kind is a group of bars of one colour.
type Kind struct {
	Name  string
	Style Style
}

// Bar is one contender. One without a value has a text that says why.
type Bar struct {
	Name             string
	Kind             int // index of Bars.Kinds
	Value, Low, High float64
	Text             string // written at the bar
	Missing          bool
}

const (
	rowHeight = 24
	heading   = 40 // above the first row
	footing   = 48 // below the last one: ticks and the title of the axis
	legend    = 24
	room      = 130 // right of the field, for the text at the longest bar
)

// SVG returns the drawing.
func (b *Bars) SVG() ([]byte, error) {
	lines := legendLines(b.drawn())
	top := float64(heading + legend*len(lines))
	bottom := top + rowHeight*float64(len(b.Bars))
	c := newCanvas(b.Title, b.words(), bottom+footing)
	s, err := newScale(b.Axis, b.values(), names+margin, width-room)
	if err != nil {
		return nil, err
	}
	c.legend(lines, heading+4)
	c.across(&s, top, bottom)
	for i := range b.Bars {
		c.bar(b, &s, &b.Bars[i], top+rowHeight*float64(i))
	}
	return c.bytes()
}

// drawn are the kinds that a bar is of.
func (b *Bars) drawn() []Kind {
	var drawn []Kind
	for i, k := range b.Kinds {
		if slices.ContainsFunc(b.Bars, func(bar Bar) bool { return bar.Kind == i && !bar.Missing }) {
			drawn = append(drawn, k)
		}
	}
	return drawn
}

func (b *Bars) values() []float64 {
	var values []float64
	for _, bar := range b.Bars {
		if !bar.Missing {
			values = append(values, bar.Value, bar.Low, bar.High)
		}
	}
	return values
}

// words is the drawing in words.
func (b *Bars) words() string {
	parts := make([]string, 0, len(b.Bars))
	for _, bar := range b.Bars {
		parts = append(parts, bar.Name+": "+bar.Text)
	}
	return b.Axis.Title + ". " + strings.Join(parts, "; ") + "."
}

func (c *canvas) bar(b *Bars, s *scale, bar *Bar, y float64) {
	c.root.add(text(names+margin-8, y+16, "end", bar.Name))
	if bar.Missing {
		c.root.add(text(s.from+6, y+16, "soft", shorten(bar.Text, 90)))
		return
	}
	from, to := s.from, s.at(bar.Value)
	c.root.add(element("rect", "x", number(from), "y", number(y+4), "width", number(max(to-from, 1)), "height", number(rowHeight-8),
		"class", b.Kinds[bar.Kind].Style.class()))
	if bar.High > bar.Low {
		c.root.add(line(s.at(bar.Low), y+rowHeight/2, s.at(bar.High), y+rowHeight/2).class("range"))
	}
	c.root.add(text(max(to, s.at(bar.High))+6, y+16, "", bar.Text))
}

// legendLines breaks a legend into lines that fit.
func legendLines(kinds []Kind) [][]Kind {
	var lines [][]Kind
	x := float64(width)
	for _, k := range kinds {
		if x+k.width() > width-margin {
			lines, x = append(lines, nil), names+margin
		}
		lines[len(lines)-1] = append(lines[len(lines)-1], k)
		x += k.width()
	}
	return lines
}

// width is about what a kind takes in a legend.
func (k Kind) width() float64 { return 34 + 6.6*float64(len([]rune(k.Name))) }

// legend writes lines of a legend, the first at y.
func (c *canvas) legend(lines [][]Kind, y float64) {
	for _, kinds := range lines {
		x := float64(names + margin)
		for _, k := range kinds {
			c.root.add(k.Style.draw(x+4, y+8), text(x+14, y+12, "soft", k.Name))
			x += k.width()
		}
		y += legend
	}
}

// shorten cuts a text that would not fit.
func shorten(text string, limit int) string {
	if r := []rune(text); len(r) > limit {
		return string(r[:limit-1]) + "…"
	}
	return text
}
