// Package diag holds diagnostics: what is wrong with an author's definitions, where, and what to do.
//
// A diagnostic has a stable code, a position, a message and a hint. A [List] collects all of them; it
// is never cut off at the first.
package diag

// Pos is a place in a definition file.
type Pos struct {
	File string // path below the project's folder, with forward slashes
	Line int    // counted from 1; 0 when the whole file is meant
	Col  int    // counted in code points from 1; 0 when the whole line is meant
}

// Severity says whether a diagnostic stops the build.
type Severity uint8

// The severities.
const (
	Error   Severity = iota // the bundle is not built
	Warning                 // legal and probably wrong; stops the build only when strict
)

// Diagnostic is one fault in the definitions.
type Diagnostic struct {
	Code     string // "E0104" or "W0203": stable, listed in CODES.md
	Severity Severity
	Pos      Pos
	Width    int    // code points the caret line underlines; at least 1 is drawn
	Message  string // lower case, no period
	Hint     string // what to do about it; may be empty
	Related  []Related
}

// Related points at another place that a diagnostic is about, such as the first of two definitions.
type Related struct {
	Pos     Pos
	Message string
}
