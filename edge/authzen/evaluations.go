package authzen

import (
	"errors"

	"github.com/lictor-dev/lictor/bundles/value"
	"github.com/lictor-dev/lictor/edge/exchange"
	"github.com/lictor-dev/lictor/runtime/decision/input"
)

// MaxEvaluations is how many evaluations one request may hold. More is 400: it bounds the size of an answer.
const MaxEvaluations = 1_000

// EvaluateAll answers an access evaluations request (section 7 of the specification). An error that is an
// [*exchange.Failure] is the caller's fault.
//
// Each member of the body that an evaluation knows is the default of every item, which an item replaces as a whole.
// The merged item is judged as the body of [Evaluate] is. One that is malformed is denied in its place, with
// context.error saying why; the short-circuit forms take it for a deny. A default of a type that no item could take
// over makes the whole request malformed. Without items the body is one evaluation.
func EvaluateAll(x *exchange.Exchange) error {
	until, err := readOptions(x.Body.Get("options"))
	if err != nil {
		return err
	}
	items := x.Body.Get("evaluations")
	switch {
	case items.Kind() != value.Missing && items.Kind() != value.Array:
		return exchange.Malformed("evaluations is not a list")
	case items.Len() > MaxEvaluations:
		return exchange.Malformed("evaluations has %d items, at most %d", items.Len(), MaxEvaluations)
	case items.Len() == 0:
		return evaluateBody(x)
	}
	var defaults input.Evaluation
	if err = defaults.Read(x.Body); err == nil {
		err = defaults.Shape()
	}
	if err != nil {
		return exchange.Malformed("%s", err)
	}
	return evaluateItems(x, items.Items(), &defaults, until)
}

// semantic says after which decision a batch ends.
type semantic uint8

const (
	executeAll semantic = iota
	denyOnFirstDeny
	permitOnFirstPermit
)

func (s semantic) ends(allowed bool) bool {
	return s == denyOnFirstDeny && !allowed || s == permitOnFirstPermit && allowed
}

func readOptions(options value.Value) (semantic, error) {
	if _, err := exchange.OptionalObject(options, "options"); err != nil {
		return executeAll, err
	}
	const name = "options.evaluations_semantic"
	text, err := exchange.OptionalText(options.Get("evaluations_semantic"), name)
	switch {
	case err != nil:
		return executeAll, err
	case text == "" || text == "execute_all":
		return executeAll, nil
	case text == "deny_on_first_deny":
		return denyOnFirstDeny, nil
	case text == "permit_on_first_permit":
		return permitOnFirstPermit, nil
	default:
		return executeAll, exchange.Malformed("%s is %s, none of execute_all, deny_on_first_deny and permit_on_first_permit", name, exchange.Quote(text))
	}
}

// evaluateBody answers a batch that is one evaluation.
func evaluateBody(x *exchange.Exchange) error {
	x.Reset()
	if err := input.DecodeEvaluation(&x.Request, x.Body, x.Generation.Grammar); err != nil {
		return exchange.Malformed("%s", err)
	}
	return Evaluate(x)
}

// evaluateItems reads each item before the one before it is decided, so that what it looks up is loaded meanwhile.
func evaluateItems(x *exchange.Exchange, items value.Items, defaults *input.Evaluation, until semantic) error {
	x.Answer = append(x.Answer, `{"evaluations":[`...)
	_, item, more := items.Next()
	malformed := readItem(x, item, *defaults)
	for more {
		x.Advance()
		reason := malformed
		if _, item, more = items.Next(); more {
			malformed = readItem(x, item, *defaults)
		}
		allowed, err := evaluateItem(x, reason)
		if err != nil {
			return err
		}
		if until.ends(allowed) {
			break
		}
		if more {
			x.Answer = append(x.Answer, ',')
		}
	}
	x.Answer = append(x.Answer, `]}`...)
	return nil
}

var errItem = errors.New("the evaluation is not an object")

// readItem reads an item into x.Next. The error is about the item.
func readItem(x *exchange.Exchange, item value.Value, merged input.Evaluation) error {
	if item.Kind() != value.Object {
		return errItem
	}
	x.Prepare()
	if err := merged.Read(item); err != nil {
		return err
	}
	if err := merged.Decode(&x.Next, x.Generation.Grammar); err != nil {
		return err
	}
	x.Fetch()
	return nil
}

// evaluateItem appends the decision about x.Request, or the reason why it could not be read.
func evaluateItem(x *exchange.Exchange, malformed error) (allowed bool, err error) {
	if malformed != nil {
		x.Answer = appendMalformed(x.Answer, malformed.Error(), x.Generation.Revision)
		return false, nil
	}
	d, err := x.Decide()
	if err != nil {
		return false, err
	}
	x.Answer = appendDecision(x.Answer, d.Code, x.Generation.Revision)
	return d.Allowed, nil
}

// appendMalformed appends the answer to an evaluation that is not understood (section 7.2.1).
func appendMalformed(dst []byte, message, revision string) []byte {
	dst = append(dst, `{"decision":false,"context":{"error":{"status":400,"message":`...)
	dst = exchange.AppendQuoted(dst, message)
	dst = append(append(dst, `},"revision":"`...), revision...)
	return append(dst, `"}}`...)
}
