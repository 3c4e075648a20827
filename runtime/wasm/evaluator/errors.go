package evaluator

import (
	"errors"
	"fmt"
	"strings"
)

// ErrClosed says that an [Evaluator] or an [Engine] was closed.
var ErrClosed = errors.New("the evaluator is closed")

// ErrBusy says that no instance became free within the deadline.
var ErrBusy = errors.New("every instance of the evaluator is busy")

// ModuleError says that bytes are no WebAssembly module, or a damaged one.
type ModuleError struct{ Err error }

func (e *ModuleError) Error() string {
	return "not an evaluator module, or a damaged one: " + capped(e.Err.Error())
}

// Unwrap returns what is wrong.
func (e *ModuleError) Unwrap() error { return e.Err }

// ImportError says that a module needs functions that rules M3 and C1 of runtime/guest/ABI.md do not name.
type ImportError struct{ Names []string } // "module.name"

func (e *ImportError) Error() string {
	return "the evaluator module needs functions that this host does not have: " + capped(strings.Join(e.Names, ", "))
}

// ExportError says that a module lacks exports, or has them with other parameters.
type ExportError struct{ Names []string }

func (e *ExportError) Error() string {
	return "the evaluator module lacks exports: " + capped(strings.Join(e.Names, ", "))
}

// VersionError says that a module has a version of the ABI that this host does not speak (rule V2).
type VersionError struct{ GotMajor, GotMinor, WantMajor, WantMinor int }

func (e *VersionError) Error() string {
	return fmt.Sprintf("the evaluator module has version %d.%d of the ABI, this host needs %d.%d", e.GotMajor, e.GotMinor, e.WantMajor, e.WantMinor)
}

// GuestError is what the guest answered instead of an answer (rule E1).
type GuestError struct {
	Number  int    // negative
	Code    string // the name, such as "malformed"; empty when the guest did not say
	Message string
	Member  string // of the request, such as "subject.id"; empty when the error is about none
}

func (e *GuestError) Error() string {
	if e.Message == "" {
		return fmt.Sprintf("the evaluator answers with error %d", e.Number)
	}
	return capped(e.Message)
}

// FaultError says that an instance trapped, ran out of memory, or answered what rules of the ABI exclude. The instance is
// thrown away.
type FaultError struct{ Err error }

func (e *FaultError) Error() string {
	text, _, _ := strings.Cut(e.Err.Error(), "\n") // the stack follows
	return "the evaluator failed: " + capped(text)
}

// Unwrap returns what the runtime says.
func (e *FaultError) Unwrap() error { return e.Err }

const maxText = 300

func capped(s string) string {
	if len(s) > maxText {
		return strings.ToValidUTF8(s[:maxText], "") + "…"
	}
	return s
}
