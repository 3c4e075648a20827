// Package lictor is Lictor in the comparison: the policy as definitions, which the compiler reads, and what comes out of it in
// the table engine, in policy.wasm and in the evaluator guest.
package lictor

import (
	"context"
	"encoding/json"
	"runtime"
	"time"

	"github.com/lictor-dev/lictor/benchmarks/peers"
	"github.com/lictor-dev/lictor/benchmarks/workload"
	"github.com/lictor-dev/lictor/bundles"
	"github.com/lictor-dev/lictor/bundles/tables"
	"github.com/lictor-dev/lictor/compiler/rego"
	opawasm "github.com/lictor-dev/lictor/compiler/wasm"
	"github.com/lictor-dev/lictor/runtime/decision"
	"github.com/lictor-dev/lictor/runtime/table"
	"github.com/lictor-dev/lictor/runtime/wasm"
	"github.com/lictor-dev/lictor/runtime/wasm/evaluator"
)

// Table asks the table engine, whose tables are where an edge has them.
type Table struct {
	e      *table.Engine
	memory *bundles.Memory
	question
}

// NewTable returns the table engine for a workload.
func NewTable(w *workload.Workload) (*Table, error) {
	data, err := tablesOf(w)
	if err != nil {
		return nil, err
	}
	memory, err := bundles.OffHeap(data)
	if err != nil {
		return nil, err
	}
	opened, err := tables.Open(memory.Bytes())
	if err != nil {
		return nil, err
	}
	e, err := table.New(opened)
	if err != nil {
		return nil, err
	}
	return &Table{e, memory, newQuestion(e.Grammar())}, nil
}

func tablesOf(w *workload.Workload) ([]byte, error) {
	m, err := Model(w.Policy)
	if err != nil {
		return nil, err
	}
	return tables.Build(m)
}

// Decide implements peers.Engine.
func (t *Table) Decide(r *workload.Request) (bool, error) {
	if err := t.set(r); err != nil {
		return false, err
	}
	d, err := t.e.Decide(&t.request)
	runtime.KeepAlive(t.memory)
	return d.Allowed, err
}

// Explain implements peers.Explainer with all that an explanation of Lictor has.
func (t *Table) Explain(r *workload.Request) (bool, []string, error) {
	if err := t.set(r); err != nil {
		return false, nil, err
	}
	defer runtime.KeepAlive(t.memory)
	return explain(t.e, &t.request)
}

func explain(e *table.Engine, r *decision.Request) (bool, []string, error) {
	d, x, err := decision.Explain(e, e, r)
	near := make([]string, len(x.Nearest))
	for i := range near {
		near[i] = x.Nearest[i].Permission
	}
	return d.Allowed, near, err
}

// Prepared asks the table engine with requests that were made beforehand.
type Prepared struct {
	*Table
	prepared []*decision.Request
}

// NewPrepared returns the table engine for a workload, with the workload's requests.
func NewPrepared(w *workload.Workload) (*Prepared, error) {
	t, err := NewTable(w)
	if err != nil {
		return nil, err
	}
	p := &Prepared{t, make([]*decision.Request, len(w.Requests))}
	for i := range w.Requests {
		if p.prepared[i], err = prepare(t.e.Grammar(), &w.Requests[i]); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// Decide implements peers.Engine.
func (p *Prepared) Decide(r *workload.Request) (bool, error) {
	d, err := p.e.Decide(p.prepared[r.Number])
	runtime.KeepAlive(p.memory)
	return d.Allowed, err
}

// Explain implements peers.Explainer as Table does.
func (p *Prepared) Explain(r *workload.Request) (bool, []string, error) {
	defer runtime.KeepAlive(p.memory)
	return explain(p.e, p.prepared[r.Number])
}

// Wasm asks policy.wasm on wazero.
type Wasm struct {
	e *wasm.Engine
	question
}

// NewWasm returns policy.wasm for a workload. It is to be closed. The error about what no entrypoint does is a
// [*peers.UnfitError].
func NewWasm(w *workload.Workload) (*Wasm, error) {
	if w.Explained {
		return nil, &peers.UnfitError{Engine: "lictor-wasm", Workload: w.Name, Reason: "its entrypoints name the reason, and no grants that come close"}
	}
	m, err := Model(w.Policy)
	if err != nil {
		return nil, err
	}
	generated, err := rego.Generate(m)
	if err != nil {
		return nil, err
	}
	module, err := opawasm.Compile(context.Background(), generated.Members(), rego.Entrypoints)
	if err != nil {
		return nil, err
	}
	e, err := wasm.Shared().Engine(module, generated.Data, m.Grammar(), wasm.Options{Instances: 1, Pages: 1 << 15, Start: time.Minute})
	if err != nil {
		return nil, err
	}
	return &Wasm{e, newQuestion(m.Grammar())}, nil
}

// Decide implements peers.Engine with the entrypoint lictor/authz/allow.
func (p *Wasm) Decide(r *workload.Request) (bool, error) {
	if err := p.set(r); err != nil {
		return false, err
	}
	return p.e.Allow(&p.request)
}

// Close gives back what policy.wasm uses.
func (p *Wasm) Close() error {
	p.e.Close()
	return nil
}

// Guest asks lictor-evaluator.wasm on wazero.
type Guest struct {
	e *evaluator.Engine
	question
}

// NewGuest loads a workload into the evaluator guest. It is to be closed.
func NewGuest(of *evaluator.Evaluator, w *workload.Workload) (*Guest, error) {
	data, err := tablesOf(w)
	if err != nil {
		return nil, err
	}
	e, err := of.Load(evaluator.Policy{Tables: data})
	if err != nil {
		return nil, err
	}
	return &Guest{e, newQuestion(e.Grammar())}, nil
}

// Decide implements peers.Engine.
func (g *Guest) Decide(r *workload.Request) (bool, error) {
	if err := g.set(r); err != nil {
		return false, err
	}
	d, err := g.e.Decide(&g.request)
	return d.Allowed, err
}

// Explain implements peers.Explainer with the guest's own explanation, which is JSON.
func (g *Guest) Explain(r *workload.Request) (bool, []string, error) {
	type named struct {
		Type string `json:"type,omitempty"`
		ID   string `json:"id,omitempty"`
		Name string `json:"name,omitempty"`
	}
	asked, err := json.Marshal(map[string]named{
		"subject": {Type: "user", ID: r.Subject}, "action": {Name: r.Action}, "resource": {Type: r.Resource, ID: r.Instance},
	})
	if err != nil {
		return false, nil, err
	}
	answered, err := g.e.Ask(nil, evaluator.KindExplain, asked)
	if err != nil {
		return false, nil, err
	}
	var x struct {
		Decision string `json:"decision"`
		Nearest  []struct {
			Permission string `json:"permission"`
		} `json:"nearest"`
	}
	err = json.Unmarshal(answered, &x)
	near := make([]string, len(x.Nearest))
	for i := range near {
		near[i] = x.Nearest[i].Permission
	}
	return x.Decision == "ALLOW", near, err
}

// Close gives back what the guest uses.
func (g *Guest) Close() error {
	g.e.Close()
	return nil
}
