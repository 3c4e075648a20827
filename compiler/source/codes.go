package source

// Codes of the diagnostics the reader makes; diag/CODES.md describes them.
const (
	unreadable    = "E0001"
	notUTF8       = "E0002"
	notYAML       = "E0003"
	manyDocuments = "E0004"
	tooLarge      = "E0005"
	notPlainYAML  = "E0006"
	repeatedKey   = "E0007"
	notJSON       = "E0008"
	numberRange   = "E0009"
	unknownKey    = "E0101"
	missingKey    = "E0102"
	wrongType     = "E0103"
	unknownWord   = "E0104"
	badName       = "E0105"
	badTime       = "E0106"
	emptyValidity = "E0107"
	badDuration   = "E0108"
	definedTwice  = "E0201"
	optionsTwice  = "E0202"
	assignedTwice = "E0212"
	badPath       = "E0501"
	nothingBound  = "E0507"
)
