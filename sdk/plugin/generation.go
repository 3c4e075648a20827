package plugin

import (
	"bytes"
	"context"
	"errors"
	"sync/atomic"

	"github.com/lictor-dev/lictor/bundles"
	"github.com/lictor-dev/lictor/runtime/wasm"
	"github.com/lictor-dev/lictor/runtime/wasm/evaluator"
)

// generation is a bundle as loaded in an evaluator. Who uses it holds a share, and the plugin one while it is the current
// one; the last to let go closes it.
type generation struct {
	module     *module
	engine     *evaluator.Engine
	conditions *conditions // nil where the evaluator needs none
	bundle     *bundles.Bundle
	shares     atomic.Int64
}

// module is a compiled evaluator, shared by the generations that run in it.
type module struct {
	evaluator *evaluator.Evaluator
	shares    atomic.Int64
}

// compile returns an evaluator with one share.
func (p *Plugin) compile(ctx context.Context, content []byte) (*module, error) {
	o := &p.options
	e, err := evaluator.New(ctx, content, evaluator.Options{Cache: o.Cache, Instances: o.Instances, Pages: o.Pages, Deadline: o.Deadline})
	if err != nil {
		return nil, err
	}
	m := &module{evaluator: e}
	return m.share(), nil
}

// share returns m with one share more. The caller must have one, or be the first.
func (m *module) share() *module {
	m.shares.Add(1)
	return m
}

func (m *module) release() {
	if m.shares.Add(-1) == 0 {
		_ = m.evaluator.Close() // nobody is left to tell, and nothing is lost but memory
	}
}

// verify opens a bundle, whose tables must be on the heap: instances are made of them at any time.
func (p *Plugin) verify(content []byte) (*bundles.Bundle, error) {
	b, err := bundles.Open(bytes.NewReader(content), bundles.Options{
		Keys: p.options.Keys, AllowUnsigned: p.options.AllowUnsigned, HighestEpoch: p.epoch, Keep: bundles.Serving,
	})
	if err != nil {
		return nil, err
	}
	if part := b.Manifest.Subset; part != nil && !p.options.AllowPart {
		return nil, &PartError{For: part.For}
	}
	return b, nil
}

// install loads a bundle and makes it the current one. It takes over a share of m.
func (p *Plugin) install(ctx context.Context, m *module, b *bundles.Bundle) error {
	g := &generation{module: m, bundle: b}
	g.shares.Store(1)
	err := ctx.Err()
	if err == nil {
		err = g.load(&p.options)
	}
	if err != nil {
		g.release()
		return err
	}
	p.bundle, p.epoch = b, max(p.epoch, b.Manifest.Epoch)
	p.mu.Lock()
	old := p.current
	p.current = g
	p.mu.Unlock()
	if old != nil {
		old.release()
	}
	return nil
}

// load loads the bundle, and evaluates conditions for the evaluator only where it asks for that.
func (g *generation) load(o *Options) error {
	tables, _ := g.bundle.Member(bundles.TablesName)
	tests, _ := g.bundle.Member(bundles.TestsName)
	policy := evaluator.Policy{Tables: tables.Bytes, Tests: tests.Bytes, Callers: o.Callers}
	var err error
	g.engine, err = g.module.evaluator.Load(policy)
	if refused, ok := errors.AsType[*evaluator.GuestError](err); !ok || refused.Code != "conditions" {
		return err
	}
	program, found := g.bundle.Member(bundles.WasmName)
	if !found {
		return err
	}
	if g.conditions, err = newConditions(program.Bytes, o); err != nil {
		return err
	}
	policy.Conditions = g.conditions.wasm
	g.engine, err = g.module.evaluator.Load(policy)
	return err
}

// conditions evaluate what only Rego can, by the bundle's policy.wasm.
type conditions struct {
	runtime *wasm.Runtime
	wasm    *wasm.Conditions
}

func newConditions(program []byte, o *Options) (*conditions, error) {
	r := wasm.NewRuntime(o.Cache)
	c, err := r.Conditions(program, wasm.Options{Instances: o.Instances})
	if err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return &conditions{r, c}, nil
}

func (c *conditions) close() {
	c.wasm.Close()
	_ = c.runtime.Close() // as in release
}

// acquire returns the current generation with a share for the caller. The error is [ErrClosed].
func (p *Plugin) acquire() (*generation, error) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	if p.current == nil {
		return nil, ErrClosed
	}
	p.current.shares.Add(1)
	return p.current, nil
}

func (g *generation) release() {
	if g.shares.Add(-1) > 0 {
		return
	}
	if g.engine != nil {
		g.engine.Close()
	}
	if g.conditions != nil {
		g.conditions.close()
	}
	g.module.release()
}

func (g *generation) about() Generation {
	return Generation{Revision: g.bundle.Manifest.Revision, Epoch: g.bundle.Manifest.Epoch, ID: g.bundle.ID.String()}
}
