package wasm

import (
	"errors"
	"fmt"
	"strings"
)

// Failure is why an evaluation has no answer.
type Failure uint8

// The failures.
const (
	Deadline  Failure = iota // the time was over
	Busy                     // no instance became free in time
	Aborted                  // the policy gave up
	Trapped                  // it did what WebAssembly forbids, or ran out of stack or memory
	Builtin                  // it called a built-in that the host does not have
	Malformed                // the answer is not one
	TooLarge                 // the input or the answer is larger than allowed
	Closed                   // the engine was closed

	FailureCount int = iota
)

var failureTexts = [FailureCount]string{"deadline", "busy", "aborted", "trapped", "builtin", "malformed", "too_large", "closed"}

// String returns the failure as metrics name it, such as "deadline".
func (f Failure) String() string { return failureTexts[f] }

// EvaluationError says why an evaluation has no answer. It holds nothing of the request.
type EvaluationError struct {
	Failure Failure
	Detail  string // more about it, capped; may be empty
}

func (e *EvaluationError) Error() string {
	text := "policy.wasm: " + strings.ReplaceAll(e.Failure.String(), "_", " ")
	if e.Detail != "" {
		text += ": " + e.Detail
	}
	return text
}

// BuiltinError says that a policy needs built-ins of its host that it does not have.
type BuiltinError struct{ Names []string }

func (e *BuiltinError) Error() string {
	return fmt.Sprintf("policy.wasm needs built-ins that no host has: %.200s", strings.Join(e.Names, ", "))
}

// EntrypointError says that a policy has no entrypoint of that name, or one that does something else.
type EntrypointError struct {
	Name   string
	Reason string
}

func (e *EntrypointError) Error() string {
	return fmt.Sprintf("policy.wasm: entrypoint %s: %s", e.Name, e.Reason)
}

// StartError says that no instance of a policy can be made.
type StartError struct {
	Step string // what was done
	Err  error  // usually an [*EvaluationError]
}

func (e *StartError) Error() string {
	return fmt.Sprintf("policy.wasm does not start: %s: %v", e.Step, e.Err)
}

// Unwrap returns what went wrong.
func (e *StartError) Unwrap() error { return e.Err }

// InexpressibleError says that the input of a bundle's entrypoints cannot say what is asked.
type InexpressibleError struct{ What string }

func (e *InexpressibleError) Error() string { return "policy.wasm cannot be asked for " + e.What }

// ErrClosed says that a [Runtime] was closed, ErrNoPolicy that a bundle has conditions which only policy.wasm can evaluate,
// and does not have that.
var (
	ErrClosed   = errors.New("the wasm runtime is closed")
	ErrNoPolicy = errors.New("the bundle has conditions that need policy.wasm, and no policy.wasm")
)

const maxDetail = 200

// failed returns the error of an evaluation that ended in err.
func failed(err error) *EvaluationError {
	if e, ok := errors.AsType[*EvaluationError](err); ok {
		return e
	}
	detail, _, _ := strings.Cut(err.Error(), "\n") // the stack follows
	return &EvaluationError{Trapped, cut(detail)}
}

func cut(detail string) string { return detail[:min(len(detail), maxDetail)] }
