package table

import (
	"errors"
	"strconv"
	"strings"
)

// errUnknownKind says that an expression is of no kind that this engine evaluates. Tables that were proven hold none.
var errUnknownKind = errors.New("unknown kind of expression")

// partError says which part of tables an engine cannot be made of. Package fmt would do, if this package were not part of the
// guest module, where fmt costs more than all of our code.
type partError struct {
	kind, name string
	err        error
}

func (e *partError) Error() string {
	return e.kind + " " + strconv.Quote(e.name) + ": " + e.err.Error()
}

// Unwrap returns what is wrong with the part.
func (e *partError) Unwrap() error { return e.err }

// quote quotes an author's text, shortened.
func quote(s string) string {
	const most = 80
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "")
	}
	return strconv.Quote(s)
}
