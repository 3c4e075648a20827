package manifest

import "strconv"

// NameError says that a member's name is not one a bundle may hold.
type NameError struct {
	Name   string
	Reason string
}

func (e *NameError) Error() string { return "member " + quote(e.Name) + ": " + e.Reason }

// FormatError says that a bundle has a format that is newer than this program.
type FormatError struct {
	Got   int64
	Known int64 // the newest format this program reads
}

func (e *FormatError) Error() string {
	return "bundle format " + strconv.FormatInt(e.Got, 10) +
		" is newer than this program, which reads up to format " + strconv.FormatInt(e.Known, 10)
}

// Error says what is wrong with a manifest.
type Error struct {
	Member string // path inside the manifest, such as "metadata.lictor.epoch"; empty for the whole
	Reason string
}

func (e *Error) Error() string {
	if e.Member == "" {
		return "manifest: " + e.Reason
	}
	return "manifest: " + e.Member + ": " + e.Reason
}

const maxQuoted = 80 // bytes of foreign text in a message

func quote(s string) string {
	if len(s) > maxQuoted {
		return strconv.Quote(s[:maxQuoted]) + "…"
	}
	return strconv.Quote(s)
}
