package proxy

import (
	"errors"
	"fmt"

	"github.com/lictor-dev/lictor/bundles"
	"github.com/lictor-dev/lictor/bundles/tables"
	"github.com/lictor-dev/lictor/runtime/golden"
	"github.com/lictor-dev/lictor/runtime/route"
	"github.com/lictor-dev/lictor/runtime/table"
)

// generation is one good bundle.
type generation struct {
	id       bundles.Digest
	revision string
	engine   *table.Engine
	rules    *route.Matcher
}

var errNoTables = errors.New("the bundle has no decision tables")

// open makes a generation of a verified bundle. Conditions that only Rego can evaluate are refused by the engine: nothing in a
// proxy evaluates them.
func open(b *bundles.Bundle) (*generation, error) {
	if s := b.Manifest.Subset; s != nil {
		return nil, fmt.Errorf("the bundle holds only the part of a policy that is for a %q", capped(s.For))
	}
	memory := b.Tables()
	if memory == nil {
		return nil, errNoTables
	}
	t, err := tables.Open(memory.Bytes())
	if err != nil {
		return nil, err
	}
	engine, err := table.New(t)
	if err != nil {
		return nil, err
	}
	if err := golden.Prove(b, engine, engine.Grammar()); err != nil {
		return nil, err
	}
	return &generation{id: b.ID, revision: b.Manifest.Revision, engine: engine, rules: route.New(t)}, nil
}
