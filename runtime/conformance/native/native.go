// Package native opens the table engine for tests, from a model and by way of its tables as an edge reads them.
package native

import (
	"testing"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/tables"
	"github.com/lictor-dev/lictor/runtime/decision"
	"github.com/lictor-dev/lictor/runtime/table"
)

// Open returns the engine for a model. Conditions evaluate what only Rego can; nil where nothing needs that. It ends the
// test where the model gives no tables, or these no engine.
func Open(tb testing.TB, m *policy.Model, conditions decision.Conditions) *table.Engine {
	tb.Helper()
	content, err := tables.Build(m)
	if err != nil {
		tb.Fatal(err)
	}
	opened, err := tables.Open(content)
	if err != nil {
		tb.Fatal(err)
	}
	engine, err := table.NewWith(opened, conditions)
	if err != nil {
		tb.Fatal(err)
	}
	return engine
}
