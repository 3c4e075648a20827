package edge

import (
	"errors"
	"time"

	"github.com/lictor-dev/lictor/bundles"
	"github.com/lictor-dev/lictor/bundles/tables"
	"github.com/lictor-dev/lictor/edge/exchange"
	"github.com/lictor-dev/lictor/runtime/table"
)

// Open makes a generation of a bundle that was opened with its tables: it proves them and prepares the
// engine. The bundle's memory must stay valid for as long as the generation is reachable, as
// [live.Options] promises.
func Open(b *bundles.Bundle) (*exchange.Generation, error) {
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
		Bundle:   b,
	}, nil
}
