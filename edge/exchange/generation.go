package exchange

import (
	"sync/atomic"
	"time"

	"github.com/lictor-dev/lictor/bundles"
	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/runtime/decision"
)

// Generation is one bundle as the edge runs it. It is immutable and safe for concurrent use. The memory its
// engine reads is valid for as long as the Generation is reachable.
type Generation struct {
	Revision string    // of the bundle: one of [A-Za-z0-9._:+-]{1,128}
	Epoch    uint64    // of the bundle
	Since    time.Time // when it took over
	Grammar  permission.Grammar
	Engine   decision.Engine
	Subjects Subjects          // nil when the engine cannot look subjects up
	Catalog  decision.Catalog  // nil when the engine cannot explain itself
	Searcher decision.Searcher // nil when the engine cannot enumerate
	Bundle   *bundles.Bundle   // what the generation was made of; nil when it was not made of a bundle

	prepared atomic.Pointer[Prepared]
}

// Prepared are answers to questions about one decision, by its code, which are the same for all such questions.
type Prepared [decision.CodeCount][]byte

// Prepare returns what write makes, which it does once for a generation, or a few times at first. It is safe for concurrent use.
// All calls must bring the same write.
func (g *Generation) Prepare(write func(revision string) *Prepared) *Prepared {
	p := g.prepared.Load()
	if p == nil {
		p = write(g.Revision)
		g.prepared.Store(p)
	}
	return p
}

// Subjects is what an engine knows about stored subjects beyond deciding. Implementations are safe for
// concurrent use.
type Subjects interface {
	// SubjectType returns the type of the stored subject with this id.
	SubjectType(id string) (subjectType string, ok bool)
}

// Source hands out the generation that answers from now on. Implementations are safe for concurrent
// use, and Current costs no more than an atomic load.
type Source interface {
	// Current returns the generation that runs, nil while there is no good one.
	Current() *Generation
}
