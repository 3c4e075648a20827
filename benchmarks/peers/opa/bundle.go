package opa

import (
	"bytes"
	"context"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/util"

	"github.com/lictor-dev/lictor/benchmarks/peers"
	"github.com/lictor-dev/lictor/benchmarks/peers/lictor"
	"github.com/lictor-dev/lictor/benchmarks/workload"
	"github.com/lictor-dev/lictor/bundles"
	generate "github.com/lictor-dev/lictor/compiler/rego"
)

// Bundle is OPA on the Rego and the data that Lictor's compiler makes of a workload.
type Bundle struct {
	query   rego.PreparedEvalQuery
	options []rego.EvalOption // the last is the input
}

// NewBundle prepares the entrypoint lictor/authz/allow. The error about what no entrypoint does is a [*peers.UnfitError].
func NewBundle(w *workload.Workload) (*Bundle, error) {
	if w.Explained {
		return nil, &peers.UnfitError{Engine: "opa-lictor-bundle", Workload: w.Name, Reason: "its entrypoints name the reason, and no grants that come close"}
	}
	members, err := BundleDocument(w)
	if err != nil {
		return nil, err
	}
	var root any
	if err := util.NewJSONDecoder(bytes.NewReader(members[bundles.DataName])).Decode(&root); err != nil {
		return nil, err
	}
	delete(members, bundles.DataName)
	var modules []func(*rego.Rego)
	for path, text := range members {
		modules = append(modules, rego.Module(path, string(text)))
	}
	store := inmem.NewFromObject(map[string]any{"lictor": root})
	query, txn, err := prepare(store, "data.lictor.authz.allow", modules...)
	if err != nil {
		return nil, err
	}
	return &Bundle{query, options(txn)}, nil
}

// BundleDocument returns what OPA reads of the bundle that Lictor's compiler makes of a workload: modules and data, by their
// paths.
func BundleDocument(w *workload.Workload) (map[string][]byte, error) {
	m, err := lictor.Model(w.Policy)
	if err != nil {
		return nil, err
	}
	generated, err := generate.Generate(m)
	if err != nil {
		return nil, err
	}
	members := generated.Members()
	members[bundles.DataName] = generated.Data
	return members, nil
}

// Decide implements peers.Engine.
func (o *Bundle) Decide(r *workload.Request) (bool, error) {
	o.options[len(o.options)-1] = rego.EvalParsedInput(evaluation(r))
	return truth(first(o.query.Eval(context.Background(), o.options...)))
}

var (
	typeKey       = ast.StringTerm("type")
	idKey         = ast.StringTerm("id")
	nameKey       = ast.StringTerm("name")
	propertiesKey = ast.StringTerm("properties")
	contextKey    = ast.StringTerm("context")
	userTerm      = ast.StringTerm("user")
)

// evaluation is a request as AuthZEN has it.
func evaluation(r *workload.Request) ast.Value {
	resource := ast.NewObject([2]*ast.Term{typeKey, ast.StringTerm(r.Resource)}, [2]*ast.Term{idKey, ast.StringTerm(r.Instance)})
	if x := r.Properties; x != nil {
		resource.Insert(propertiesKey, ast.ObjectTerm([2]*ast.Term{ownerKey, ast.StringTerm(x.Owner)},
			[2]*ast.Term{statusKey, ast.StringTerm(x.Status)}, [2]*ast.Term{pathKey, ast.StringTerm(x.Path)}))
	}
	o := ast.NewObject(
		[2]*ast.Term{subjectKey, ast.ObjectTerm([2]*ast.Term{typeKey, userTerm}, [2]*ast.Term{idKey, ast.StringTerm(r.Subject)})},
		[2]*ast.Term{actionKey, ast.ObjectTerm([2]*ast.Term{nameKey, ast.StringTerm(r.Action)})},
		[2]*ast.Term{resourceKey, ast.NewTerm(resource)},
	)
	if r.Organisation != "" {
		o.Insert(organisationKey, ast.StringTerm(r.Organisation))
	}
	if x := r.Properties; x != nil {
		o.Insert(contextKey, ast.ObjectTerm([2]*ast.Term{regionKey, ast.StringTerm(x.Region)}, [2]*ast.Term{levelKey, ast.IntNumberTerm(x.Level)}))
	}
	return o
}
