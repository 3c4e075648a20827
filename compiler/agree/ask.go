package agree

import (
	"context"
	"errors"
	"fmt"

	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/value"
	"github.com/lictor-dev/lictor/runtime/conformance/generate"
	"github.com/lictor-dev/lictor/runtime/decision"
	"github.com/lictor-dev/lictor/runtime/decision/input"
)

// worker puts the requests of one chunk to both engines.
type worker struct {
	*comparison
	sampler *generate.Sampler
	asked   int

	text    []byte
	body    []byte
	request decision.Request
	ids     []policy.ID
}

// ask puts one request to both engines. Both read it from the same JSON text.
func (w *worker) ask(ctx context.Context, number int, r *decision.Request) error {
	grammar := w.subject.Model.Grammar()
	w.text = input.Append(w.text[:0], r, grammar, input.Form((number/1000+number)%2))
	body, v, err := value.Parse(w.body[:0], w.text)
	if err != nil {
		return fmt.Errorf("request %d: %w", number, err)
	}
	w.body = body
	if err := input.Decode(&w.request, v, grammar); err != nil {
		if _, tooLong := errors.AsType[*permission.SyntaxError](err); tooLong {
			return nil // escapes made the permission longer than a request may be
		}
		return fmt.Errorf("request %d: %w", number, err)
	}
	tables, err := w.tables()
	if err != nil {
		return fmt.Errorf("request %d, input %s: %w", number, w.text, err)
	}
	if slow := w.subject.Conditions.Slow(); slow != nil {
		return slow
	}
	if two := w.subject.Conditions.Conflict(); two != nil {
		return two
	}
	ctx, cancel := context.WithTimeout(ctx, decideDeadline)
	defer cancel()
	fromRego, err := w.opa.decide(ctx, w.text)
	if err != nil {
		return fmt.Errorf("request %d: %w", number, err)
	}
	w.asked++
	if tables != fromRego {
		return &Disagreement{Seed: w.plan.seed, Number: number, Input: string(w.text), Tables: tables, Rego: fromRego}
	}
	return w.askWasm(number, tables)
}

// askWasm puts w.request to policy.wasm, if it is among those that are.
func (w *worker) askWasm(number int, tables string) error {
	if !w.module.asks(number) {
		return nil
	}
	fromWasm, err := w.module.decide(&w.request)
	if err != nil {
		return fmt.Errorf("request %d, input %s: %w", number, w.text, err)
	}
	if tables != fromWasm {
		return &Disagreement{Seed: w.plan.seed, Number: number, Input: string(w.text), Tables: tables, Rego: tables, Wasm: fromWasm}
	}
	return nil
}

// tables returns the table engine's answer to w.request.
func (w *worker) tables() (string, error) {
	d, ids, err := w.subject.Engine.Deciding(&w.request, w.ids[:0])
	if err != nil {
		return "", err
	}
	w.ids = ids
	quick, err := w.subject.Engine.Decide(&w.request)
	if err != nil {
		return "", err
	}
	a := newAnswer(d, ids)
	if quick != d {
		return fmt.Sprintf("%s, without ids %s", a, quick.Code), nil
	}
	return a.String(), nil
}
