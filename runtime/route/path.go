package route

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/lictor-dev/lictor/bundles/permission"
)

// Limits of a path. Whatever is beyond them is refused.
const (
	MaxPath     = permission.MaxBytes // bytes
	MaxSegments = 64
)

// PathError says why a path is refused: servers behind a proxy read such paths in different ways, so that a
// rule for the one reading would not be about what happens.
type PathError string

func (e PathError) Error() string { return string(e) }

// The reasons to refuse a path.
const (
	NotAbsolute  PathError = "path does not start with '/'"
	TooLong      PathError = "path is longer than 4096 bytes or has more than 64 segments"
	EmptySegment PathError = "path has an empty segment"
	DotSegment   PathError = "path has a segment that stands for another folder"
	BadEscape    PathError = "path has a '%' that is not followed by two hexadecimal digits"
	DoubleEscape PathError = "path has an escape within an escape"
	HiddenSlash  PathError = "path has a slash or a backslash within a segment"
	Parameter    PathError = "path has a ';'"
	BadCharacter PathError = "path has a control character, a space, a '?' or a '#'"
	NotText      PathError = "path is not valid UTF-8"
	noFault      PathError = ""
)

// Path is a path in parts, percent-decoded once. It is reused storage and belongs to one goroutine.
type Path struct {
	segments [MaxSegments]string
	count    int
	trailing bool // ends with '/', which no rule binds
	buf      []byte
}

// Parse reads the path of a request as it stands in the request line, percent-encoded and without query.
// Upper and lower case stay apart, and nothing is made regular: what is not regular is an error, always a
// [PathError]. The parts share the memory of raw and of p.
func (p *Path) Parse(raw string) error {
	if fault := p.parse(raw); fault != noFault {
		return fault
	}
	return nil
}

// parse is Parse without making an error of what is wrong.
func (p *Path) parse(raw string) PathError {
	p.count, p.trailing, p.buf = 0, false, p.buf[:0]
	switch {
	case raw == "" || raw[0] != '/':
		return NotAbsolute
	case len(raw) > MaxPath:
		return TooLong
	case !utf8.ValidString(raw):
		return NotText
	}
	p.buf = slices.Grow(p.buf, len(raw)) // decoding never makes a path longer, so parts stay where they are
	for rest, more := raw[1:], raw != "/"; more; {
		var segment string
		segment, rest, more = strings.Cut(rest, "/")
		if segment == "" && !more {
			p.trailing = true
			break
		}
		if p.count == MaxSegments {
			return TooLong
		}
		text, fault := p.segment(segment)
		if fault != noFault {
			return fault
		}
		p.segments[p.count] = text
		p.count++
	}
	return noFault
}

// Segments returns the parts of the path, none for "/". The next call of Parse overwrites them.
func (p *Path) Segments() []string { return p.segments[:p.count] }

// Trailing reports whether the path ends with '/' behind its last part.
func (p *Path) Trailing() bool { return p.trailing }
