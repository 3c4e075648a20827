package diag

import (
	"strconv"
	"unicode/utf8"
)

// quotedBytes caps how much of an author's text a message repeats.
const quotedBytes = 80

// Quote returns an author's text in double quotes with everything unprintable escaped, cut after 80
// bytes. Messages and hints quote through it.
func Quote(text string) string {
	if len(text) <= quotedBytes {
		return strconv.Quote(text)
	}
	cut := quotedBytes
	for cut > 0 && !utf8.RuneStart(text[cut]) {
		cut--
	}
	return strconv.Quote(text[:cut] + "…")
}
