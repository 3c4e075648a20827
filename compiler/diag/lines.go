package diag

import (
	"strings"
	"unicode/utf8"
)

// Lines splits the text of a definition file into its lines, without their ends. A line ends where
// YAML 1.1 ends it, which is how the reader counts: at CR LF, CR, LF, U+0085, U+2028 or U+2029. A byte
// order mark at the start is no part of the first line.
func Lines(text string) []string {
	text = strings.TrimPrefix(text, "\ufeff")
	var lines []string
	start := 0
	for at := 0; at < len(text); {
		width := 0
		if c := text[at]; c <= '\r' || c >= utf8.RuneSelf { // lineEnd is not inlined, and text is long
			width = lineEnd(text[at:])
		}
		if width == 0 {
			at++
			continue
		}
		lines = append(lines, text[start:at])
		at += width
		start = at
	}
	return append(lines, text[start:])
}

// lineEnd returns how many bytes of a line end text starts with, 0 for none.
func lineEnd(text string) int {
	switch text[0] {
	case '\n':
		return 1
	case '\r':
		if strings.HasPrefix(text, "\r\n") {
			return 2
		}
		return 1
	case 0xC2, 0xE2:
		if r, size := utf8.DecodeRuneInString(text); r == '\u0085' || r == '\u2028' || r == '\u2029' {
			return size
		}
	}
	return 0
}
