package exchange

import (
	"fmt"
	"net/http"
)

// quotedBytes caps how much of a caller's text a message repeats.
const quotedBytes = 80

// Failure is a refusal that is the caller's to mend. Its message is sent to the caller and holds
// nothing but what the caller sent and what the protocol says.
type Failure struct {
	Status  int // of HTTP
	Message string
}

func (f *Failure) Error() string { return f.Message }

// Malformed returns the failure of a question that is not understood: 400.
func Malformed(format string, args ...any) error {
	return &Failure{Status: http.StatusBadRequest, Message: fmt.Sprintf(format, args...)}
}

// Forbidden returns the failure of a question this caller may not ask: 403.
func Forbidden(message string) error {
	return &Failure{Status: http.StatusForbidden, Message: message}
}

// Quote returns s quoted and capped for a message.
func Quote(s string) string {
	if len(s) > quotedBytes {
		s = s[:quotedBytes] + "…"
	}
	return fmt.Sprintf("%q", s)
}
