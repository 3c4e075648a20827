package form

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
	"go.yaml.in/yaml/v4/plugin/loaderlimits"

	"github.com/lictor-dev/lictor/compiler/diag"
)

// Bounds of one file. Beyond them it is not read.
const (
	maxDepth    = 100     // lists and mappings within one another
	maxExpanded = 1 << 20 // values that aliases may add to a file, long text counted as several
)

// Reader reads one file.
type Reader struct {
	File       string     // its path, for diagnostics
	List       *diag.List // where mistakes are reported
	Incomplete bool       // something was passed over that may define names

	lines []string // of the text
	end   diag.Pos // where it ends
}

// Read reads a file's text, of one YAML document, as the form says, and reports all its mistakes to
// r.List. What could be read is in the result.
func Read[T any](r *Reader, text []byte, f Form[T]) (into T) {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	if !r.checkText(text) {
		r.Incomplete = true
		return into
	}
	root, ok := r.parse(text)
	if !ok {
		r.Incomplete = true
		return into
	}
	if root, ok := r.node(root, root); ok {
		f.Read(r, root, &into)
	}
	return into
}

// checkText reports bytes that no YAML file may hold.
func (r *Reader) checkText(text []byte) bool {
	for at := 0; at < len(text); {
		c, size := rune(text[at]), 1
		if c >= utf8.RuneSelf {
			c, size = utf8.DecodeRune(text[at:])
		}
		switch {
		case c == utf8.RuneError && size == 1:
			r.List.Errorf(notUTF8, r.locate(text[:at]), "byte 0x%02X is not UTF-8", text[at])
			return false
		case c < ' ' && c != '\t' && c != '\n' && c != '\r', c == 0x7F, c == '\ufeff':
			r.List.Errorf(notYAML, r.locate(text[:at]), "character %U is not allowed in YAML", c)
			return false
		}
		at += size
	}
	return true
}

// locate returns the place that follows the text before it.
func (r *Reader) locate(before []byte) diag.Pos { return r.endOf(diag.Lines(string(before))) }

// endOf returns the place that follows lines.
func (r *Reader) endOf(lines []string) diag.Pos {
	last := lines[len(lines)-1]
	return diag.Pos{File: r.File, Line: len(lines), Col: utf8.RuneCountInString(last) + 1}
}

var errTooDeep = errors.New("nested too deeply")

// parse returns the root of the file's only document. An empty file is an empty mapping.
func (r *Reader) parse(text []byte) (*yaml.Node, bool) {
	r.lines = diag.Lines(string(text))
	r.end = r.endOf(r.lines)
	limits := loaderlimits.New(loaderlimits.AliasNone(), loaderlimits.DepthFunc(func(depth int, _ *loaderlimits.DepthContext) error {
		if depth > maxDepth {
			return errTooDeep
		}
		return nil
	}))
	loader, err := yaml.NewLoader(bytes.NewReader(text), yaml.WithPlugin(limits))
	if err != nil {
		panic("BUG: the options of the YAML reader are wrong: " + err.Error())
	}
	var first, second yaml.Node
	switch err := loader.Load(&first); {
	case errors.Is(err, io.EOF):
		return &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Line: 1, Column: 1}, true
	case err != nil:
		r.syntaxError(err, text)
		return nil, false
	}
	switch err := loader.Load(&second); {
	case err == nil:
		r.List.Errorf(manyDocuments, r.At(&second), "a second document starts here").Hint = "put it in a file of its own"
		return nil, false
	case !errors.Is(err, io.EOF):
		r.syntaxError(err, text)
		return nil, false
	}
	return first.Content[0], r.checkAliases(first.Content[0])
}

// syntaxError reports what the YAML parser says, at its place.
func (r *Reader) syntaxError(err error, text []byte) {
	pos, code, message := r.locate(text), notYAML, err.Error()
	var load *yaml.LoadError
	if errors.As(err, &load) {
		message = load.Message
		if load.ContextMsg != "" {
			message = load.ContextMsg + ": " + message
		}
		if load.Mark.Line > 0 && (load.Mark.Line < pos.Line || load.Mark.Line == pos.Line && load.Mark.Column <= pos.Col) {
			pos.Line, pos.Col = load.Mark.Line, max(1, load.Mark.Column)
		}
	}
	if errors.Is(err, errTooDeep) || strings.Contains(message, errTooDeep.Error()) {
		code, message = tooLarge, "lists and mappings are nested too deeply"
	}
	r.List.Errorf(code, pos, "%s", message)
}

// checkAliases reports an alias inside what it stands for, and aliases that multiply a file beyond
// [maxExpanded].
func (r *Reader) checkAliases(root *yaml.Node) bool {
	e := expansion{sizes: map[*yaml.Node]int{}}
	if e.size(root); e.culprit != nil {
		r.Errorf(e.culprit, tooLarge, "aliases stand for more than %d values", maxExpanded)
		return false
	}
	if e.cycle != nil {
		r.Errorf(e.cycle, notPlainYAML, "alias %s is inside what it stands for", diag.Quote(e.cycle.Value))
		return false
	}
	return true
}

// expansion counts what aliases stand for. Each anchor is counted once.
type expansion struct {
	sizes   map[*yaml.Node]int // of anchored nodes; -1 while one is being counted
	added   int
	cycle   *yaml.Node // the first alias inside its own anchor
	culprit *yaml.Node // the first alias beyond the bound
}

// size returns the nodes that n stands for through aliases, at most a little above maxExpanded.
func (e *expansion) size(n *yaml.Node) int {
	if n.Kind == yaml.AliasNode {
		return e.aliasSize(n)
	}
	if n.Anchor == "" {
		return e.sum(n)
	}
	if size, ok := e.sizes[n]; ok {
		return max(size, 0)
	}
	e.sizes[n] = -1
	size := e.sum(n)
	e.sizes[n] = size
	return size
}

func (e *expansion) aliasSize(n *yaml.Node) int {
	size, ok := e.sizes[n.Alias]
	if ok && size < 0 {
		if e.cycle == nil {
			e.cycle = n
		}
		return 0
	}
	size = min(e.size(n.Alias)+1, maxExpanded+1)
	if e.added += size; e.added > maxExpanded && e.culprit == nil {
		e.culprit = n
	}
	return size
}

func (e *expansion) sum(n *yaml.Node) int {
	total := 1 + len(n.Value)/64
	for _, child := range n.Content {
		total = min(total+e.size(child), maxExpanded+1)
	}
	return total
}

// node returns what a node of the file stands for: for an alias what it points at. It reports nodes that JSON
// has no form for. A value that is left out gets the place of the node before it.
func (r *Reader) node(n, before *yaml.Node) (*yaml.Node, bool) {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if tagged(n) {
		d := r.Errorf(n, notPlainYAML, "tags are not read: %s", diag.Quote(n.Tag))
		d.Width, d.Hint = utf8.RuneCountInString(n.Tag), "put quotes around text instead"
		return n, false
	}
	if n.Kind == yaml.ScalarNode && n.Value == "" && n.Style&quotedStyles == 0 {
		n.Line, n.Column = before.Line, before.Column
	}
	return n, true
}

// tagged reports whether a node carries a tag in the file.
func tagged(n *yaml.Node) bool {
	return n.Style&yaml.TaggedStyle != 0 || n.Tag == "!" && n.Kind != yaml.AliasNode
}
