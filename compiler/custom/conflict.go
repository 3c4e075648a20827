package custom

import (
	"strings"

	"github.com/lictor-dev/lictor/compiler/diag"
	"github.com/lictor-dev/lictor/compiler/source"
)

// Conflict adds the error that a rule has two values for a request. at is its place in the bundle, and message what
// OPA says.
func Conflict(d *source.Definitions, at diag.Pos, message string, list *diag.List) {
	for _, m := range d.Modules {
		if member(m.File) == at.File {
			at.File = m.File
		}
	}
	message, _, _ = strings.Cut(message, "\n")
	said := list.Errorf(CodeValues, at, "a request gets two values: %s", strings.TrimSuffix(message, ":"))
	said.Hint = "let conditions exclude one another, or write \"else\" between them"
}
