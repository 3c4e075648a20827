package condition

import (
	"strings"
	"unicode/utf8"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/compiler/diag"
)

// errorf adds an error about the source at loc and returns it for its hint.
func (r *reader) errorf(code string, loc *ast.Location, format string, args ...any) *diag.Diagnostic {
	if loc == nil {
		return r.errorAt(code, 0, format, args...)
	}
	line, _, _ := strings.Cut(string(loc.Text), "\n")
	d := r.errorAt(code, loc.Offset, format, args...)
	d.Width = utf8.RuneCountInString(line)
	return d
}

// errorAt adds an error about the character at a byte of the text.
func (r *reader) errorAt(code string, offset int, format string, args ...any) *diag.Diagnostic {
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

func (r *reader) unsupported(loc *ast.Location, what, hint string) policy.Expr {
	if hint == "" {
		hint = "conditions are comparisons, membership, \"not\" and the string, number, set, network and regex.match operations"
	}
	r.errorf(CodeUnsupported, loc, "%s is not supported in a condition", what).Hint = hint
	return nil
}
