package agree

import (
	"errors"
	"strings"

	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/lictor-dev/lictor/compiler/diag"
)

// ConflictError says that a rule of the project's own has two values for one request, which OPA ends with. Its place is
// in a member of the bundle.
type ConflictError struct {
	Pos     diag.Pos
	Message string // of OPA
}

func (e *ConflictError) Error() string { return e.Pos.String() + ": " + e.Message }

// conflict returns the conflict that an error of OPA is about; nil if it is about none in the project's own modules.
func conflict(err error) *ConflictError {
	failed, ok := errors.AsType[*topdown.Error](err)
	if !ok || failed.Code != topdown.ConflictErr || failed.Location == nil || !strings.HasPrefix(failed.Location.File, "custom/") {
		return nil
	}
	return &ConflictError{
		Pos:     diag.Pos{File: failed.Location.File, Line: failed.Location.Row, Col: failed.Location.Col},
		Message: failed.Message,
	}
}
