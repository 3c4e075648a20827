package lines

import (
	"time"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Clock writes times in UTC as RFC 3339 has them. It belongs to one goroutine; the zero Clock is ready.
type Clock struct {
	second int64  // since 1970
	date   []byte // and time of day of that second; empty at first
}

// Append appends a time with a fixed number of digits behind the second, at most 9; -1: as many as are needed.
func (c *Clock) Append(dst []byte, at time.Time, digits int) []byte {
	if second := at.Unix(); second != c.second || len(c.date) == 0 {
		c.second, c.date = second, at.UTC().AppendFormat(c.date[:0], "2006-01-02T15:04:05")
	}
	dst = append(dst, c.date...)
	rest, width := at.Nanosecond(), 9
	for ; width > 0 && (width > digits && digits >= 0 || digits < 0 && rest%10 == 0); width-- {
		rest /= 10
	}
	if width > 0 {
		dst = append(dst, ".000000000"[:width+1]...)
		for i := len(dst) - 1; rest > 0; i-- {
			dst[i], rest = byte('0'+rest%10), rest/10
		}
	}
	return append(dst, 'Z')
}

// AppendText appends a text of anybody as a JSON string (RFC 8259). Whatever is not a printable character is escaped:
// nothing in it can end a line, steer a terminal or change the order in which letters are shown. Bytes that are not
// UTF-8 become U+FFFD.
func AppendText(dst []byte, s string) []byte {
	dst = append(dst, '"')
	plain := 0
	for i := 0; i < len(s); {
		c, size := rune(s[i]), 1
		if c >= ' ' && c < 0x7f && c != '"' && c != '\\' {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			if c, size = utf8.DecodeRuneInString(s[i:]); unicode.IsPrint(c) && (c != utf8.RuneError || size > 1) {
				i += size
				continue
			}
		}
		dst = appendEscaped(append(dst, s[plain:i]...), c)
		i += size
		plain = i
	}
	return append(append(dst, s[plain:]...), '"')
}

func appendEscaped(dst []byte, c rune) []byte {
	if c == '"' || c == '\\' {
		return append(dst, '\\', byte(c))
	}
	if high, low := utf16.EncodeRune(c); high != utf8.RuneError {
		return appendUnit(appendUnit(dst, high), low)
	}
	return appendUnit(dst, c)
}

func appendUnit(dst []byte, unit rune) []byte {
	const hex = "0123456789abcdef"
	return append(dst, '\\', 'u', hex[unit>>12&15], hex[unit>>8&15], hex[unit>>4&15], hex[unit&15])
}

// Visible puts a question mark in the place of each byte that is not visible ASCII.
func Visible(text []byte) {
	for i, c := range text {
		if c <= ' ' || c >= 0x7f {
			text[i] = '?'
		}
	}
}

// Cut returns how many bytes of a text there are within a limit, without a part of a character.
func Cut(s string, limit int) int {
	if len(s) <= limit {
		return len(s)
	}
	n := limit
	for n > 0 && limit-n < utf8.UTFMax && !utf8.RuneStart(s[n]) {
		n--
	}
	return n
}
