package edge

import (
	"errors"
	"time"

	"github.com/lictor-dev/lictor/bundles"
	"github.com/lictor-dev/lictor/bundles/tables"
	"github.com/lictor-dev/lictor/edge/exchange"
	"github.com/lictor-dev/lictor/runtime/golden"
	"github.com/lictor-dev/lictor/runtime/table"
	"github.com/lictor-dev/lictor/runtime/wasm"
)

// Opener makes generations of bundles. The zero Opener will do; it is safe for concurrent use.
type Opener struct {
	// Wasm runs the conditions of policies that only Rego can evaluate; nil: [wasm.Shared]. What it runs for a generation ends
	// when that is garbage.
	Wasm *wasm.Runtime
	// Conditions bound what such conditions may use.
	Conditions wasm.Options
}

// Open is [Opener.Open] of the zero Opener.
func Open(b *bundles.Bundle) (*exchange.Generation, error) { return (&Opener{}).Open(b) }

// OpenUntested is [Opener.OpenUntested] of the zero Opener.
func OpenUntested(b *bundles.Bundle) (*exchange.Generation, error) {
	return (&Opener{}).OpenUntested(b)
}

// Open makes a generation of a bundle that was opened with the members that [bundles.Serving] names: it proves
// the tables, prepares the engine, and puts every golden decision to it. The bundle's memory must stay valid
// for as long as the generation is reachable, as [live.Options] promises. Among the errors is a
// [*golden.MismatchError] for a bundle whose golden decisions the engine does not reproduce, a [*SubsetError] for one of a part,
// and what [wasm.Runtime.Needed] says of its policy.wasm.
func (o *Opener) Open(b *bundles.Bundle) (*exchange.Generation, error) {
	g, err := o.OpenUntested(b)
	if err != nil {
		return nil, err
	}
	if err := golden.Prove(b, g.Engine, g.Grammar); err != nil {
		return nil, err
	}
	return g, nil
}

// OpenUntested is [Opener.Open] without the golden decisions: for whoever is just writing the definitions and their
// tests, and never for what others rely on.
func (o *Opener) OpenUntested(b *bundles.Bundle) (*exchange.Generation, error) {
	if err := whole(b); err != nil {
		return nil, err
	}
	memory := b.Tables()
	if memory == nil {
		return nil, errors.New("the bundle has no decision tables")
	}
	t, err := tables.Open(memory.Bytes())
	if err != nil {
		return nil, err
	}
	conditions, err := o.runtime().Needed(b, t, o.Conditions)
	if err != nil {
		return nil, err
	}
	engine, err := table.NewWith(t, conditions)
	if err != nil {
		return nil, err
	}
	return &exchange.Generation{
		Revision: b.Manifest.Revision,
		Epoch:    b.Manifest.Epoch,
		Since:    time.Now(),
		Grammar:  engine.Grammar(),
		Engine:   engine,
		Subjects: engine,
		Catalog:  engine,
		Searcher: engine,
		Bundle:   b,
	}, nil
}

func (o *Opener) runtime() *wasm.Runtime {
	if o.Wasm == nil {
		return wasm.Shared()
	}
	return o.Wasm
}
