// Package peers is what engines have in common when they are compared: they answer the requests of a workload, and their
// answers are compared with the workload's before anything is timed. One package below this one holds each engine; README.md
// says how each is used, and why that is its fastest fair form.
package peers

import (
	"fmt"
	"slices"

	"github.com/lictor-dev/lictor/benchmarks/workload"
)

// Engine answers requests. It belongs to one goroutine, so that it can reuse what it makes of a request.
type Engine interface {
	// Decide answers r, starting from its texts.
	Decide(r *workload.Request) (bool, error)
}

// Batcher is an engine that has a way of its own to answer several requests at once. Others are asked one by one.
type Batcher interface {
	// DecideAll appends the answers of all requests, in order, to dst.
	DecideAll(rs []workload.Request, dst []bool) ([]bool, error)
}

// Explainer is an engine that says why it denies for want of a grant.
type Explainer interface {
	// Explain answers r and names the grants that come closest to it, each as "resource:action", in any order.
	Explain(r *workload.Request) (allowed bool, near []string, err error)
}

// UnfitError says that an engine has no way to do a workload, or none that fits this comparison.
type UnfitError struct{ Engine, Workload, Reason string }

func (e *UnfitError) Error() string {
	return fmt.Sprintf("%s on %s: %s", e.Engine, e.Workload, e.Reason)
}

// DifferenceError says that an engine gave another answer than the workload has.
type DifferenceError struct {
	Request   string // its key
	Got, Want any
}

func (e *DifferenceError) Error() string {
	return fmt.Sprintf("%.200q is answered with %v instead of %v", e.Request, e.Got, e.Want)
}

// Asker asks an engine what a workload asks, in the way that it asks it: one by one, in batches, or with explanations.
type Asker struct {
	w         *workload.Workload
	e         Engine
	batcher   Batcher   // nil where requests are asked one by one
	explainer Explainer // nil where nothing is to be explained
	answers   []bool
}

// NewAsker returns an asker for an engine that was made for w, and can therefore explain where that is asked.
func NewAsker(e Engine, w *workload.Workload) *Asker {
	a := &Asker{w: w, e: e, answers: make([]bool, 0, w.Batch)}
	if w.Batch > 1 {
		a.batcher, _ = e.(Batcher)
	}
	if w.Explained {
		var ok bool
		if a.explainer, ok = e.(Explainer); !ok {
			panic(fmt.Sprintf("BUG: %T does not say that it cannot explain", e))
		}
	}
	return a
}

// Ask asks for the answers of one batch, which starts with request i. It is what is timed; [Asker.Check] is the same with
// the answers compared.
func (a *Asker) Ask(i int) error {
	if a.explainer != nil {
		_, _, err := a.explainer.Explain(&a.w.Requests[i])
		return err
	}
	if a.w.Batch == 1 {
		_, err := a.e.Decide(&a.w.Requests[i])
		return err
	}
	return a.askAll(a.w.Requests[i : i+a.w.Batch])
}

func (a *Asker) askAll(rs []workload.Request) (err error) {
	a.answers = a.answers[:0]
	if a.batcher != nil {
		a.answers, err = a.batcher.DecideAll(rs, a.answers)
		return err
	}
	for i := range rs {
		allowed, err := a.e.Decide(&rs[i])
		if err != nil {
			return err
		}
		a.answers = append(a.answers, allowed)
	}
	return nil
}

// Check asks as [Asker.Ask] does. Another answer than the workload's is a [*DifferenceError].
func (a *Asker) Check(i int) error {
	if a.explainer != nil {
		return a.checkExplained(&a.w.Requests[i])
	}
	rs := a.w.Requests[i : i+a.w.Batch]
	if err := a.askAll(rs); err != nil {
		return err
	}
	if len(a.answers) != len(rs) {
		return &DifferenceError{rs[0].Key, len(a.answers), len(rs)}
	}
	for k, allowed := range a.answers {
		if allowed != rs[k].Allowed {
			return &DifferenceError{rs[k].Key, allowed, rs[k].Allowed}
		}
	}
	return nil
}

func (a *Asker) checkExplained(r *workload.Request) error {
	allowed, near, err := a.explainer.Explain(r)
	if err != nil {
		return err
	}
	if allowed != r.Allowed {
		return &DifferenceError{r.Key, allowed, r.Allowed}
	}
	near = slices.Sorted(slices.Values(near))
	if want := a.w.Policy.Explain(r); !slices.Equal(near, want) {
		return &DifferenceError{r.Key, near, want}
	}
	return nil
}
