package golden

import (
	"errors"
	"strconv"
	"strings"
)

// ErrNotKept says that a bundle carries tests which were not kept when it was opened, so that nobody can tell
// whether they hold.
var ErrNotKept = errors.New("the bundle carries tests, and they were not kept when it was opened")

// MismatchError says that an engine does not reproduce the golden decisions of a bundle.
type MismatchError struct {
	First  []Mismatch // the first that fail, at most 3
	Failed int        // how many fail in all
	Total  int        // of how many
}

func (e *MismatchError) Error() string {
	texts := make([]string, 0, maxNamed+1)
	for i := range e.First {
		texts = append(texts, e.First[i].String())
	}
	if more := e.Failed - len(e.First); more > 0 {
		texts = append(texts, "and "+strconv.Itoa(more)+" more")
	}
	return strconv.Itoa(e.Failed) + " of the " + strconv.Itoa(e.Total) + " tests in the bundle fail on this engine: " + strings.Join(texts, "; ")
}

// SyntaxError says why a text is not what [Encode] writes.
type SyntaxError struct {
	Test   int    // which test, counted from 1; 0 for the text as a whole
	Reason string // to be read after what it is about: "is not JSON"
	Err    error  // a [*value.SyntaxError], an [*input.MemberError], or nil
}

func (e *SyntaxError) Error() string {
	where := "the tests in the bundle"
	if e.Test > 0 {
		where = "test " + strconv.Itoa(e.Test) + " in the bundle"
	}
	if e.Err != nil {
		return where + ": " + e.Reason + ": " + e.Err.Error()
	}
	return where + ": " + e.Reason
}

// Unwrap returns Err.
func (e *SyntaxError) Unwrap() error { return e.Err }

// LimitError says that there are more tests than a bundle may carry.
type LimitError struct {
	What  string // "tests" or "bytes of tests"
	Got   int
	Limit int
}

func (e *LimitError) Error() string {
	return strconv.Itoa(e.Got) + " " + e.What + ", and a bundle carries at most " + strconv.Itoa(e.Limit)
}

const (
	maxNamed  = 3  // tests in one message
	maxQuoted = 80 // bytes of an author's text in a message
)

// quote quotes an author's text, shortened.
func quote(s string) string { return strconv.Quote(capped(s)) }

func capped(s string) string {
	if len(s) > maxQuoted {
		return strings.ToValidUTF8(s[:maxQuoted], "") + "…"
	}
	return s
}
