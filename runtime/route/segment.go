package route

import (
	"unicode/utf8"
	"unsafe"
)

// segment decodes one part of a path.
func (p *Path) segment(raw string) (string, PathError) {
	text := raw
	for i := range len(raw) {
		switch c := raw[i]; {
		case c == ';':
			return "", Parameter
		case c <= ' ' || c == 0x7f || c == '?' || c == '#':
			return "", BadCharacter
		case c == '%' && len(text) == len(raw):
			decoded, fault := p.unescape(raw)
			if fault != noFault {
				return "", fault
			}
			text = decoded
		}
	}
	return text, refuse(text)
}

// refuse says why a decoded part is ambiguous.
func refuse(text string) PathError {
	switch text {
	case "":
		return EmptySegment
	case ".", "..":
		return DotSegment
	}
	for i := range len(text) {
		switch c := text[i]; {
		case c == '/' || c == '\\':
			return HiddenSlash
		case c < ' ' || c == 0x7f:
			return BadCharacter
		case c == '%' && i+2 < len(text) && unhex(text[i+1]) >= 0 && unhex(text[i+2]) >= 0:
			return DoubleEscape
		}
	}
	return noFault
}

// unescape replaces every %XX by the byte it names, in memory of p.
func (p *Path) unescape(raw string) (string, PathError) {
	start := len(p.buf)
	for i := 0; i < len(raw); i++ {
		if raw[i] != '%' {
			p.buf = append(p.buf, raw[i])
			continue
		}
		if i+2 >= len(raw) || unhex(raw[i+1]) < 0 || unhex(raw[i+2]) < 0 {
			return "", BadEscape
		}
		p.buf = append(p.buf, byte(unhex(raw[i+1])<<4|unhex(raw[i+2])))
		i += 2
	}
	b := p.buf[start:]
	if !utf8.Valid(b) {
		return "", NotText
	}
	return unsafe.String(unsafe.SliceData(b), len(b)), noFault
}

func unhex(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}
