package agree

import (
	"bytes"
	"context"
	"fmt"

	"github.com/open-policy-agent/opa/v1/ast"
	oparego "github.com/open-policy-agent/opa/v1/rego"

	"github.com/lictor-dev/lictor/compiler/rego"
	"github.com/lictor-dev/lictor/runtime/decision"
)

// Conditions evaluate single conditions in OPA. They are safe for concurrent use.
type Conditions struct {
	query oparego.PreparedEvalQuery
}

var _ decision.Conditions = (*Conditions)(nil)

// NewConditions prepares the conditions of a policy, as its Rego has them.
func NewConditions(ctx context.Context, out *rego.Output) (*Conditions, error) {
	query, err := prepare(ctx, out, "conditions := data.lictor.authz.conditions")
	if err != nil {
		return nil, err
	}
	return &Conditions{query: query}, nil
}

// Condition implements [decision.Conditions].
func (c *Conditions) Condition(rule string, environment []byte) decision.Truth {
	parsed, err := ast.ValueFromReader(bytes.NewReader(environment))
	if err != nil {
		return decision.Unknown
	}
	asked := ast.NewObject(
		ast.Item(ast.StringTerm("conditions"), ast.ArrayTerm(ast.StringTerm(rule))),
		ast.Item(ast.StringTerm("environment"), ast.NewTerm(parsed)),
	)
	results, err := c.query.Eval(context.Background(), oparego.EvalParsedInput(asked))
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

// prepare loads a policy as stock OPA does.
func prepare(ctx context.Context, out *rego.Output, text string) (oparego.PreparedEvalQuery, error) {
	store, err := load(out)
	if err != nil {
		return oparego.PreparedEvalQuery{}, err
	}
	options := []func(*oparego.Rego){oparego.Query(text), oparego.SetRegoVersion(ast.RegoV1), oparego.Store(store)}
	for _, m := range out.Modules {
		options = append(options, oparego.Module(m.Path, string(m.Text)))
	}
	query, err := oparego.New(options...).PrepareForEval(ctx)
	if err != nil {
		return query, fmt.Errorf("rego: %w", err)
	}
	return query, nil
}
