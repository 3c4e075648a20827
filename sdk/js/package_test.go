//go:build !race

package js_test

import (
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/lictor-dev/lictor/bundles"
	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/tables"
	"github.com/lictor-dev/lictor/runtime/conformance"
)

const firstDefinitions = `
lictor: v1
roles:
  clerk:
    permissions: ["order:read"]
    policies:
      - {permission: "order:refund", decision: ALLOW, when: resource.properties.amount <= 100}
  keeper: {permissions: ["order:delete"]}
subjects:
  carol: {roles: [keeper]}
  alice: {roles: [clerk], policies: [{permission: "badge:use", decision: ALLOW, valid_from: 2020-01-01T00:00:00Z}]}
  bob: {properties: {desk: b}, policies: [{permission: "desk:use", decision: ALLOW, when: subject.properties.desk == "a"}]}
`

const secondDefinitions = `
lictor: v1
roles:
  clerk: {permissions: ["order:delete"]}
subjects:
  alice: {roles: [clerk]}
`

const regoDefinitions = `
lictor: v1
roles:
  clerk: {policies: [{permission: "order:read", decision: ALLOW, when: context.hour == 9}]}
subjects:
  alice: {roles: [clerk]}
`

const golden = `{"tests":[{"expect":"ALLOW","input":{"now":0,"permission":"order:read","subject":{"id":"alice","type":"user"}},"name":"n","place":"a.yaml:1"}]}`

// TestPackage runs the tests of the package itself, with bundles of every kind to open.
func TestPackage(t *testing.T) {
	t.Parallel()
	f := newFolder(t)
	first, second := defined(t, firstDefinitions), defined(t, secondDefinitions)
	rego := defined(t, regoDefinitions)
	rego.Conditions[0].Expr = policy.Rego{Text: rego.Conditions[0].Text, Reads: policy.AllRoots}
	f.bundle(t, "first.tar.gz", draft(t, first, 1))
	f.bundle(t, "second.tar.gz", draft(t, second, 2))
	f.bundle(t, "rego.tar.gz", draft(t, rego, 2))
	met, unmet := draft(t, first, 1), draft(t, second, 2)
	met.Parts[bundles.TestsName], unmet.Parts[bundles.TestsName] = []byte(golden), []byte(golden)
	f.bundle(t, "true.tar.gz", met)
	f.bundle(t, "untrue.tar.gz", unmet)
	none := draft(t, second, 2)
	none.Parts[bundles.TablesName] = []byte("tables")
	f.bundle(t, "tables.tar.gz", none)
	f.write(t)
	f.key = nil
	f.bundle(t, "unsigned.tar.gz", draft(t, second, 2))
	tests, err := filepath.Glob(filepath.Join("build", "test", "*.test.js"))
	if err != nil || len(tests) == 0 {
		t.Fatalf("no tests: %v", err)
	}
	f.node(t, append([]string{"--test"}, tests...)...)
}

func defined(t *testing.T, definitions string) *policy.Model {
	t.Helper()
	return model(t, &conformance.Case{Files: fstest.MapFS{"a.yaml": {Data: []byte(definitions)}}})
}

func draft(t *testing.T, m *policy.Model, epoch uint64) *bundles.Draft {
	t.Helper()
	content, err := tables.Build(m)
	if err != nil {
		t.Fatal(err)
	}
	return &bundles.Draft{
		Revision: []string{"", "r1", "r2"}[epoch], Epoch: epoch, Parts: map[string][]byte{bundles.TablesName: content},
	}
}
