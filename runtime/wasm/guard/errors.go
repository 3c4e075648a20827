package guard

import "fmt"

// FormatError says that bytes are no module, or one with what is not accepted.
type FormatError struct {
	Offset int    // in the module
	Reason string // what is wrong there
}

func (e *FormatError) Error() string {
	return fmt.Sprintf("malformed wasm module: at byte %d: %s", e.Offset, e.Reason)
}

// ImportError says that a module wants something of its host that OPA's ABI does not have, or does not import what
// every module of OPA does.
type ImportError struct {
	Module, Name string
	Reason       string
}

func (e *ImportError) Error() string {
	return fmt.Sprintf("wasm import %.64q of module %.64q: %s", e.Name, e.Module, e.Reason)
}

// ExportError says that a module lacks an export of OPA's ABI, or has it in another form.
type ExportError struct {
	Name   string
	Reason string
}

func (e *ExportError) Error() string { return fmt.Sprintf("wasm export %s: %s", e.Name, e.Reason) }

// VersionError says that a module is of another version of OPA's ABI.
type VersionError struct{ Major, Minor int32 }

func (e *VersionError) Error() string {
	return fmt.Sprintf("wasm module has ABI version %d.%d of OPA, want %d.%d or a later %d", e.Major, e.Minor, Major, MinMinor, Major)
}

// LimitError says that a module is, or wants, too much.
type LimitError struct {
	What       string
	Got, Limit uint64
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("wasm module has %d %s, at most %d are accepted", e.Got, e.What, e.Limit)
}
