package form

// Codes of the diagnostics this package makes; diag/CODES.md describes them.
const (
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
	badDuration   = "E0108"
)
