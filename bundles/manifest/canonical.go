package manifest

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// maxDepth is how deep a JSON member may nest.
const maxDepth = 1000

// IsCanonical reports whether text is JSON in canonical form (rule C1 of bundles/FORMAT.md), in one pass: data is large.
func IsCanonical(text []byte) bool {
	s := scanner{text: text}
	return utf8.Valid(text) && s.value(0) && s.at == len(text)
}

// scanner recognises canonical JSON.
type scanner struct {
	text []byte
	at   int
}

func (s *scanner) peek() byte {
	if s.at < len(s.text) {
		return s.text[s.at]
	}
	return 0
}

func (s *scanner) skip(word string) bool {
	if !bytes.HasPrefix(s.text[s.at:], []byte(word)) {
		return false
	}
	s.at += len(word)
	return true
}

func (s *scanner) value(depth int) bool {
	if depth > maxDepth {
		return false
	}
	switch s.peek() {
	case '{':
		return s.object(depth)
	case '[':
		return s.array(depth)
	case '"':
		_, ok := s.quoted()
		return ok
	case 't':
		return s.skip("true")
	case 'f':
		return s.skip("false")
	case 'n':
		return s.skip("null")
	default:
		return s.number()
	}
}

func (s *scanner) object(depth int) bool {
	s.at++
	var last []byte
	for first := true; !s.skip("}"); first = false {
		if !first && !s.skip(",") {
			return false
		}
		name, ok := s.quoted()
		if !ok || !first && compareNames(last, name) >= 0 {
			return false
		}
		last = name
		if !s.skip(":") || !s.value(depth+1) {
			return false
		}
	}
	return true
}

func (s *scanner) array(depth int) bool {
	s.at++
	for first := true; !s.skip("]"); first = false {
		if !first && !s.skip(",") {
			return false
		}
		if !s.value(depth + 1) {
			return false
		}
	}
	return true
}

// quoted returns the text between the quotes as it is written.
func (s *scanner) quoted() (raw []byte, ok bool) {
	if !s.skip(`"`) {
		return nil, false
	}
	start := s.at
	for s.at < len(s.text) {
		switch c := s.text[s.at]; {
		case c == '"':
			s.at++
			return s.text[start : s.at-1], true
		case c == '\\':
			if !s.escape() {
				return nil, false
			}
		case c < ' ':
			return nil, false
		case c == 0xe2 && (s.skip("\u2028") || s.skip("\u2029")): // these are escaped
			return nil, false
		default:
			s.at++
		}
	}
	return nil, false
}

// escape recognises the escapes that have no shorter form.
func (s *scanner) escape() bool {
	_, size := unescape(s.text[s.at:])
	s.at += size
	return size > 0
}

// shortEscapes are the characters that are escaped by a letter, in pairs.
const shortEscapes = `""\\` + "n\nr\rt\tb\bf\f"

// unescape returns the character that a canonical escape at the start of b stands for, and how long it is; 0 for none.
func unescape(b []byte) (r rune, size int) {
	if len(b) < 2 || b[0] != '\\' {
		return 0, 0
	}
	for i := 0; i < len(shortEscapes); i += 2 {
		if b[1] == shortEscapes[i] {
			return rune(shortEscapes[i+1]), 2
		}
	}
	if len(b) < 6 || b[1] != 'u' {
		return 0, 0
	}
	for _, digit := range b[2:6] {
		value := strings.IndexByte(hexDigits, digit)
		if value < 0 {
			return 0, 0
		}
		r = r<<4 | rune(value)
	}
	if r == '\u2028' || r == '\u2029' || r < ' ' && !strings.ContainsRune("\n\r\t\b\f", r) {
		return r, 6
	}
	return 0, 0
}

// compareNames compares member names as they are written by what they stand for.
func compareNames(a, b []byte) int {
	if bytes.IndexByte(a, '\\') < 0 && bytes.IndexByte(b, '\\') < 0 {
		return bytes.Compare(a, b)
	}
	return bytes.Compare(plain(a), plain(b))
}

// plain returns the bytes that a canonical text between quotes stands for.
func plain(raw []byte) []byte {
	var out []byte
	for len(raw) > 0 {
		r, size := unescape(raw)
		if size == 0 {
			out, raw = append(out, raw[0]), raw[1:]
			continue
		}
		out, raw = utf8.AppendRune(out, r), raw[size:]
	}
	return out
}

func (s *scanner) number() bool {
	s.skip("-")
	if !s.skip("0") && !s.digits() {
		return false
	}
	if s.skip(".") && !s.digits() {
		return false
	}
	if s.skip("e") || s.skip("E") {
		_ = s.skip("+") || s.skip("-")
		return s.digits()
	}
	return true
}

func (s *scanner) digits() bool {
	start := s.at
	for '0' <= s.peek() && s.peek() <= '9' {
		s.at++
	}
	return s.at > start
}
