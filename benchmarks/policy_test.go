// Package benchmarks_test measures Lictor on the examples as they are, so that numbers and definitions can be
// read side by side. README.md says how to run it and how to keep what it says.
package benchmarks_test

import (
	"os"
	"runtime"
	"testing"

	"github.com/lictor-dev/lictor/bundles"
	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/tables"
	"github.com/lictor-dev/lictor/compiler/lower"
	"github.com/lictor-dev/lictor/compiler/source"
	"github.com/lictor-dev/lictor/examples/cloud/catalogue"
	"github.com/lictor-dev/lictor/runtime/decision"
	"github.com/lictor-dev/lictor/runtime/table"
)

// noon is the time that every request is made at: 12:00 on 1 July 2026.
const noon = 1782907200

// read returns the model of the definitions in a folder.
func read(tb testing.TB, folder string) *policy.Model {
	tb.Helper()
	definitions, mistakes := source.Load(os.DirFS(folder))
	for _, m := range mistakes {
		tb.Fatalf("%+v", m)
	}
	model, mistakes := lower.Lower(definitions)
	for _, m := range mistakes {
		tb.Fatalf("%+v", m)
	}
	return model
}

// cloud returns the model of examples/cloud with 10,000 subjects.
func cloud(tb testing.TB) *policy.Model {
	tb.Helper()
	return read(tb, definitions(tb, 10_000))
}

// definitions returns a folder with the definitions of examples/cloud.
func definitions(tb testing.TB, subjects int) string {
	tb.Helper()
	folder := tb.TempDir()
	if err := os.CopyFS(folder, os.DirFS("../examples/cloud")); err != nil {
		tb.Fatal(err)
	}
	o := catalogue.Standard
	o.Subjects = subjects
	if err := catalogue.Write(folder+"/definitions", o); err != nil {
		tb.Fatal(err)
	}
	return folder
}

// build returns the tables of a model.
func build(tb testing.TB, m *policy.Model) []byte {
	tb.Helper()
	data, err := tables.Build(m)
	if err != nil {
		tb.Fatal(err)
	}
	return data
}

// engine returns the native engine on a model, whose tables are where an edge has them.
func engine(tb testing.TB, m *policy.Model) *table.Engine {
	tb.Helper()
	memory, err := bundles.OffHeap(build(tb, m))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { runtime.KeepAlive(memory) })
	opened, err := tables.Open(memory.Bytes())
	if err != nil {
		tb.Fatal(err)
	}
	e, err := table.New(opened)
	if err != nil {
		tb.Fatal(err)
	}
	return e
}

// ask returns a request inside an organisation, or in none when that is empty.
func ask(tb testing.TB, m *policy.Model, subject decision.Subject, organisation, text string) *decision.Request {
	tb.Helper()
	p, err := m.Grammar().Parse(text)
	if err != nil {
		tb.Fatal(err)
	}
	return &decision.Request{Subject: subject, Permissions: []permission.Permission{p}, Organisation: organisation, Now: noon}
}
