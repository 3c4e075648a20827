// Package plot draws charts as SVG: small, the same bytes for the same numbers, readable on light and dark pages, with every value also as text.
package plot

import (
	"bytes"
	"encoding/xml"
	"strconv"
)

// node is an element of a drawing.
type node struct {
	XMLName xml.Name
	Attrs   []xml.Attr `xml:",any,attr"`
	Text    string     `xml:",chardata"`
	Nodes   []*node
}

// element returns an element; attributes come as names and values in turn.
func element(name string, attributes ...string) *node {
	n := &node{XMLName: xml.Name{Local: name}}
	for i := 0; i+1 < len(attributes); i += 2 {
		n.Attrs = append(n.Attrs, xml.Attr{Name: xml.Name{Local: attributes[i]}, Value: attributes[i+1]})
	}
	return n
}

func (n *node) add(nodes ...*node) { n.Nodes = append(n.Nodes, nodes...) }

// number writes a coordinate with one decimal at most.
func number(x float64) string {
	text := strconv.FormatFloat(x, 'f', 1, 64)
	if whole, ok := bytes.CutSuffix([]byte(text), []byte(".0")); ok {
		return string(whole)
	}
	return text
}

// text returns a text whose class says how it looks and where its anchor is.
func text(x, y float64, class, content string) *node {
	n := element("text", "x", number(x), "y", number(y))
	n.Text = content
	if class != "" {
		n.class(class)
	}
	return n
}

func line(x1, y1, x2, y2 float64) *node {
	return element("line", "x1", number(x1), "y1", number(y1), "x2", number(x2), "y2", number(y2))
}

func (n *node) class(name string) *node {
	n.Attrs = append(n.Attrs, xml.Attr{Name: xml.Name{Local: "class"}, Value: name})
	return n
}

// canvas is a drawing that grows downwards.
type canvas struct {
	root          *node
	width, height float64
}

// width of every drawing, and of the column with the names of rows.
const (
	width  = 860
	margin = 16
	names  = 172
)

// newCanvas returns a drawing of a height with its heading, and what it shows in words for those who do not see it.
func newCanvas(title, description string, height float64) *canvas {
	c := &canvas{width: width, height: height}
	c.root = element("svg", "xmlns", "http://www.w3.org/2000/svg", "viewBox", "0 0 "+number(width)+" "+number(height),
		"width", number(width), "height", number(height), "role", "img", "aria-labelledby", "title description")
	head, words, style := element("title", "id", "title"), element("desc", "id", "description"), element("style")
	head.Text, words.Text, style.Text = title, description, theme
	c.root.add(head, words, style, element("rect", "width", "100%", "height", "100%", "class", "page"),
		text(margin, 26, "head", title))
	return c
}

// bytes returns the file.
func (c *canvas) bytes() ([]byte, error) {
	var b bytes.Buffer
	b.WriteString(xml.Header)
	e := xml.NewEncoder(&b)
	e.Indent("", " ")
	if err := e.Encode(c.root); err != nil {
		return nil, err
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}
