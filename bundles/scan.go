package bundles

import (
	"bytes"
	"unicode/utf8"
)

// isCanonical reports whether text is in canonical form (see [Canonical]), in one pass where it can tell by the bytes
// alone: data is large, and what the compiler writes is canonical.
func isCanonical(text []byte) bool {
	s := scanner{text: text}
	if utf8.Valid(text) && s.value(0) && s.at == len(text) {
		return true
	}
	canonical, err := Canonical(text)
	return err == nil && bytes.Equal(canonical, text)
}

// scanner recognises canonical JSON. Its methods say false when in doubt, such as about member names with escapes.
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
	if depth > maxCanonicalDepth {
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
		if !ok || bytes.IndexByte(name, '\\') >= 0 || !first && bytes.Compare(last, name) >= 0 {
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
	for _, known := range []string{`\"`, `\\`, `\n`, `\r`, `\t`, `\b`, `\f`, `\u2028`, `\u2029`} {
		if s.skip(known) {
			return true
		}
	}
	return false
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
