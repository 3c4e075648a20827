// Package check is POST /v1/check, Lictor's own question: one or many permission strings or roles of
// one subject, alone or in a batch. It turns the body of a request into an answer; methods, headers and
// status codes are the server's.
//
// A question is an object with these members and no others:
//
//	subject       the id of a stored subject with its stored type, or of a user; or {type, id, properties?}
//	permission    a permission string; or, instead,
//	permissions   a list of them; or, instead,
//	roles         a list of role names
//	mode          "all" (the default) or "any": what makes a list allowed
//	organisation  a code, which may stand in context instead
//	attribute     one literal value, the fourth part of each permission; a permission that has one is refused
//	action        {properties}
//	resource      {properties}
//	context       an object
//	strict        true: one policy must cover all of a permission
//	explain       true: with reasons, for callers that the operator lets ask
package check

import (
	"errors"

	"github.com/lictor-dev/lictor/bundles/value"
	"github.com/lictor-dev/lictor/edge/exchange"
	"github.com/lictor-dev/lictor/runtime/decision"
)

// MaxResults is how many permissions and roles one request may ask for in all, MaxItems how many
// questions a batch may hold. More is 400: both bound the size of an answer.
const (
	MaxResults = 10_000
	MaxItems   = 1_000
)

// Answer answers one question, or a batch of them where the body is an array. An error that is an
// [*exchange.Failure] is the caller's fault.
//
// In a batch, a question that is not understood or not allowed becomes {"error": …} in its place.
func Answer(x *exchange.Exchange) error {
	budget := MaxResults
	switch x.Body.Kind() {
	case value.Object:
		return answer(x, x.Body, &budget)
	case value.Array:
		return batch(x, &budget)
	default:
		return exchange.Malformed("the body is neither an object nor an array")
	}
}

func batch(x *exchange.Exchange, budget *int) error {
	if n := x.Body.Len(); n > MaxItems {
		return exchange.Malformed("the body has %d questions, at most %d", n, MaxItems)
	}
	x.Answer = append(x.Answer, '[')
	for items, n := x.Body.Items(), 0; ; n++ {
		_, item, ok := items.Next()
		if !ok {
			break
		}
		if n > 0 {
			x.Answer = append(x.Answer, ',')
		}
		start, decided, made := len(x.Answer), x.Decided, len(x.Made)
		if err := answer(x, item, budget); err != nil {
			failure, ok := errors.AsType[*exchange.Failure](err)
			if !ok || *budget < 0 || errors.Is(err, exchange.ErrTooMuch) {
				return err
			}
			x.Answer, x.Decided = AppendError(x.Answer[:start], failure.Message), decided
			x.Forget(made)
		}
	}
	x.Answer = append(x.Answer, ']')
	return nil
}

// answer appends the answer to one question.
func answer(x *exchange.Exchange, body value.Value, budget *int) error {
	q, err := read(body)
	if err != nil {
		return err
	}
	q.explain = q.explain || x.Settings.ExplainAll
	if q.explain && (!x.Settings.Explain || x.Generation.Catalog == nil) {
		return exchange.Forbidden("explain is not enabled on this edge")
	}
	if err := q.fill(x); err != nil {
		return err
	}
	if *budget -= q.cost(); *budget < 0 {
		return exchange.Malformed("the body has more than %d permissions and roles in all", MaxResults)
	}
	allowed, err := q.decide(x)
	if err != nil {
		return err
	}
	if allowed {
		x.Answer = append(x.Answer, `{"allowed":true,"results":[`...)
	} else {
		x.Answer = append(x.Answer, `{"allowed":false,"results":[`...)
	}
	x.Answer = append(x.Answer, x.Results...)
	x.Answer = append(x.Answer, `],"revision":"`...)
	x.Answer = append(x.Answer, x.Generation.Revision...)
	x.Answer = append(x.Answer, `"}`...)
	return nil
}

// cost is what a question takes from [MaxResults].
func (q *query) cost() int {
	if q.explain && q.asked.kind != roles {
		return q.asked.Len() * explainCost
	}
	return q.asked.Len()
}

// decide writes one result for each given string to x.Results.
func (q *query) decide(x *exchange.Exchange) (allowed bool, err error) {
	x.Results = x.Results[:0]
	granted, n := 0, 0
	for strings := q.asked.strings(); ; n++ {
		text, ok := strings.next()
		if !ok {
			break
		}
		if n > 0 {
			x.Results = append(x.Results, ',')
		}
		d, err := q.decideOne(x, text, n)
		if err != nil {
			return false, err
		}
		if d.Allowed {
			granted++
		}
	}
	if q.any {
		return granted > 0, nil
	}
	return granted == n, nil
}

// decideOne decides about one string and appends the result.
func (q *query) decideOne(x *exchange.Exchange, text string, index int) (d decision.Decision, err error) {
	if q.asked.kind == roles {
		if d, err = x.HasRole(text); err != nil {
			return d, err
		}
		x.Results = q.asked.appendResult(x.Results, text, d)
		return d, nil
	}
	if err = q.parse(x, text, index); err != nil {
		return d, err
	}
	x.Asked = exchange.Asked{Permission: text, Attribute: q.attribute}
	if q.explain {
		x.Results, d, err = q.appendExplained(x, x.Results, text)
		return d, err
	}
	if d, err = x.Decide(); err != nil {
		return d, err
	}
	x.Results = q.asked.appendResult(x.Results, text, d)
	return d, nil
}

// AppendError appends an error object.
func AppendError(dst []byte, message string) []byte {
	dst = append(dst, `{"error":`...)
	return append(exchange.AppendQuoted(dst, message), '}')
}
