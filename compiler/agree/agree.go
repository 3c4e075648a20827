// Package agree compares the two engines that a bundle carries: its decision tables and its Rego. Each
// build generates requests from the policy, the same ones every time, and asks both; a bundle whose
// engines differ in a decision, a reason or a policy id is not written.
package agree

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/compiler/rego"
	"github.com/lictor-dev/lictor/runtime/conformance/generate"
	"github.com/lictor-dev/lictor/runtime/decision"
)

// Subject is what is compared: one policy as a model, as an engine built from its decision tables, and
// as Rego, in the text that the bundle will hold.
type Subject struct {
	Model  *policy.Model
	Engine decision.Engine
	Rego   *rego.Output

	// Conditions are those that Engine asks, if any: one that takes too long ends the comparison.
	Conditions *Conditions

	Wasm []byte // policy.wasm, which is asked about some of the requests; nil leaves it out

	OPA *OPA // Rego as OPA has it, if that is loaded already
}

// Options choose the requests.
type Options struct {
	Full bool   // ask about every policy, not only a sample
	Seed uint64 // of the random requests
}

// Result says what was compared, for the bundle's manifest.
type Result struct {
	Requests int    `json:"requests"`
	Seed     uint64 `json:"seed"`
	Mode     string `json:"mode"` // "sample" or "full"
}

// Disagreement is a request that the engines answer differently.
type Disagreement struct {
	Seed   uint64 // Options.Seed of the run that found it
	Number int    // of the request in that run, counted from 0
	Input  string // the request, as JSON
	Tables string // the table engine's answer, as JSON
	Rego   string // OPA's answer, as JSON
	Wasm   string // that of policy.wasm; empty unless it is the one that differs
}

func (d *Disagreement) Error() string {
	other, answer := "rego", d.Rego
	if d.Wasm != "" {
		other, answer = "policy.wasm", d.Wasm
	}
	return fmt.Sprintf("decision tables and %s disagree on request %d of seed %d: tables say %s, %s says %s, for the input %s",
		other, d.Number, d.Seed, d.Tables, other, answer, d.Input)
}

// Check puts the same requests to both engines, some of them to policy.wasm too, and returns how many there were. The error is a
// [*SlowError], a [*ConflictError], a [*Disagreement], the first in the order of requests whatever the number of processors, or what kept
// an engine from answering.
func Check(ctx context.Context, s Subject, o Options) (Result, error) {
	plan := newPlan(s.Model, o)
	result := Result{Seed: o.Seed, Mode: "sample"}
	if o.Full {
		result.Mode = "full"
	}
	asked, err := s.OPA, error(nil)
	if asked == nil {
		asked, err = NewOPA(ctx, s.Rego, nil)
	}
	if err != nil {
		return result, err
	}
	module, err := newModule(s, &plan)
	if err != nil {
		return result, err
	}
	defer module.close()
	c := comparison{subject: s, plan: plan, opa: asked, module: module, sampler: generate.NewSampler(s.Model, o.Seed)}
	c.failed.Store(int64(plan.chunks()))
	result.Requests, err = c.run(ctx)
	return result, err
}

// comparison is one run of Check. Workers take chunks in order; after a failure nobody begins a later
// chunk, so the first failure in the order of requests is always found.
type comparison struct {
	subject Subject
	plan    plan
	opa     *OPA
	module  *module
	sampler *generate.Sampler

	next     atomic.Int64 // chunk to take
	failed   atomic.Int64 // first chunk that failed; the number of chunks when none has
	requests atomic.Int64
}

func (c *comparison) run(ctx context.Context) (requests int, err error) {
	errs := make([]error, c.plan.chunks())
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(errs)) {
		workers.Go(func() {
			for {
				chunk := int(c.next.Add(1)) - 1
				if int64(chunk) >= c.failed.Load() {
					return
				}
				if errs[chunk] = c.compare(ctx, chunk); errs[chunk] != nil {
					c.lower(int64(chunk))
				}
			}
		})
	}
	workers.Wait()
	first := slices.IndexFunc(errs, func(err error) bool { return err != nil })
	if first >= 0 {
		return int(c.requests.Load()), errs[first]
	}
	return int(c.requests.Load()), nil
}

// lower makes chunk the first that failed, unless an earlier one has.
func (c *comparison) lower(chunk int64) {
	for {
		was := c.failed.Load()
		if was <= chunk || c.failed.CompareAndSwap(was, chunk) {
			return
		}
	}
}

// compare puts the requests of one chunk to both engines.
func (c *comparison) compare(ctx context.Context, chunk int) error {
	w := worker{comparison: c, sampler: c.sampler.Fork(c.plan.seed + uint64(chunk))}
	for number, r := range c.plan.requests(chunk, w.sampler) {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := w.ask(ctx, number, r); err != nil {
			return err
		}
	}
	c.requests.Add(int64(w.asked))
	return nil
}
