package value

import (
	"encoding/binary"
	"math/bits"
	"strconv"
	"unicode/utf8"
)

// MaxDepth is how deep arrays and objects may nest in a parsed text.
const MaxDepth = 64

// SyntaxError says where and why a text is not acceptable JSON. It never holds the text itself.
type SyntaxError struct {
	Offset int    // bytes from the start of the text
	Reason string // what is wrong there
	Member string // the member a duplicate names, capped; otherwise empty
}

func (e *SyntaxError) Error() string {
	if e.Member != "" {
		return "offset " + strconv.Itoa(e.Offset) + ": " + e.Reason + " " + strconv.Quote(e.Member)
	}
	return "offset " + strconv.Itoa(e.Offset) + ": " + e.Reason
}

// Parse appends the value of a whole JSON text (RFC 8259) to dst and returns it with the extended
// buffer; the value is a part of that buffer. It refuses duplicate members, invalid UTF-8, lone
// surrogates, nesting beyond [MaxDepth], numbers beyond [ErrNumberRange] and anything after the value.
// The error is always a [*SyntaxError], and then dst is returned unchanged in length.
func Parse(dst, text []byte) (buf []byte, v Value, err error) {
	p, start := parser{text: text, dst: dst}, len(dst)
	p.space()
	if err := p.value(0); err != nil {
		return dst, nil, err
	}
	p.space()
	if p.at != len(p.text) {
		return dst, nil, p.fail("unexpected text after the value")
	}
	return p.dst, Value(p.dst[start:len(p.dst):len(p.dst)]), nil
}

type parser struct {
	text []byte
	at   int
	dst  []byte
}

func (p *parser) fail(reason string) error { return &SyntaxError{Offset: p.at, Reason: reason} }

func (p *parser) space() {
	for p.at < len(p.text) {
		switch p.text[p.at] {
		case ' ', '\t', '\n', '\r':
			p.at++
		default:
			return
		}
	}
}

// peek returns the next byte, 0 at the end of the text.
func (p *parser) peek() byte {
	if p.at < len(p.text) {
		return p.text[p.at]
	}
	return 0
}

// value appends a value.
func (p *parser) value(depth int) error {
	switch c := p.peek(); c {
	case '{':
		return p.object(depth)
	case '[':
		return p.array(depth)
	case '"':
		p.dst = append(p.dst, byte(String))
		return p.quoted()
	case 't':
		return p.word("true", True)
	case 'f':
		return p.word("false", False)
	case 'n':
		return p.word("null", Null)
	default:
		return p.number()
	}
}

func (p *parser) word(word string, kind Kind) error {
	if len(p.text)-p.at < len(word) || string(p.text[p.at:p.at+len(word)]) != word {
		return p.fail("not a JSON value")
	}
	p.at += len(word)
	p.dst = append(p.dst, byte(kind))
	return nil
}

func (p *parser) array(depth int) error {
	if depth == MaxDepth {
		return p.fail("nested too deeply")
	}
	start, count := len(p.dst), 0
	p.dst = Begin(p.dst, Array)
	p.at++
	for p.space(); p.peek() != ']'; p.space() {
		if count > 0 {
			if p.peek() != ',' {
				return p.fail("expected ',' or ']'")
			}
			p.at++
			p.space()
		}
		if err := p.value(depth + 1); err != nil {
			return err
		}
		count++
	}
	p.at++
	p.dst = End(p.dst, start, count)
	return nil
}

func (p *parser) object(depth int) error {
	if depth == MaxDepth {
		return p.fail("nested too deeply")
	}
	start := len(p.dst)
	p.dst = Begin(p.dst, Object)
	p.at++
	seen := names{start: start + boxHead}
	for p.space(); p.peek() != '}'; p.space() {
		if seen.count > 0 {
			if p.peek() != ',' {
				return p.fail("expected ',' or '}'")
			}
			p.at++
			p.space()
		}
		if err := p.member(depth, &seen); err != nil {
			return err
		}
		seen.count++
	}
	p.at++
	p.dst = End(p.dst, start, seen.count)
	return nil
}

func (p *parser) member(depth int, seen *names) error {
	if p.peek() != '"' {
		return p.fail("expected a member name")
	}
	offset, key := p.at, len(p.dst)
	if err := p.quoted(); err != nil {
		return err
	}
	if seen.repeated(p.dst[seen.start:key], p.dst[key+lengthSize:]) {
		member := p.dst[key+lengthSize:]
		return &SyntaxError{Offset: offset, Reason: "duplicate member", Member: string(member[:min(len(member), 64)])}
	}
	p.space()
	if p.peek() != ':' {
		return p.fail("expected ':'")
	}
	p.at++
	p.space()
	return p.value(depth + 1)
}

// quoted appends a string's length and bytes, without a kind.
func (p *parser) quoted() error {
	start := len(p.dst)
	p.dst = append(p.dst, 0, 0, 0, 0)
	p.at++
	for {
		if err := p.plain(); err != nil {
			return err
		}
		switch p.peek() {
		case '"':
			p.at++
			putLength(p.dst, start)
			return nil
		case '\\':
			if err := p.escape(); err != nil {
				return err
			}
		default:
			return p.fail("control character or end of text in a string")
		}
	}
}

// plain appends the bytes of a string up to its end or the next escape.
func (p *parser) plain() error {
	start := p.at
	at := start + asciiPrefix(p.text[start:])
	if at < len(p.text) && p.text[at] >= utf8.RuneSelf {
		at += unspecial(p.text[at:])
		if !utf8.Valid(p.text[start:at]) {
			p.at = at
			return p.fail("invalid UTF-8 in a string")
		}
	}
	p.at = at
	p.dst = append(p.dst, p.text[start:at]...)
	return nil
}

// asciiPrefix returns how many bytes at the start of text are ASCII and need no attention in a string: no control
// character, quotation mark or backslash. It looks at eight bytes at a time.
func asciiPrefix(text []byte) int {
	at := 0
	for rest := text; len(rest) >= 8; rest = rest[8:] {
		if found := special(binary.LittleEndian.Uint64(rest)); found != 0 {
			return at + bits.TrailingZeros64(found)/8
		}
		at += 8
	}
	for at < len(text) && text[at] != '"' && text[at] != '\\' && text[at] >= ' ' && text[at] < utf8.RuneSelf {
		at++
	}
	return at
}

// special finds the bytes of w that end an asciiPrefix: the lowest bit set is the top bit of the first one.
func special(w uint64) uint64 {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	quote, slash := w^('"'*ones), w^('\\'*ones)
	// A byte's top bit is set where one of these is 0, less than ' ' or beyond ASCII, and perhaps in bytes above.
	return ((quote - ones) | (slash - ones) | (w - ' '*ones) | w) & tops
}

func (p *parser) escape() error {
	if p.at+1 >= len(p.text) {
		return p.fail(badEscape)
	}
	c := p.text[p.at+1]
	p.at += 2
	switch c {
	case '"', '\\', '/':
		p.dst = append(p.dst, c)
	case 'b':
		p.dst = append(p.dst, '\b')
	case 'f':
		p.dst = append(p.dst, '\f')
	case 'n':
		p.dst = append(p.dst, '\n')
	case 'r':
		p.dst = append(p.dst, '\r')
	case 't':
		p.dst = append(p.dst, '\t')
	case 'u':
		return p.codePoint()
	default:
		return p.fail(badEscape)
	}
	return nil
}

const badEscape = "invalid escape in a string"
