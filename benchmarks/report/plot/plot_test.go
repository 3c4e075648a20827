package plot_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/lictor-dev/lictor/benchmarks/report/plot"
)

// drawing is what every chart is.
type drawing interface {
	SVG() ([]byte, error)
}

func plain(v float64) string { return fmt.Sprintf("%g ns", v) }

const hostile = `<b> & "quoted" ]]> é`

func charts() map[string]drawing {
	kinds := []plot.Kind{{Name: "ours"}, {Name: hostile, Style: plot.Style{Colour: 3, Mark: plot.Square}}}
	axis := plot.Axis{Title: "time", Log: true, Format: plain}
	return map[string]drawing{
		"bars": &plot.Bars{Title: "bars " + hostile, Axis: axis, Kinds: kinds, Bars: []plot.Bar{
			{Name: "a", Value: 10, Low: 9, High: 12, Text: "10 ns ± 20 %"},
			{Name: hostile, Kind: 1, Value: 1000, Low: 1000, High: 1000, Text: "1000 ns"},
			{Name: "c", Missing: true, Text: "cannot: " + strings.Repeat("reason ", 40)},
		}},
		"lines": &plot.Lines{Title: "lines", X: plot.Axis{Title: "size", Log: true, Format: plain}, Y: axis, Series: []plot.Series{
			{Name: "a", Points: []plot.Point{{10, 5, 4, 6}, {1000, 6, 6, 6}}},
			{Name: "b", Style: plot.Style{Colour: 8, Mark: plot.Cross, Dash: "2 3"}, Points: []plot.Point{{10, 7, 7, 7}, {1000, 6.1, 6, 7}}},
			{Name: hostile, Style: plot.Style{Mark: plot.Ring}, Points: []plot.Point{{10, 5, 4, 6}, {1000, 5.9, 5, 6}}},
		}},
		"dots": &plot.Dots{Title: "dots", Axis: axis, Kinds: kinds, Rows: []plot.Dot{
			{Name: "steady", Values: []float64{10, 2000}, Text: "2000 ns"}, {Name: "nothing", Values: []float64{0, 0}},
		}},
	}
}

// element is an element of a drawing as a reader of XML sees it.
type element struct {
	XMLName xml.Name
	Attrs   []xml.Attr `xml:",any,attr"`
	Text    string     `xml:",chardata"`
	Nodes   []element  `xml:",any"`
}

func (e *element) attribute(name string) string {
	for _, a := range e.Attrs {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

func (e *element) float(t *testing.T, name string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(e.attribute(name), 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// find returns the elements of a name, with a text if that is not empty.
func (e *element) find(name, text string) []*element {
	var found []*element
	for i := range e.Nodes {
		if n := &e.Nodes[i]; n.XMLName.Local == name && (text == "" || n.Text == text) {
			found = append(found, n)
		}
	}
	return found
}

func draw(t *testing.T, d drawing) *element {
	t.Helper()
	svg, err := d.SVG()
	if err != nil {
		t.Fatal(err)
	}
	reader := xml.NewDecoder(bytes.NewReader(svg))
	for {
		if _, err := reader.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("not well-formed: %v", err)
		}
	}
	var root element
	if err := xml.Unmarshal(svg, &root); err != nil {
		t.Fatal(err)
	}
	return &root
}

// TestAccessible wants every chart to have a name and its values in words, and to look well on dark pages too.
func TestAccessible(t *testing.T) {
	t.Parallel()
	for name, chart := range charts() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := draw(t, chart)
			if root.XMLName.Space != "http://www.w3.org/2000/svg" || root.attribute("role") != "img" {
				t.Errorf("root %v of role %q", root.XMLName, root.attribute("role"))
			}
			if root.attribute("aria-labelledby") != "title description" || root.find("title", "")[0].attribute("id") != "title" ||
				root.find("desc", "")[0].attribute("id") != "description" {
				t.Error("title and description are not tied to the drawing")
			}
			if words := root.find("desc", "")[0].Text; !strings.Contains(words, "time") || !strings.Contains(words, "ns") {
				t.Errorf("the description has no values: %s", words)
			}
			if style := root.find("style", "")[0].Text; !strings.Contains(style, "prefers-color-scheme:dark") {
				t.Error("no colours for dark pages")
			}
			if len(root.find("text", "time, logarithmic")) != 1 {
				t.Error("no title at the axis")
			}
		})
	}
}

func TestSameBytes(t *testing.T) {
	t.Parallel()
	first := charts()
	for range 20 {
		for name, chart := range charts() {
			a, _ := chart.SVG()
			b, _ := first[name].SVG()
			if !bytes.Equal(a, b) {
				t.Fatalf("%s is drawn in two ways", name)
			}
		}
	}
}

// TestBarLengths wants lengths to be as the values on the axis: on a linear axis in proportion, on a logarithmic one two powers of ten
// twice as long as one.
func TestBarLengths(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		log    bool
		values []float64
		ratio  float64
	}{
		{"linear", false, []float64{50, 100}, 2},
		{"logarithmic", true, []float64{10, 100, 1}, 2},
		{"logarithmic, far apart", true, []float64{10, 1e5, 1}, 5},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := &plot.Bars{Title: "t", Axis: plot.Axis{Title: "a", Log: c.log, Format: plain}, Kinds: []plot.Kind{{Name: "k"}}}
			for _, v := range c.values {
				b.Bars = append(b.Bars, plot.Bar{Name: "n", Value: v, Low: v, High: v, Text: fmt.Sprintf("value %g", v)})
			}
			root := draw(t, b)
			var lengths []float64
			for _, rect := range root.find("rect", "") {
				if rect.attribute("height") == "16" {
					lengths = append(lengths, rect.float(t, "width"))
				}
			}
			if len(lengths) != len(c.values) || math.Abs(lengths[1]/lengths[0]-c.ratio) > 0.01 {
				t.Errorf("lengths %v, want the second %g times the first", lengths, c.ratio)
			}
			if len(root.find("text", fmt.Sprintf("value %g", c.values[0]))) != 1 {
				t.Error("the value is not written at the bar")
			}
		})
	}
}

// TestLegend wants every name of a legend to be within the drawing, apart from the others.
func TestLegend(t *testing.T) {
	t.Parallel()
	d := &plot.Dots{Title: "t", Axis: plot.Axis{Title: "a", Log: true, Format: plain}}
	row := plot.Dot{Name: "n"}
	for i := range 12 {
		d.Kinds = append(d.Kinds, plot.Kind{Name: fmt.Sprintf("a longer name %d", i)})
		row.Values = append(row.Values, 1)
	}
	d.Rows = append(d.Rows, row)
	root := draw(t, d)
	var x, y float64
	for i := range 12 {
		name := root.find("text", fmt.Sprintf("a longer name %d", i))[0]
		if end := name.float(t, "x") + 100; end > 860 {
			t.Errorf("name %d ends at %v", i, end)
		}
		if name.float(t, "y") == y && name.float(t, "x") < x+100 || name.float(t, "y") < y {
			t.Errorf("name %d is in the one before", i)
		}
		x, y = name.float(t, "x"), name.float(t, "y")
	}
	if row := root.find("text", "n")[0]; row.float(t, "y") < y+10 {
		t.Errorf("the legend ends at %v, in the first row at %v", y, row.float(t, "y"))
	}
}

// TestLegendOfBars wants the legend of bars to have the kinds that are drawn, and no other.
func TestLegendOfBars(t *testing.T) {
	t.Parallel()
	root := draw(t, &plot.Bars{
		Title: "t", Axis: plot.Axis{Title: "a", Log: true, Format: plain},
		Kinds: []plot.Kind{{Name: "nobody"}, {Name: "somebody"}, {Name: "missing"}},
		Bars:  []plot.Bar{{Name: "n", Kind: 1, Value: 5, Low: 5, High: 5}, {Name: "m", Kind: 2, Missing: true, Text: "cannot"}},
	})
	for name, want := range map[string]int{"nobody": 0, "somebody": 1, "missing": 0} {
		if got := len(root.find("text", name)); got != want {
			t.Errorf("%q stands there %d times, want %d", name, got, want)
		}
	}
}

// TestMissing wants a bar without a value to say so, and no bar.
func TestMissing(t *testing.T) {
	t.Parallel()
	root := draw(t, &plot.Bars{Title: "t", Axis: plot.Axis{Title: "a", Log: true, Format: plain}, Kinds: []plot.Kind{{Name: "k"}}, Bars: []plot.Bar{
		{Name: "n", Missing: true, Text: "cannot: for a reason"},
	}})
	if len(root.find("text", "cannot: for a reason")) != 1 {
		t.Error("nothing says why there is no bar")
	}
	for _, rect := range root.find("rect", "") {
		if rect.attribute("height") == "16" {
			t.Error("a bar without a value")
		}
	}
}

// TestLabelsApart wants the names of lines that end at one point to be legible, and none outside of the field.
func TestLabelsApart(t *testing.T) {
	t.Parallel()
	l := &plot.Lines{Title: "t", X: plot.Axis{Title: "x", Log: true, Format: plain}, Y: plot.Axis{Title: "y", Log: true, Format: plain}}
	for i := range 9 {
		l.Series = append(l.Series, plot.Series{Name: fmt.Sprintf("line %d", i), Points: []plot.Point{{1, 1000, 1000, 1000}, {10, 10, 10, 10}}})
	}
	root := draw(t, l)
	var last float64
	for i := range 9 {
		found := root.find("text", fmt.Sprintf("line %d, 10 ns", i))
		if len(found) != 1 {
			t.Fatalf("line %d has %d names", i, len(found))
		}
		y := found[0].float(t, "y")
		if i > 0 && y-last < 14 {
			t.Errorf("line %d is at %v, the one before at %v", i, y, last)
		}
		if y < 40 || y > 400 {
			t.Errorf("line %d is outside: %v", i, y)
		}
		last = y
	}
}

func TestNoPlace(t *testing.T) {
	t.Parallel()
	axis := plot.Axis{Title: "time", Log: true, Format: plain}
	for name, chart := range map[string]drawing{
		"bars":  &plot.Bars{Axis: axis, Kinds: []plot.Kind{{}}, Bars: []plot.Bar{{Value: 0}}},
		"lines": &plot.Lines{X: axis, Y: axis, Series: []plot.Series{{Points: []plot.Point{{1, -1, -1, -1}}}}},
		"dots":  &plot.Dots{Axis: axis, Kinds: []plot.Kind{{}}, Rows: []plot.Dot{{Values: []float64{-1}}}},
	} {
		if _, err := chart.SVG(); err == nil || !strings.Contains(err.Error(), "logarithmic") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
