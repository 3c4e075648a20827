package wasm

import (
	"bytes"
	"runtime"
	"sync/atomic"

	"github.com/lictor-dev/lictor/bundles"
	"github.com/lictor-dev/lictor/bundles/tables"
	"github.com/lictor-dev/lictor/bundles/value"
	"github.com/lictor-dev/lictor/runtime/decision"
)

// Conditions evaluate single conditions by a bundle's policy.wasm. Their instances hold no data. They are safe for
// concurrent use.
type Conditions struct {
	pool     *pool
	failures [FailureCount]atomic.Uint64
}

var _ decision.Conditions = (*Conditions)(nil)

// Conditions returns the conditions of a bundle's member policy.wasm. The errors are those of package guard,
// [*StartError], and [ErrClosed]. They are closed when they are garbage, at the latest.
func (r *Runtime) Conditions(module []byte, o Options) (*Conditions, error) {
	p, err := r.newPool(module, &document{[3]string{`{}`}}, o.withDefaults(forConditions))
	if err != nil {
		return nil, err
	}
	c := &Conditions{pool: p}
	if err := c.try(); err != nil {
		p.close()
		return nil, err
	}
	runtime.AddCleanup(c, (*pool).abandon, p)
	return c, nil
}

// try asks for no conditions, so that a policy whose list of entrypoints is wrong does not start.
func (c *Conditions) try() error {
	i, err := c.pool.acquire()
	if err != nil {
		return err
	}
	defer c.pool.release(i)
	i.input = append(i.input[:0], `{"conditions":[],"environment":{}}`...)
	answer, err := i.evaluate(i.entries.conditions)
	if err == nil && !bytes.Equal(answer, none) {
		err = i.malformed("no object of conditions")
	}
	if err != nil {
		return &EntrypointError{"lictor/authz/conditions", err.Error()}
	}
	return nil
}

// Needed returns conditions for a bundle with these tables; nil, which is no error, when the tables can do without. A bundle
// without policy.wasm that needs it gives [ErrNoPolicy].
func (r *Runtime) Needed(b *bundles.Bundle, t *tables.Tables, o Options) (decision.Conditions, error) {
	if len(t.Rego()) == 0 {
		return nil, nil
	}
	module, found := b.Member(bundles.WasmName)
	if !found || module.Bytes == nil {
		return nil, ErrNoPolicy
	}
	c, err := r.Conditions(module.Bytes, o)
	if err != nil {
		return nil, err
	}
	return c, nil
}

// Close gives the instances back. Conditions are unknown from now on.
func (c *Conditions) Close() { c.pool.close() }

// Failures returns how often a condition was unknown because of a failure.
func (c *Conditions) Failures(f Failure) uint64 { return c.failures[f].Load() }

// Condition implements [decision.Conditions]. What a policy leaves out, or gives as anything but true or false, is
// unknown; so is what fails, and that is counted.
func (c *Conditions) Condition(rule string, environment []byte) decision.Truth {
	defer runtime.KeepAlive(c)
	truth, err := c.condition(rule, environment)
	if err != nil {
		f := failed(err).Failure
		c.failures[f].Add(1)
		c.pool.policy.runtime.failures[f].Add(1)
		return decision.Unknown
	}
	return truth
}

// none is the answer where no condition can be evaluated.
var none = []byte(`[{"result":{}}]`)

func (c *Conditions) condition(rule string, environment []byte) (decision.Truth, error) {
	i, err := c.pool.acquire()
	if err != nil {
		return decision.Unknown, err
	}
	defer c.pool.release(i)
	i.input = append(i.input[:0], `{"conditions":[`...)
	i.input = value.AppendQuoted(i.input, rule)
	i.input = append(i.input, `],"environment":`...)
	i.input = append(append(i.input, environment...), '}')
	answer, err := i.evaluate(i.entries.conditions)
	if err != nil {
		return decision.Unknown, err
	}
	v, ok := i.result(answer)
	if !ok || v.Kind() != value.Object {
		return decision.Unknown, i.malformed("no object of conditions")
	}
	given := v.Get(rule)
	if v.Len() > 1 || v.Len() == 1 && given.Kind() == value.Missing {
		return decision.Unknown, i.malformed("conditions that were not asked for")
	}
	switch given.Kind() {
	case value.True:
		return decision.True, nil
	case value.False:
		return decision.False, nil
	default:
		return decision.Unknown, nil
	}
}
