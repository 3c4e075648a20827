package agree_test

import (
	"testing"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/tables"
	"github.com/lictor-dev/lictor/runtime/decision"
	"github.com/lictor-dev/lictor/runtime/table"
)

// open returns the table engine for a model; conditions evaluate what only Rego can.
func open(t testing.TB, m *policy.Model, conditions decision.Conditions) *table.Engine {
	t.Helper()
	data, err := tables.Build(m)
	if err != nil {
		t.Fatal(err)
	}
	opened, err := tables.Open(data)
	if err != nil {
		t.Fatal(err)
	}
	engine, err := table.NewWith(opened, conditions)
	if err != nil {
		t.Fatal(err)
	}
	return engine
}
