package value

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
	"unsafe"
)

// Scanner reads objects of a known form without copying their names and texts, which share the memory of the text. It
// says neither what is wrong nor where, and it refuses strings with escapes: whoever is refused reads the text again with
// [Parse], which has the last word. What a Scanner reads to its end Parse reads too, and as the same, with one exception:
// whether a name comes twice is the caller's to find out.
//
// A refusal stays: what is read after it means nothing, and [Scanner.Done] does not report true.
type Scanner struct {
	text    []byte
	at      int
	refused bool
}

// NewScanner returns a Scanner that stands before the one value of a text.
func NewScanner(text []byte) Scanner { return Scanner{text: text} }

// Refuse gives up.
func (s *Scanner) Refuse() { s.refused = true }

// Done reports whether the text was read to its end and nothing was refused.
func (s *Scanner) Done() bool { return s.next() == 0 && s.at == len(s.text) && !s.refused }

// Skip goes on behind a part of the text, or stays where it is when something else comes.
func (s *Scanner) Skip(part string) bool {
	if rest := s.text[s.at:]; len(rest) < len(part) || string(rest[:len(part)]) != part {
		return false
	}
	s.at += len(part)
	return true
}

// next returns the first byte that is no space, 0 at the end of the text.
func (s *Scanner) next() byte {
	if s.at < len(s.text) && s.text[s.at] > ' ' {
		return s.text[s.at]
	}
	return s.nextAfterSpace()
}

func (s *Scanner) nextAfterSpace() byte {
	for s.at < len(s.text) {
		switch c := s.text[s.at]; c {
		case ' ', '\t', '\n', '\r':
			s.at++
		default:
			return c
		}
	}
	return 0
}

// First enters an object and returns the name of its first member; no more for an empty one, and for what is no object.
// The value of the member must be read before the next one's name.
func (s *Scanner) First() (name string, more bool) {
	if s.next() != '{' {
		s.refused = true
		return "", false
	}
	s.at++
	if s.next() == '}' {
		s.at++
		return "", false
	}
	return s.name()
}

// Next returns the name of the object's next member; no more at its end, and after a refusal.
func (s *Scanner) Next() (name string, more bool) {
	switch s.next() {
	case ',':
		s.at++
		return s.name()
	case '}':
		s.at++
	default:
		s.refused = true
	}
	return "", false
}

func (s *Scanner) name() (name string, ok bool) {
	name = s.Text()
	if s.refused || s.next() != ':' {
		s.refused = true
		return "", false
	}
	s.at++
	return name, true
}

// Text reads a string.
func (s *Scanner) Text() string {
	if s.next() != '"' {
		s.refused = true
		return ""
	}
	rest := s.text[s.at+1:]
	var n int
	if found := firstSpecial(rest); found != 0 { // most strings are shorter than a word
		n = bits.TrailingZeros64(found) / 8
	} else {
		n = asciiPrefix(rest)
	}
	if n == len(rest) || rest[n] != '"' {
		if n = unspecial(rest); n == len(rest) || rest[n] != '"' || !utf8.Valid(rest[:n]) {
			s.refused = true
			return ""
		}
	}
	s.at += n + 2
	return unsafe.String(unsafe.SliceData(rest), n)
}

// TextBehind is Skip of a part that ends with a quotation mark, and then Text for the string that this begins. Where something else
// comes, and for a string that is empty or of more than ASCII without escapes, it returns "" and stays where it is.
func (s *Scanner) TextBehind(part string) string {
	rest := s.text[s.at:]
	if len(rest) < len(part) || string(rest[:len(part)]) != part {
		return ""
	}
	rest = rest[len(part):]
	n := asciiPrefix(rest)
	if n == 0 || n == len(rest) || rest[n] != '"' {
		return ""
	}
	s.at += len(part) + n + 1
	return unsafe.String(unsafe.SliceData(rest), n)
}

// firstSpecial is special for the first eight bytes of text; 0 where there are none.
func firstSpecial(text []byte) uint64 {
	if len(text) < 8 {
		return 0
	}
	return special(binary.LittleEndian.Uint64(text))
}

// unspecial returns how many bytes at the start of text need no attention in a string: no control character, quotation
// mark or backslash.
func unspecial(text []byte) int {
	at := 0
	for at < len(text) && text[at] != '"' && text[at] != '\\' && text[at] >= ' ' {
		at++
	}
	return at
}

// AppendObject reads an object, which is within depth others, and appends its value to dst.
func (s *Scanner) AppendObject(dst []byte, depth int) []byte {
	if s.next() != '{' || s.refused {
		s.refused = true
		return dst
	}
	p := parser{text: s.text, at: s.at, dst: dst}
	if p.object(depth) != nil {
		s.refused = true
		return dst
	}
	s.at = p.at
	return p.dst
}
