package guest

import (
	"errors"
	"strconv"

	"github.com/lictor-dev/lictor/bundles/tables"
	"github.com/lictor-dev/lictor/bundles/value"
	"github.com/lictor-dev/lictor/runtime/decision/input"
	"github.com/lictor-dev/lictor/runtime/table"
)

// Code is the number of an error (rule E1), negative; 0 is none.
type Code int32

// The errors of rule E1.
const (
	handle        Code = -1 - iota // no policy has this handle
	length                         // more bytes than the buffer has
	malformed                      // the request is not well formed
	limit                          // more than a limit allows
	damaged                        // not the bytes of a bundle or of tables
	format                         // a format that is newer than this program
	conditions                     // conditions that only Rego can evaluate
	goldenDiffers                  // golden decisions that the engine does not reproduce
	flags                          // unknown flags
	unverified                     // the flag host_verified is missing
	kind                           // no question has this kind
)

var codeNames = [...]string{
	"", "handle", "length", "malformed", "limit", "damaged", "format", "conditions", "golden", "flags", "unverified", "kind",
}

// String returns the name of the error.
func (c Code) String() string {
	if c > 0 || int(-c) >= len(codeNames) {
		return "unknown"
	}
	return codeNames[-c]
}

// Failure is what is known of an error (rule E2).
type Failure struct {
	Code    Code
	Message string
	Member  string // of the request, where the error is about one
}

// fail remembers an error and returns its number.
func (g *Guest) fail(code Code, message string) Code {
	g.failure = &Failure{Code: code, Message: message}
	return code
}

// refuse is fail for an error of a request.
func (g *Guest) refuse(err error) Code {
	g.failure = requestFailure(err)
	return g.failure.Code
}

func requestFailure(err error) *Failure {
	f := &Failure{Code: malformed, Message: err.Error()}
	if member, ok := errors.AsType[*input.MemberError](err); ok {
		f.Member = member.Member
	}
	return f
}

// refuseTables is fail for an error of tables.
func (g *Guest) refuseTables(err error) Code {
	if _, ok := errors.AsType[*tables.FormatError](err); ok {
		return g.fail(format, err.Error())
	}
	if _, ok := errors.AsType[*table.ConditionsError](err); ok {
		return g.fail(conditions, err.Error())
	}
	return g.fail(damaged, err.Error())
}

// Error returns what is known of the last error as JSON (rule E2).
func (g *Guest) Error() []byte {
	if g.failure == nil {
		return append(g.answer[:0], "{}"...)
	}
	g.answer = append(g.answer[:0], `{"code":"`...)
	g.answer = append(g.answer, g.failure.Code.String()...)
	g.answer = append(g.answer, `",`...)
	g.answer = append(g.failure.append(g.answer), '}')
	return g.answer
}

// append appends the members message and member.
func (f *Failure) append(dst []byte) []byte {
	dst = append(dst, `"message":`...)
	dst = appendText(dst, f.Message)
	if f.Member != "" {
		dst = append(dst, `,"member":`...)
		dst = appendText(dst, f.Member)
	}
	return dst
}

func appendText(dst []byte, s string) []byte {
	return value.AppendQuoted(dst, s)
}

func decimal(n int) string { return strconv.Itoa(n) }
