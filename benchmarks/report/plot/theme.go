package plot

// theme is how drawings look on light pages and, where the reader prefers them, on dark ones. The background is the drawing's own, so
// that it is readable on any page. Colours of lines are told apart by those who see few colours, and by their marks and dashes.
const theme = `
text{font:12px system-ui,-apple-system,"Segoe UI",Helvetica,Arial,sans-serif;fill:#1f2328}
.head{font-size:15px;font-weight:600}
.end{text-anchor:end}.mid{text-anchor:middle}
.soft{fill:#59636e}
.page{fill:#ffffff}
.grid{stroke:#d1d9e0;stroke-width:1}
.axis{stroke:#59636e;stroke-width:1}
.range{stroke:#1f2328;stroke-width:1.5}
.line{fill:none;stroke-width:1.75}.mark{stroke-width:1.5}
.c0{fill:#0969da;stroke:#0969da}.c1{fill:#8250df;stroke:#8250df}.c2{fill:#1b7c83;stroke:#1b7c83}
.c3{fill:#bc4c00;stroke:#bc4c00}.c4{fill:#9a6700;stroke:#9a6700}.c5{fill:#1a7f37;stroke:#1a7f37}
.c6{fill:#cf222e;stroke:#cf222e}.c7{fill:#bf3989;stroke:#bf3989}.c8{fill:#59636e;stroke:#59636e}
.line.c0,.line.c1,.line.c2,.line.c3,.line.c4,.line.c5,.line.c6,.line.c7,.line.c8,.open{fill:none}
@media (prefers-color-scheme:dark){
text{fill:#f0f6fc}.soft{fill:#a6afb8}.page{fill:#0d1117}.grid{stroke:#3d444d}.axis{stroke:#a6afb8}.range{stroke:#f0f6fc}
.c0{fill:#4493f8;stroke:#4493f8}.c1{fill:#ab7df8;stroke:#ab7df8}.c2{fill:#39c5cf;stroke:#39c5cf}
.c3{fill:#f0883e;stroke:#f0883e}.c4{fill:#d29922;stroke:#d29922}.c5{fill:#3fb950;stroke:#3fb950}
.c6{fill:#f85149;stroke:#f85149}.c7{fill:#db61a2;stroke:#db61a2}.c8{fill:#a6afb8;stroke:#a6afb8}
.line.c0,.line.c1,.line.c2,.line.c3,.line.c4,.line.c5,.line.c6,.line.c7,.line.c8,.open{fill:none}
}
`

// Style is how a series looks: a colour, a mark and a dash.
type Style struct {
	Colour int    // 0 to 8; 0 to 2 are for ours, 8 is grey
	Mark   Mark   // at every value
	Dash   string // of the line, as SVG writes it; empty: none
}

// Mark is the shape at a value.
type Mark int

// The marks that there are.
const (
	Circle Mark = iota
	Square
	Triangle
	Diamond
	Cross
	Ring
)

func (s Style) class() string { return "c" + number(float64(s.Colour)) }

// draw returns the mark at a point.
func (s Style) draw(x, y float64) *node {
	class := "mark " + s.class()
	at := func(dx, dy float64) string { return number(x+dx) + " " + number(y+dy) + " " }
	path := func(d string) *node { return element("path", "d", d, "class", class) }
	switch s.Mark {
	case Square:
		return element("rect", "x", number(x-4), "y", number(y-4), "width", "8", "height", "8", "class", class)
	case Triangle:
		return path("M" + at(0, -5) + "L" + at(5, 4) + "L" + at(-5, 4) + "Z")
	case Diamond:
		return path("M" + at(0, -5.5) + "L" + at(5.5, 0) + "L" + at(0, 5.5) + "L" + at(-5.5, 0) + "Z")
	case Cross:
		return path("M" + at(-4, -4) + "L" + at(4, 4) + "M" + at(-4, 4) + "L" + at(4, -4))
	case Ring:
		return element("circle", "cx", number(x), "cy", number(y), "r", "4.5", "class", class+" open")
	default:
		return element("circle", "cx", number(x), "cy", number(y), "r", "4.5", "class", class)
	}
}
