package agree

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"github.com/open-policy-agent/opa/v1/ast"
	oparego "github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/util"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/compiler/rego"
)

// OPA is a bundle's Rego, loaded as stock OPA loads it. It is safe for concurrent use.
type OPA struct {
	query oparego.PreparedEvalQuery
}

// NewOPA loads a bundle's Rego, and all of its data, unless conditions of the same policy have them already; they may be nil.
func NewOPA(ctx context.Context, out *rego.Output, conditions *Conditions) (*OPA, error) {
	var data storage.Store
	var err error
	if conditions != nil {
		data = conditions.data
	} else if data, err = load(out); err != nil {
		return nil, err
	}
	query, err := prepare(ctx, out, data, "decision := data.lictor.authz.decision; allow := data.lictor.authz.allow")
	if err != nil {
		return nil, err
	}
	return &OPA{query: query}, nil
}

// load returns a policy's data as stock OPA has them.
func load(out *rego.Output) (storage.Store, error) {
	var data any
	if err := util.UnmarshalJSON(out.Data, &data); err != nil {
		return nil, fmt.Errorf("rego data: %w", err)
	}
	return inmem.NewFromObjectWithOpts(map[string]any{"lictor": data}, inmem.OptRoundTripOnWrite(false)), nil
}

// answer is what an engine says, in the form of the decision entrypoint.
type answer struct {
	Code     string      `json:"code"`
	Decision string      `json:"decision"`
	Policies []policy.ID `json:"policies"`
}

// undefined is the answer of an entrypoint that has none.
const undefined = "undefined"

// decide returns the decision for an input as canonical JSON, [undefined] when there is none, and
// whatever is there, with the value of allow, when the two do not fit together.
func (o *OPA) decide(ctx context.Context, input []byte) (string, error) {
	parsed, err := ast.ValueFromReader(bytes.NewReader(input))
	if err != nil {
		return "", fmt.Errorf("input: %w", err)
	}
	results, err := o.query.Eval(ctx, oparego.EvalParsedInput(parsed))
	switch two := conflict(err); {
	case two != nil:
		return "", two
	case err != nil:
		return "", fmt.Errorf("rego: %w", err)
	case len(results) == 0:
		return undefined, nil
	}
	text, err := json.Marshal(results[0].Bindings["decision"])
	if err != nil {
		return "", fmt.Errorf("rego: %w", err)
	}
	var a answer
	shaped := json.Unmarshal(text, &a) == nil
	if allow := results[0].Bindings["allow"]; !shaped || allow != (a.Decision == "ALLOW") {
		return fmt.Sprintf("%s, allow %v", text, allow), nil
	}
	return a.String(), nil
}

// String returns the answer as canonical JSON.
func (a answer) String() string {
	if a.Policies == nil {
		a.Policies = []policy.ID{}
	}
	text, err := json.Marshal(a)
	if err != nil {
		panic("BUG: an answer that does not marshal")
	}
	return string(text)
}
