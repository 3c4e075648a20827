//go:build !race

package js_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/lictor-dev/lictor/compiler"
)

const readmeDefinitions = `
lictor: v1
roles:
  clerk: {policies: [{permission: "order:read", decision: ALLOW, when: "some hour in context.hours; hour > 16"}]}
subjects:
  alice: {roles: [clerk]}
`

// TestReadme compiles every program of the README as whoever copies it would, and runs the last one.
func TestReadme(t *testing.T) {
	t.Parallel()
	f := newFolder(t)
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	// Below this folder, since a package finds itself by its name, and another one beside it.
	folder, err := os.MkdirTemp("build", "readme")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	args := []string{
		filepath.Join("node_modules", "typescript", "bin", "tsc"), "--strict", "--target", "ES2022", "--module", "NodeNext", "--types", "node", "--ignoreConfig",
	}
	last := ""
	for i, part := range strings.Split(string(text), "```ts\n")[1:] {
		body, _, _ := strings.Cut(part, "```")
		last = filepath.Join(folder, strconv.Itoa(i))
		body = strings.ReplaceAll(body, `id: "release"`, `id: "`+f.cases.Key.ID+`"`)
		if err := os.WriteFile(last+".ts", []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, last+".ts")
	}
	if err := command("node", args...); err != nil {
		t.Fatal(err)
	}
	f.runReadme(t, last+".js")
}

// runReadme runs a program beside the files that it reads, which ends with an ALLOW.
func (f *folder) runReadme(t *testing.T, program string) {
	t.Helper()
	compiled, err := compiler.Compile(t.Context(), fstest.MapFS{"a.yaml": {Data: []byte(readmeDefinitions)}}, compiler.Options{Revision: "r1", Key: f.key})
	if err != nil || compiled.Bundle == nil {
		t.Fatal(err, compiled.Diagnostics)
	}
	f.file(t, "bundle.tar.gz", compiled.Bundle)
	f.file(t, "release.pub.pem", []byte(f.cases.Key.PEM))
	if err := os.Rename(filepath.Join(f.path, "evaluator.wasm"), filepath.Join(f.path, "lictor-evaluator.wasm")); err != nil {
		t.Fatal(err)
	}
	path, err := filepath.Abs(program)
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithTimeout(t.Context(), deadline)
	defer end()
	cmd := exec.CommandContext(ctx, "node", path)
	cmd.Dir = f.path
	if out, err := cmd.CombinedOutput(); err != nil || string(out) != "true\n" {
		t.Errorf("it prints %q: %v", out, err)
	}
}
