package plot

import (
	"fmt"
	"math"
)

// Axis says what values mean and how they are written.
type Axis struct {
	Title  string // with the unit
	Log    bool
	Format func(float64) string
}

// scale places the values of an axis between two coordinates.
type scale struct {
	Axis
	low, high float64 // values at the ends
	from, to  float64 // coordinates of the ends
}

// newScale returns a scale on which all values have a place, or an error where one has none on a logarithmic axis.
func newScale(a Axis, values []float64, from, to float64) (scale, error) {
	s := scale{Axis: a, low: math.Inf(1), high: math.Inf(-1), from: from, to: to}
	for _, v := range values {
		if a.Log && v <= 0 {
			return s, fmt.Errorf("axis %q is logarithmic and has no place for %v", a.Title, v)
		}
		s.low, s.high = min(s.low, v), max(s.high, v)
	}
	if len(values) == 0 {
		s.low, s.high = 1, 10
	}
	if a.Log {
		s.low, s.high = power(math.Floor(math.Log10(s.low)+1e-9)), power(math.Ceil(math.Log10(s.high)-1e-9))
		if s.low == s.high {
			s.high *= 10
		}
		return s, nil
	}
	step := s.step()
	s.low, s.high = 0, math.Ceil(s.high/step-1e-9)*step
	return s, nil
}

func power(exponent float64) float64 { return math.Pow(10, exponent) }

// step is the distance of the ticks of a linear axis: 1, 2 or 5 of a power of ten.
func (s *scale) step() float64 {
	if s.high <= 0 {
		s.high = 1
	}
	base := power(math.Floor(math.Log10(s.high / 4)))
	for _, n := range []float64{1, 2, 5} {
		if s.high/(base*n) <= 6 {
			return base * n
		}
	}
	return base * 10
}

// at returns the coordinate of a value.
func (s *scale) at(v float64) float64 {
	share := (v - s.low) / (s.high - s.low)
	if s.Log {
		share = math.Log10(v/s.low) / math.Log10(s.high/s.low)
	}
	return s.from + share*(s.to-s.from)
}

// ticks returns the values that are written at the axis.
func (s *scale) ticks() []float64 {
	var ticks []float64
	if !s.Log {
		step := s.step()
		for i := 0; float64(i)*step <= s.high*(1+1e-9); i++ {
			ticks = append(ticks, float64(i)*step)
		}
		return ticks
	}
	first, last := math.Round(math.Log10(s.low)), math.Round(math.Log10(s.high))
	for e := first; e <= last; e++ {
		ticks = append(ticks, power(e))
		if last-first <= 2 && e < last {
			ticks = append(ticks, 2*power(e), 5*power(e))
		}
	}
	return ticks
}

// across draws a horizontal axis below a field, with a line through the field at each tick.
func (c *canvas) across(s *scale, top, bottom float64) {
	for _, t := range s.ticks() {
		x := s.at(t)
		c.root.add(line(x, top, x, bottom).class("grid"), text(x, bottom+16, "mid soft", s.Format(t)))
	}
	c.root.add(line(s.from, bottom, s.to, bottom).class("axis"), text((s.from+s.to)/2, bottom+36, "mid", s.title()))
}

// upwards draws a vertical axis left of a field.
func (c *canvas) upwards(s *scale, left, right float64) {
	for _, t := range s.ticks() {
		y := s.at(t)
		c.root.add(line(left, y, right, y).class("grid"), text(left-8, y+4, "end soft", s.Format(t)))
	}
	title := text(0, 0, "mid", s.title())
	title.Attrs = append(title.Attrs[2:], element("", "transform", "translate(20 "+number((s.from+s.to)/2)+") rotate(-90)").Attrs...)
	c.root.add(line(left, s.from, left, s.to).class("axis"), title)
}

func (s *scale) title() string {
	if s.Log {
		return s.Title + ", logarithmic"
	}
	return s.Title
}
