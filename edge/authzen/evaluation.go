// Package authzen is the OpenID AuthZEN Authorization API 1.0 as the edge speaks it. It turns the body
// of a request into an answer; methods, headers and status codes are the server's.
package authzen

import (
	"github.com/lictor-dev/lictor/edge/exchange"
	"github.com/lictor-dev/lictor/runtime/decision"
)

// Evaluate answers an access evaluation request (section 6 of the specification) that is in x.Request.
//
// A decision is the permission resource.type : action.name : resource.id [: attribute], each exactly
// one literal value. Besides the members of the specification, "organisation" (or the same in the
// context) and "attribute" are read; all others are ignored.
func Evaluate(x *exchange.Exchange) error {
	d, err := x.DecideAlone()
	if err != nil {
		return err
	}
	x.Whole = x.Generation.Prepare(prepare)[d.Code]
	return nil
}

// prepare returns all answers that there are to one evaluation.
func prepare(revision string) *exchange.Prepared {
	p := new(exchange.Prepared)
	for i := range p {
		p[i] = append(appendDecision(nil, decision.Code(i), revision), '\n')
	}
	return p
}

// AppendError appends an error as the specification has it (section 10.1.1): a message string.
func AppendError(dst []byte, message string) []byte {
	return exchange.AppendQuoted(dst, message)
}

// answers holds, for each code, the answer up to the revision.
var answers = func() (texts [decision.CodeCount]string) {
	for i := range texts {
		code := decision.Code(i)
		verdict := "false"
		if code == decision.Allowed {
			verdict = "true"
		}
		texts[i] = `{"decision":` + verdict + `,"context":{"reason":"` + code.String() + `","revision":"`
	}
	return texts
}()

// appendDecision appends the answer to one evaluation.
func appendDecision(dst []byte, code decision.Code, revision string) []byte {
	dst = append(dst, answers[code]...)
	dst = append(dst, revision...)
	return append(dst, `"}}`...)
}
