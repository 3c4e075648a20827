package serve_test

import (
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/lictor-dev/lictor/compiler"
)

// TestFailingTestsKeepABundleOut publishes definitions whose own tests fail: the compiler only warns, the edge
// goes on with what it has and says why.
func TestFailingTestsKeepABundleOut(t *testing.T) {
	t.Parallel()
	compile := func(revision, expect string) []byte {
		t.Helper()
		files := fstest.MapFS{"main.yaml": {Data: []byte("lictor: v1\nroles:\n" +
			"  reader: {birthright: {types: [user]}, permissions: [\"newsletter:read\"]}\ntests:\n" +
			"  - {name: they read, subject: {type: user, id: lisa}, permission: \"newsletter:read\", expect: " + expect + "}\n")}}
		result, err := compiler.Compile(t.Context(), files, compiler.Options{Revision: revision})
		if err != nil || result.Bundle == nil {
			t.Fatal(err, result.Diagnostics)
		}
		return result.Bundle
	}
	path := filepath.Join(t.TempDir(), "b.tar.gz")
	put(t, path, compile("r1", "ALLOW"))
	r := run(t, configured(path))
	r.wait(`"bundle loaded"`, `"r1"`)
	put(t, path, compile("r2", "DENY"))
	r.wait(`"bundle refused"`, `main.yaml:5`, `they read`, `expected DENY, got ALLOW allowed`)
	r.expect(200, "r1")
	if status, body := r.get("/v1/generation"); status != 200 || !strings.Contains(body, "1 of the 1 tests in the bundle fail") {
		t.Errorf("generation %d %s", status, body)
	}
	if err := r.end(); err != nil {
		t.Errorf("the end: %v", err)
	}
}
