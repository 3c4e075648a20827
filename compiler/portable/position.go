package portable

import (
	"strings"
	"unicode/utf8"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/lictor-dev/lictor/compiler/diag"
	"github.com/lictor-dev/lictor/compiler/source"
)

// reporter adds diagnostics about one text.
type reporter struct {
	text source.Text
	list *diag.List
}

// errorf adds an error about the source at loc and returns it for its hint.
func (r *reporter) errorf(code string, loc *ast.Location, format string, args ...any) *diag.Diagnostic {
	if loc == nil {
		return r.errorAt(code, 0, format, args...)
	}
	line, _, _ := strings.Cut(string(loc.Text), "\n")
	d := r.errorAt(code, loc.Offset, format, args...)
	d.Width = utf8.RuneCountInString(line)
	return d
}

// errorAt adds an error about the character at a byte of the text.
func (r *reporter) errorAt(code string, offset int, format string, args ...any) *diag.Diagnostic {
	d := r.list.Errorf(code, r.text.At(offset), format, args...)
	d.Width = 1
	return d
}

// offsetOf returns the byte offset of a row and a column, both counted from 1, the column in bytes.
func offsetOf(text string, row, col int) int {
	offset := 0
	for ; row > 1; row-- {
		next := strings.IndexByte(text[offset:], '\n')
		if next < 0 {
			break
		}
		offset += next + 1
	}
	return min(offset+col-1, len(text))
}

// unsupported adds an error about a construct that is not portable.
func (r *reporter) unsupported(loc *ast.Location, what, hint string) {
	r.errorf(CodeUnsupported, loc, "%s is not supported in a condition", what).Hint = hint
}
