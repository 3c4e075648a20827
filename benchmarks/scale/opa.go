package main

import (
	"bufio"
	"context"
	"os"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
)

// opa is a policy in OPA's Go library, with its store in memory.
type opa struct {
	ctx   context.Context
	query rego.PreparedEvalQuery
}

// documentPolicy decides from a [document].
const documentPolicy = `package authz

default allow := false

allow if {
	some organisation in {"", object.get(input, "organisation", "")}
	some role in data.subjects[input.subject.id][organisation]
	data.roles[role][input.permission]
}
`

// openDocument reads the document as OPA's own server does, with a store that takes what it is given as it is.
func openDocument(ctx context.Context, o *order) (engine, error) {
	file, err := os.Open(o.path(documentFile))
	if err != nil {
		return nil, err
	}
	defer file.Close()
	store := inmem.NewFromReaderWithOpts(bufio.NewReaderSize(file, 1<<20), inmem.OptRoundTripOnWrite(false))
	return prepare(ctx, rego.Query("data.authz.allow"), rego.Module("authz.rego", documentPolicy), rego.Store(store))
}

// openBundle reads the bundle that Lictor reads, into a store of the library's own making. Its signature is not verified.
func openBundle(ctx context.Context, o *order) (engine, error) {
	return prepare(ctx, rego.Query("data.lictor.authz.allow"), rego.LoadBundle(o.path(bundleFile)), rego.SkipBundleVerification(true))
}

func prepare(ctx context.Context, options ...func(*rego.Rego)) (engine, error) {
	query, err := rego.New(append(options, rego.SetRegoVersion(ast.RegoV1))...).PrepareForEval(ctx)
	return &opa{ctx, query}, err
}

func (p *opa) answer(q *question) (bool, error) {
	input := map[string]any{
		"subject":    map[string]any{"type": q.Type, "id": q.Subject},
		"permission": q.Permission, "now": noon,
	}
	if q.Organisation != "" {
		input["organisation"] = q.Organisation
	}
	results, err := p.query.Eval(p.ctx, rego.EvalInput(input))
	return results.Allowed(), err
}

func (p *opa) tables() (int64, time.Duration, error) { return 0, 0, nil }
