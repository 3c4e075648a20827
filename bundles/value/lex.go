package value

import (
	"encoding/binary"
	"unicode/utf16"
	"unicode/utf8"
)

// codePoint appends the character of \uXXXX, or of a pair of surrogates; p.at is behind the 'u'.
func (p *parser) codePoint() error {
	r, ok := p.hex4()
	if !ok {
		return p.fail(badEscape)
	}
	if utf16.IsSurrogate(r) {
		if p.peek() != '\\' || p.at+1 >= len(p.text) || p.text[p.at+1] != 'u' {
			return p.fail("lone surrogate in a string")
		}
		p.at += 2
		low, ok := p.hex4()
		if !ok {
			return p.fail(badEscape)
		}
		if r = utf16.DecodeRune(r, low); r == utf8.RuneError {
			return p.fail("lone surrogate in a string")
		}
	}
	p.dst = utf8.AppendRune(p.dst, r)
	return nil
}

func (p *parser) hex4() (rune, bool) {
	if p.at+4 > len(p.text) {
		return 0, false
	}
	var r rune
	for _, c := range p.text[p.at : p.at+4] {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	p.at += 4
	return r, true
}

// number appends a number; RFC 8259, section 6.
func (p *parser) number() error {
	start := p.at
	if p.peek() == '-' {
		p.at++
	}
	whole := p.digits()
	if whole == 0 || whole > 1 && p.text[p.at-whole] == '0' {
		p.at = start
		return p.fail("not a JSON value")
	}
	if p.peek() == '.' {
		p.at++
		if p.digits() == 0 {
			return p.fail("number without digits after its point")
		}
	}
	if c := p.peek(); c == 'e' || c == 'E' {
		p.at++
		if c := p.peek(); c == '+' || c == '-' {
			p.at++
		}
		if p.digits() == 0 {
			return p.fail("number without digits in its exponent")
		}
	}
	if plain := p.at - start; plain <= 15 && plain-whole <= 1 && (plain == whole || p.text[start] == '-') {
		p.dst = AppendInt(p.dst, atoi(p.text[start:p.at]))
		return nil
	}
	dst, err := AppendNumber(p.dst, string(p.text[start:p.at]))
	if err != nil {
		p.at = start
		return p.fail(err.Error())
	}
	p.dst = dst
	return nil
}

// digits skips decimal digits and returns how many there were.
func (p *parser) digits() int {
	start := p.at
	for p.at < len(p.text) && '0' <= p.text[p.at] && p.text[p.at] <= '9' {
		p.at++
	}
	return p.at - start
}

// atoi returns the value of an optional minus sign and up to 15 digits.
func atoi(text []byte) int64 {
	var n int64
	for _, c := range text {
		if c != '-' {
			n = n*10 + int64(c-'0')
		}
	}
	if text[0] == '-' {
		return -n
	}
	return n
}

func putLength(dst []byte, start int) {
	binary.LittleEndian.PutUint32(dst[start:], uint32(len(dst)-start-lengthSize))
}

// manyMembers is the number of members from which duplicates are found by hashing.
const manyMembers = 16

// names finds duplicate members of one object: in small ones by comparison, without allocating.
type names struct {
	start int // of the members in the parser's buffer
	count int // of members so far
	set   map[string]struct{}
}

// repeated reports whether name occurs among the members encoded in items, and remembers it.
func (s *names) repeated(items Value, name []byte) bool {
	if s.count < manyMembers {
		for it := (Items{rest: items, keyed: true}); ; {
			key, _, ok := it.Next()
			if !ok {
				return false
			}
			if key == string(name) {
				return true
			}
		}
	}
	if s.set == nil {
		s.set = make(map[string]struct{}, 2*manyMembers)
		for it := (Items{rest: items, keyed: true}); ; {
			key, _, ok := it.Next()
			if !ok {
				break
			}
			s.set[string(append([]byte(nil), key...))] = struct{}{}
		}
	}
	_, found := s.set[string(name)]
	s.set[string(name)] = struct{}{}
	return found
}
