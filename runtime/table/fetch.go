package table

import (
	"github.com/lictor-dev/lictor/bundles/tables"
	"github.com/lictor-dev/lictor/runtime/decision"
)

// fewProbes is how many cells of an atom are fetched at most.
const fewProbes = 4

var _ decision.Fetcher = (*Engine)(nil)

// Fetch implements [decision.Fetcher] where tables are larger than the processor's caches, and does nothing elsewhere.
func (e *Engine) Fetch(r *decision.Request) {
	if e.t.Far() {
		e.fetch(r)
	}
}

// fetch has the processor load what a request's decision looks up first, all of it at once: where tables are large, their
// memory is so far away that one look-up after the other takes longer than everything else. It decides nothing.
func (e *Engine) fetch(r *decision.Request) {
	e.t.FetchSubject(r.Subject.ID)
	if len(r.Permissions) == 0 || e.plan.byMask == nil {
		return
	}
	p := &r.Permissions[0]
	namespace, ok := e.t.Namespace(p.Namespace())
	if !ok {
		return
	}
	var hashes tables.Hashes
	literal := uint16(0)
	for i := range min(p.Len(), planned) {
		if values := p.Values(i); len(values) > 0 && e.plan.used>>i&1 != 0 {
			literal |= 1 << i
			hashes[i] = e.t.HashPart(values[0])
		}
	}
	probes := e.plan.byMask[literal]
	for _, probe := range probes[:min(len(probes), fewProbes)] {
		e.t.FetchCell(e.t.HashKey(namespace, probe.mask, &hashes))
	}
}
