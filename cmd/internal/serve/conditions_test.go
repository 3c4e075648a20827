package serve_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/lictor-dev/lictor/compiler"
)

// TestCompiledPolicyIsKept serves a bundle with a condition that only Rego can evaluate: the state keeps what was made of its
// policy.wasm, and the metrics count failures.
func TestCompiledPolicyIsKept(t *testing.T) {
	t.Parallel()
	files := fstest.MapFS{"main.yaml": {Data: []byte("lictor: v1\nroles:\n  reader:\n    birthright: {types: [user]}\n    policies:\n" +
		"      - {permission: \"newsletter:read\", decision: ALLOW, when: 'count([x | some x in context.tags; startswith(x, \"a\")]) > 1'}\n")}}
	result, err := compiler.Compile(t.Context(), files, compiler.Options{Revision: "r1"})
	if err != nil || result.Bundle == nil {
		t.Fatal(err, result.Diagnostics)
	}
	path := filepath.Join(t.TempDir(), "b.tar.gz")
	put(t, path, result.Bundle)
	c := configured(path)
	c.State = filepath.Join(t.TempDir(), "state")
	r := run(t, c)
	r.wait(`"bundle loaded"`, `"r1"`)
	kept, err := filepath.Glob(filepath.Join(c.State, "compiled", "wazero-*", "*"))
	if err != nil || len(kept) != 1 {
		t.Errorf("kept %v, %v", kept, err)
	}
	if info, err := os.Stat(filepath.Join(c.State, "compiled")); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder: %v, %v", info, err)
	}
	if status, body := r.get("/metrics"); status != 200 || !strings.Contains(body, `lictor_condition_failures_total{reason="deadline"} 0`) {
		t.Errorf("metrics %d %s", status, body)
	}
	if err := r.end(); err != nil {
		t.Errorf("the end: %v", err)
	}
}
