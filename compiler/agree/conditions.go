package agree

import (
	"bytes"
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	oparego "github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage"

	"github.com/lictor-dev/lictor/compiler/diag"
	"github.com/lictor-dev/lictor/compiler/rego"
	"github.com/lictor-dev/lictor/runtime/decision"
)

// ruleDeadline is how long OPA may take for one rule, and decideDeadline for a decision, thousands of which are asked for:
// an edge waits far less.
const (
	ruleDeadline   = 10 * time.Second
	decideDeadline = 30 * time.Second
)

// SlowError says that the rule of a condition takes longer than anybody waits.
type SlowError struct {
	Rule     string // as [policy.RegoName] names it
	Item     string // what is written in the condition, if that is known
	Deadline time.Duration
}

func (e *SlowError) Error() string {
	what := "rule " + e.Rule
	if e.Item != "" {
		what = "condition " + diag.Quote(e.Item)
	}
	return fmt.Sprintf("%s takes longer than %s to evaluate", what, e.Deadline)
}

// Conditions evaluate single conditions in OPA. They are safe for concurrent use. After the first that takes too long all
// are unknown.
type Conditions struct {
	data     storage.Store // that of the policy
	query    oparego.PreparedEvalQuery
	done     context.Context
	deadline time.Duration
	slow     atomic.Pointer[SlowError]
	conflict atomic.Pointer[ConflictError]
}

var _ decision.Conditions = (*Conditions)(nil)

// NewConditions prepares the conditions of a policy, as its Rego has them. When ctx is done they are unknown.
func NewConditions(ctx context.Context, out *rego.Output) (*Conditions, error) {
	data, err := load(out)
	if err != nil {
		return nil, err
	}
	query, err := prepare(ctx, out, data, "conditions := data.lictor.authz.conditions")
	if err != nil {
		return nil, err
	}
	return &Conditions{data: data, query: query, done: ctx, deadline: ruleDeadline}, nil
}

// Slow returns the first condition that took too long; nil if none has. A nil Conditions has none.
func (c *Conditions) Slow() *SlowError {
	if c == nil {
		return nil
	}
	return c.slow.Load()
}

// Conflict returns the first rule of the project's own that had two values; nil if none had. A nil Conditions has none.
func (c *Conditions) Conflict() *ConflictError {
	if c == nil {
		return nil
	}
	return c.conflict.Load()
}

// Condition implements [decision.Conditions].
func (c *Conditions) Condition(rule string, environment []byte) decision.Truth {
	if c.Slow() != nil {
		return decision.Unknown
	}
	parsed, err := ast.ValueFromReader(bytes.NewReader(environment))
	if err != nil {
		return decision.Unknown
	}
	asked := ast.NewObject(
		ast.Item(ast.StringTerm("conditions"), ast.ArrayTerm(ast.StringTerm(rule))),
		ast.Item(ast.StringTerm("environment"), ast.NewTerm(parsed)),
	)
	ctx, cancel := context.WithTimeout(c.done, c.deadline)
	defer cancel()
	results, err := c.query.Eval(ctx, oparego.EvalParsedInput(asked))
	if ctx.Err() != nil && c.done.Err() == nil {
		c.slow.CompareAndSwap(nil, &SlowError{Rule: rule, Deadline: c.deadline})
	}
	if two := conflict(err); two != nil {
		c.conflict.CompareAndSwap(nil, two)
	}
	if err != nil || len(results) != 1 {
		return decision.Unknown
	}
	values, _ := results[0].Bindings["conditions"].(map[string]any)
	switch values[rule] {
	case true:
		return decision.True
	case false:
		return decision.False
	default:
		return decision.Unknown
	}
}

// prepare loads a policy's modules as stock OPA does, beside its data.
func prepare(ctx context.Context, out *rego.Output, data storage.Store, text string) (oparego.PreparedEvalQuery, error) {
	options := []func(*oparego.Rego){oparego.Query(text), oparego.SetRegoVersion(ast.RegoV1), oparego.Store(data)}
	for _, m := range out.Modules {
		options = append(options, oparego.Module(m.Path, string(m.Text)))
	}
	query, err := oparego.New(options...).PrepareForEval(ctx)
	if err != nil {
		return query, fmt.Errorf("rego: %w", err)
	}
	return query, nil
}
