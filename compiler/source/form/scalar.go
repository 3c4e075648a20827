package form

import (
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"github.com/lictor-dev/lictor/compiler/diag"
)

// scalar is what a YAML scalar stands for when it is read as JSON.
type scalar uint8

const (
	null scalar = iota
	boolean
	number
	text
	unclear // a value in some version of YAML that JSON does not have: ~, True, .nan, 0x1F, 007, 1_000
)

var scalarNames = [...]string{"nothing", "true or false", "a number", "text", "an unclear value"}

const quotedStyles = yaml.SingleQuotedStyle | yaml.DoubleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle

// classify returns what a scalar without a tag of its own stands for.
func classify(n *yaml.Node) scalar {
	switch {
	case n.Style&quotedStyles != 0:
		return text
	case n.Value == "", n.Value == "null":
		return null
	case n.Value == "true", n.Value == "false":
		return boolean
	case isNumber(n.Value):
		return number
	}
	switch n.Tag {
	case "!!str", "!!timestamp", "!!merge":
		return text
	}
	return unclear
}

// isNumber reports whether s is a number of JSON; RFC 8259, section 6.
func isNumber(s string) bool {
	s = strings.TrimPrefix(s, "-")
	whole, rest := digits(s)
	if whole == 0 || whole > 1 && s[0] == '0' {
		return false
	}
	if strings.HasPrefix(rest, ".") {
		n, tail := digits(rest[1:])
		if n == 0 {
			return false
		}
		rest = tail
	}
	if rest != "" && (rest[0] == 'e' || rest[0] == 'E') {
		rest = rest[1:]
		if rest != "" && (rest[0] == '+' || rest[0] == '-') {
			rest = rest[1:]
		}
		n, tail := digits(rest)
		if n == 0 {
			return false
		}
		rest = tail
	}
	return rest == ""
}

// digits returns how many decimal digits s starts with, and what follows them.
func digits(s string) (n int, rest string) {
	for n < len(s) && '0' <= s[n] && s[n] <= '9' {
		n++
	}
	return n, s[n:]
}

// farRight is the column from which a text is only pointed at as a whole, so that finding texts in one
// very long line costs no more than its length.
const farRight = 4096

// shows reports whether the file holds the text in one line, as it reads: one that goes over several lines
// does not.
func (r *Reader) shows(t Text) bool {
	if t.Pos.Line > len(r.lines) || t.Pos.Col > farRight {
		return false
	}
	line := r.lines[t.Pos.Line-1]
	for skip := t.Pos.Col - 1 + int(t.Lead); skip > 0 && line != ""; skip-- {
		_, size := utf8.DecodeRuneInString(line)
		line = line[size:]
	}
	return strings.HasPrefix(line, t.Value)
}

// lead returns [Text.Lead] for a scalar, as far as its style tells.
func lead(n *yaml.Node) int8 {
	switch {
	case n.Anchor != "", n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		return -1
	case n.Style&yaml.DoubleQuotedStyle != 0:
		return leadQuoted(n.Value, "\"\\\n\t\u0000")
	case n.Style&yaml.SingleQuotedStyle != 0:
		return leadQuoted(n.Value, "'\n")
	}
	return 0
}

// leadQuoted returns 1 unless the value holds one of the characters that quoting writes otherwise.
func leadQuoted(value, escaped string) int8 {
	if strings.ContainsAny(value, escaped) {
		return -1
	}
	return 1
}

// At returns the place of a node. A value that is left out at the end of a file stands at the end: the YAML
// parser puts it into a line that does not exist.
func (r *Reader) At(n *yaml.Node) diag.Pos {
	pos := diag.Pos{File: r.File, Line: n.Line, Col: n.Column}
	if pos.Compare(r.end) > 0 {
		return r.end
	}
	return pos
}

// textOf returns a scalar as a Text, whatever it stands for.
func (r *Reader) textOf(n *yaml.Node) Text {
	t := Text{Value: n.Value, Pos: r.At(n), Lead: lead(n)}
	if t.Lead >= 0 && !r.shows(t) {
		t.Lead = -1
	}
	return t
}

// Errorf adds an error about a node.
func (r *Reader) Errorf(n *yaml.Node, code, format string, args ...any) *diag.Diagnostic {
	d := r.List.Errorf(code, r.At(n), format, args...)
	d.Width = 1
	if n.Kind == yaml.ScalarNode {
		d.Width = r.textOf(n).Width()
	}
	return d
}

// expected adds the error that a node is not of the kind that is wanted there.
func (r *Reader) expected(n *yaml.Node, want string) {
	d := r.Errorf(n, wrongType, "expected %s, got %s", want, describe(n))
	if n.Kind == yaml.ScalarNode && want == "text" && utf8.RuneCountInString(n.Value) <= 40 {
		if kind := classify(n); kind == number || kind == boolean {
			d.Hint = "put quotes around it: " + diag.Quote(n.Value)
		}
	}
}

func describe(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	}
	return scalarNames[classify(n)]
}

// scalar returns what n stands for when it is a scalar that JSON can express, and otherwise reports
// why not, saying what is wanted.
func (r *Reader) scalar(n *yaml.Node, want string) (scalar, bool) {
	if n.Kind != yaml.ScalarNode {
		r.expected(n, want)
		return null, false
	}
	kind := classify(n)
	if kind == unclear {
		d := r.Errorf(n, notJSON, "%s is not a JSON value", diag.Quote(n.Value))
		d.Hint = "put quotes around text, and write true, false, null and numbers as JSON does"
		return kind, false
	}
	return kind, true
}
