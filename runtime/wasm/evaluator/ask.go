package evaluator

// Kind is a kind of question in JSON (rule Q5), with an answer in JSON.
type Kind uint32

// The kinds.
const (
	KindCheck       Kind = 1 + iota // a request
	KindBatch                       // an array of requests
	KindExplain                     // a request, with reasons
	KindPermissions                 // the calculated policies of a subject
	KindRoles                       // which of some roles a subject holds
	KindInfo                        // about the policy; the question is empty
)

// Ask answers a question of a kind, appending the answer to dst. The errors are those of [Engine.Decide]; a [*GuestError]
// with the code "malformed" names the member of the question.
func (l *Engine) Ask(dst []byte, k Kind, question []byte) ([]byte, error) {
	err := l.use(func(i *instance) error {
		answer, err := i.ask(k, question)
		dst = append(dst, answer...)
		return err
	})
	return dst, err
}

// ask returns an answer that shares the memory of i.
func (i *instance) ask(k Kind, question []byte) ([]byte, error) {
	if err := i.write(question); err != nil {
		return nil, err
	}
	packed, err := i.call("lictor_ask", i.handle, uint32(k), uint32(len(question)))
	if err != nil {
		return nil, err
	}
	return i.read(packed)
}
