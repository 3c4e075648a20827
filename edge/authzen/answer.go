package authzen

import "github.com/lictor-dev/lictor/runtime/decision"

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
