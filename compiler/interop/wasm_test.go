package interop_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"testing/fstest"

	opa "github.com/open-policy-agent/opa/v1/bundle"
	"github.com/open-policy-agent/opa/v1/rego"

	"github.com/lictor-dev/lictor/bundles"
	"github.com/lictor-dev/lictor/compiler"
)

const smallDefinitions = `lictor: v1
roles:
  reader: {permissions: ["doc:read"]}
subjects:
  alice: {roles: [reader]}
`

// TestOPAWithoutWasmTakesTheBundle holds rule W2 of FORMAT.md, against an OPA that has no engine for WebAssembly, as
// these tests are built. OPA finds policy.wasm, and decides by the Rego.
func TestOPAWithoutWasmTakesTheBundle(t *testing.T) {
	t.Parallel()
	r, err := compiler.Compile(t.Context(), fstest.MapFS{"a.yaml": {Data: []byte(smallDefinitions)}}, compiler.Options{})
	if err != nil || r.Diagnostics.HasErrors() {
		t.Fatal(err, r.Diagnostics)
	}
	b, err := opa.NewReader(bytes.NewReader(r.Bundle)).Read()
	if err != nil {
		t.Fatal(err)
	}
	if len(b.WasmModules) != 1 || b.WasmModules[0].Path != "/"+bundles.WasmName || len(b.Manifest.WasmResolvers) != 0 {
		t.Fatalf("OPA sees %d modules and the resolvers %v", len(b.WasmModules), b.Manifest.WasmResolvers)
	}
	results, err := rego.New(rego.Query("data.lictor.authz.decision"), rego.ParsedBundle("lictor", &b), rego.Input(question(t))).Eval(t.Context())
	if err != nil || len(results) != 1 {
		t.Fatal(results, err)
	}
	if got, _ := results[0].Expressions[0].Value.(map[string]any); got["decision"] != "ALLOW" {
		t.Errorf("OPA says %v", got)
	}
	b.Manifest.WasmResolvers = []opa.WasmResolver{{Module: "/" + bundles.WasmName, Entrypoint: "lictor/authz/decision"}}
	_, err = rego.New(rego.Query("data.lictor.authz.decision"), rego.ParsedBundle("lictor", &b), rego.Input(question(t))).Eval(t.Context())
	if err == nil || !strings.Contains(err.Error(), "wasm") {
		t.Errorf("with a wasm key OPA says %v: the test proves nothing", err)
	}
}

func question(t *testing.T) any {
	t.Helper()
	var input any
	decoder := json.NewDecoder(strings.NewReader(`{"subject": {"type": "user", "id": "alice"}, "permission": "doc:read:7", "now": 1800000000}`))
	decoder.UseNumber()
	if err := decoder.Decode(&input); err != nil {
		t.Fatal(err)
	}
	return input
}
