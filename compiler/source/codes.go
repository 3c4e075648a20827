package source

// Codes of the diagnostics the reader makes; diag/CODES.md describes them.
const (
	unreadable    = "E0001"
	notUTF8       = "E0002"
	tooLarge      = "E0005"
	badName       = "E0105"
	emptyValidity = "E0107"
	definedTwice  = "E0201"
	optionsTwice  = "E0202"
	assignedTwice = "E0212"
	badPath       = "E0501"
	nothingBound  = "E0507"
)
