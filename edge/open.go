package edge

import (
	"errors"
	"time"

	"github.com/lictor-dev/lictor/bundles"
	"github.com/lictor-dev/lictor/bundles/tables"
	"github.com/lictor-dev/lictor/edge/exchange"
	"github.com/lictor-dev/lictor/runtime/golden"
	"github.com/lictor-dev/lictor/runtime/table"
)

// Open makes a generation of a bundle that was opened with the members that [bundles.Serving] names: it proves
// the tables, prepares the engine, and puts every golden decision to it. The bundle's memory must stay valid
// for as long as the generation is reachable, as [live.Options] promises. Among the errors is a
// [*golden.MismatchError] for a bundle whose golden decisions the engine does not reproduce, and a [*SubsetError] for one of a part.
func Open(b *bundles.Bundle) (*exchange.Generation, error) {
	g, err := OpenUntested(b)
	if err != nil {
		return nil, err
	}
	if err := golden.Prove(b, g.Engine, g.Grammar); err != nil {
		return nil, err
	}
	return g, nil
}

// OpenUntested is [Open] without the golden decisions: for whoever is just writing the definitions and their
// tests, and never for what others rely on.
func OpenUntested(b *bundles.Bundle) (*exchange.Generation, error) {
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
	engine, err := table.New(t)
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
