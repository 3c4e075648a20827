package manifest

import "strings"

const (
	maxNameBytes    = 200 // of a member's name, so that every name fits a ustar header
	maxSegmentBytes = 100
)

// CheckName says whether a bundle may hold a member of that name (FORMAT.md rules N2 to N4). The name has no leading
// slash. The error is a [*NameError].
func CheckName(name string) error {
	if reason := nameFault(name); reason != "" {
		return &NameError{Name: name, Reason: reason}
	}
	return nil
}

// CheckPath is CheckName without rule N4, which belongs to a format: for an archive whose format is not known yet.
func CheckPath(name string) error {
	if reason := pathFault(name); reason != "" {
		return &NameError{Name: name, Reason: reason}
	}
	return nil
}

func nameFault(name string) string {
	if reason := pathFault(name); reason != "" {
		return reason
	}
	return placeFault(name)
}

// pathFault says what is wrong with the form of a path (FORMAT.md rules N2 and N3). It holds for every format there will be, so that a newer
// one is known by its number and not refused for its names.
func pathFault(name string) string {
	if name == "" || len(name) > maxNameBytes {
		return "the name is empty or too long"
	}
	for segment := range strings.SplitSeq(name, "/") {
		if reason := segmentFault(segment); reason != "" {
			return reason
		}
	}
	return ""
}

func segmentFault(segment string) string {
	switch {
	case segment == "":
		return "the path is not canonical"
	case segment == "." || segment == "..":
		return "the path leaves or repeats its folder"
	case len(segment) > maxSegmentBytes:
		return "a part of the path is too long"
	}
	for i := range len(segment) {
		if !nameByte(segment[i]) {
			return "only letters, digits, '.', '_' and '-' may be in a path"
		}
	}
	return ""
}

func nameByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '.' || c == '_' || c == '-'
}

// placeFault (FORMAT.md rule N4) keeps out whatever format 1 has no place for, above all what OPA would give a meaning that this format does not have: data and
// manifests in other places, plans, patches, YAML.
func placeFault(name string) string {
	switch name {
	case ManifestName, SignaturesName, DataName, TablesName, TestsName, WasmName:
		return ""
	}
	folder, rest, _ := strings.Cut(name, "/")
	switch {
	case folder == "custom" && strings.HasSuffix(rest, ".rego"):
		return ""
	case folder == "lictor" && (strings.HasSuffix(rest, ".rego") || strings.HasSuffix(rest, ".bin")):
		return ""
	default:
		return "not a member of a bundle"
	}
}
