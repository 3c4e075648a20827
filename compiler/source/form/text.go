package form

import (
	"unicode/utf8"

	"github.com/lictor-dev/lictor/compiler/diag"
)

// Text is a string with its place, such as a name or a reference to one. An absent key is the zero
// Text, whose place has no file.
type Text struct {
	Value string
	Pos   diag.Pos
	Lead  int8 // code points from Pos to the first of Value: 1 for a quote, -1 when it is not written as it reads
}

// Set reports whether the text was written, even if empty.
func (t Text) Set() bool { return t.Pos.File != "" }

// At returns the place of the byte at offset in the text, or the place of the whole text where the
// file does not show the text as it reads.
func (t Text) At(offset int) diag.Pos {
	pos := t.Pos
	if t.Lead >= 0 {
		pos.Col += int(t.Lead) + utf8.RuneCountInString(t.Value[:min(offset, len(t.Value))])
	}
	return pos
}

// Width returns the code points that the text takes in its file, quotes included, for
// [diag.Diagnostic.Width]; 1 where that is not known.
func (t Text) Width() int {
	if t.Lead < 0 {
		return 1
	}
	return max(1, utf8.RuneCountInString(t.Value)+2*int(t.Lead))
}

// Errorf adds an error about the text to list, as [diag.List.Errorf] does.
func (t Text) Errorf(list *diag.List, code, format string, args ...any) *diag.Diagnostic {
	d := list.Errorf(code, t.Pos, format, args...)
	d.Width = t.Width()
	return d
}

// Warnf adds a warning about the text to list.
func (t Text) Warnf(list *diag.List, code, format string, args ...any) *diag.Diagnostic {
	d := t.Errorf(list, code, format, args...)
	d.Severity = diag.Warning
	return d
}
