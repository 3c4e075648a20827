// Package opa is Open Policy Agent in the comparison, as a Go library: on the policy that somebody who knows OPA would write,
// and on the Rego of Lictor's own bundle.
package opa

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/storage/inmem"

	"github.com/lictor-dev/lictor/benchmarks/workload"
)

// Idiomatic is OPA on a policy of its own.
type Idiomatic struct {
	query    rego.PreparedEvalQuery
	options  []rego.EvalOption // the last is the input
	features features
}

// NewIdiomatic prepares the query of a workload.
func NewIdiomatic(w *workload.Workload) (*Idiomatic, error) {
	f := featuresOf(w)
	store := inmem.NewFromObject(data(w, f))
	query := "data.authz.allow"
	switch {
	case w.Explained:
		query = "data.authz.explained"
	case w.Batch > 1:
		query = "data.authz.allowed"
	}
	prepared, txn, err := prepare(store, query, rego.Module("authz.rego", f.module()))
	if err != nil {
		return nil, err
	}
	return &Idiomatic{prepared, options(txn), f}, nil
}

// prepare compiles a query and opens the transaction that it is evaluated in again and again, as nobody writes.
func prepare(store storage.Store, query string, modules ...func(*rego.Rego)) (q rego.PreparedEvalQuery, txn storage.Transaction, err error) {
	ctx := context.Background()
	if txn, err = store.NewTransaction(ctx); err != nil {
		return q, nil, err
	}
	q, err = rego.New(append(modules, rego.Query(query), rego.Store(store), rego.Transaction(txn))...).PrepareForEval(ctx)
	return q, txn, err
}

func options(txn storage.Transaction) []rego.EvalOption {
	return []rego.EvalOption{rego.EvalTransaction(txn), rego.EvalCopyMaps(false), nil}
}

var errNoAnswer = errors.New("the query has no value of the kind expected")

// evaluate returns the value of the query for an input.
func (o *Idiomatic) evaluate(input ast.Value) (any, error) {
	o.options[len(o.options)-1] = rego.EvalParsedInput(input)
	return first(o.query.Eval(context.Background(), o.options...))
}

func first(results rego.ResultSet, err error) (any, error) {
	if err != nil || len(results) != 1 || len(results[0].Expressions) != 1 {
		return nil, errors.Join(err, errNoAnswer)
	}
	return results[0].Expressions[0].Value, nil
}

// truth returns the value of a query that answers with a boolean.
func truth(v any, err error) (bool, error) {
	if err != nil {
		return false, err
	}
	allowed, ok := v.(bool)
	if !ok {
		return false, fmt.Errorf("%w: %T", errNoAnswer, v)
	}
	return allowed, nil
}

// Decide implements peers.Engine.
func (o *Idiomatic) Decide(r *workload.Request) (bool, error) {
	return truth(o.evaluate(o.features.input(r)))
}

// DecideAll implements peers.Batcher with one evaluation.
func (o *Idiomatic) DecideAll(rs []workload.Request, dst []bool) ([]bool, error) {
	items := make([]*ast.Term, len(rs))
	for i := range rs {
		items[i] = ast.NewTerm(item(&rs[i]))
	}
	v, err := o.evaluate(ast.NewObject(
		[2]*ast.Term{subjectKey, ast.StringTerm(rs[0].Subject)}, [2]*ast.Term{requestsKey, ast.ArrayTerm(items...)},
	))
	if err != nil {
		return dst, err
	}
	answers, ok := v.([]any)
	if !ok {
		return dst, fmt.Errorf("%w: %T", errNoAnswer, v)
	}
	for _, a := range answers {
		allowed, ok := a.(bool)
		if !ok {
			return dst, fmt.Errorf("%w: %T", errNoAnswer, a)
		}
		dst = append(dst, allowed)
	}
	return dst, nil
}

// Explain implements peers.Explainer with a rule that the policy has for it.
func (o *Idiomatic) Explain(r *workload.Request) (bool, []string, error) {
	v, err := o.evaluate(o.features.input(r))
	if err != nil {
		return false, nil, err
	}
	answer, _ := v.(map[string]any)
	allowed, ok := answer["allow"].(bool)
	nearest, ok2 := answer["nearest"].([]any)
	if !ok || !ok2 {
		return false, nil, fmt.Errorf("%w: %T", errNoAnswer, v)
	}
	near := make([]string, len(nearest))
	for i, n := range nearest {
		near[i], _ = n.(string)
	}
	return allowed, near, nil
}

// The names of members of the input, made once.
var (
	subjectKey      = ast.StringTerm("subject")
	resourceKey     = ast.StringTerm("resource")
	actionKey       = ast.StringTerm("action")
	instanceKey     = ast.StringTerm("instance")
	organisationKey = ast.StringTerm("organisation")
	requestsKey     = ast.StringTerm("requests")
	ownerKey        = ast.StringTerm("owner")
	statusKey       = ast.StringTerm("status")
	pathKey         = ast.StringTerm("path")
	regionKey       = ast.StringTerm("region")
	levelKey        = ast.StringTerm("level")
)

// input is the request as the policy reads it, made of terms as the fastest form that OPA takes.
func (f features) input(r *workload.Request) ast.Value {
	o := ast.NewObject(
		[2]*ast.Term{subjectKey, ast.StringTerm(r.Subject)},
		[2]*ast.Term{resourceKey, ast.StringTerm(r.Resource)},
		[2]*ast.Term{actionKey, ast.StringTerm(r.Action)},
		[2]*ast.Term{instanceKey, ast.StringTerm(r.Instance)},
	)
	if f.Organisations {
		o.Insert(organisationKey, ast.StringTerm(r.Organisation))
	}
	if x := r.Properties; x != nil {
		o.Insert(ownerKey, ast.StringTerm(x.Owner))
		o.Insert(statusKey, ast.StringTerm(x.Status))
		o.Insert(pathKey, ast.StringTerm(x.Path))
		o.Insert(regionKey, ast.StringTerm(x.Region))
		o.Insert(levelKey, ast.IntNumberTerm(x.Level))
	}
	return o
}

// item is one request of a batch.
func item(r *workload.Request) ast.Value {
	return ast.NewObject(
		[2]*ast.Term{resourceKey, ast.StringTerm(r.Resource)},
		[2]*ast.Term{actionKey, ast.StringTerm(r.Action)},
	)
}

// conditions are those of package workload in Rego, as the policy's input names them.
var conditions = [...]string{
	workload.OwnerAsks:      `input.owner == input.subject`,
	workload.IsActive:       `input.status == "` + workload.Active + `"`,
	workload.LevelReached:   fmt.Sprintf(`input.level >= %d`, workload.LevelNeeded),
	workload.RegionListed:   `input.region in {"` + strings.Join(workload.Regions, `", "`) + `"}`,
	workload.BelowDocuments: `startswith(input.path, "` + workload.Documents + `")`,
}
