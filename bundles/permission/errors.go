package permission

import "strconv"

// quotedBytes caps how much of a faulty text an error repeats.
const quotedBytes = 80

// SyntaxError says why a text is not a permission or a scope item.
type SyntaxError struct {
	Text   string // the faulty text, capped
	Offset int    // bytes from the start of the text to the fault
	Reason string // what is wrong, to be read after the text: "has a part without a value"
}

func (e *SyntaxError) Error() string { return strconv.Quote(e.Text) + " " + e.Reason }

func syntaxError(text string, offset int, reason string) error {
	if len(text) > quotedBytes {
		text = text[:quotedBytes] + "…"
	}
	return &SyntaxError{Text: text, Offset: offset, Reason: reason}
}
