package deploy_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestContext copies a work tree as work makes it: with what npm installs, links among it, and with keys and bundles.
func TestContext(t *testing.T) {
	t.Parallel()
	tree := t.TempDir()
	for _, name := range []string{
		"go.mod", "edge/edge.go", "edge/edge_test.go", "edge/README.md", "bin/lictor", "release.pem", "release.pub.pem", "tls/server.key",
		"springfield.tar.gz", ".git/config", "state/epoch", "examples/traefik/traefik.yaml", "sdk/plugin/plugin.go", "sdk/js/dist/index.js",
		"sdk/js/build/src/index.js", "sdk/js/node_modules/typescript/bin/tsc", "compiler/interop/node/node_modules/a/index.js",
	} {
		touch(t, filepath.Join(tree, name))
	}
	for _, folder := range []string{"sdk/js/node_modules", "compiler/interop/node/node_modules"} {
		bin := filepath.Join(tree, folder, ".bin")
		if err := os.Mkdir(bin, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink("../typescript/bin/tsc", filepath.Join(bin, "tsc")); err != nil {
			t.Fatal(err)
		}
	}
	got := copied(t, tree)
	want := []string{"edge/edge.go", "go.mod", "sdk/plugin/plugin.go"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("COPY . . (-want +got):\n%s", diff)
	}
}

func touch(t *testing.T, path string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
}

// copied returns the files that COPY takes out of a tree.
func copied(t *testing.T, tree string) (names []string) {
	t.Helper()
	skip, err := ignored()
	if err != nil {
		t.Fatal(err)
	}
	stage := t.TempDir()
	b := builder{context: tree, ignored: skip, now: &image{dir: stage}, workdir: "/"}
	if err := b.instruction("COPY", ". ."); err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir(stage, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			names = append(names, strings.TrimPrefix(path, stage+"/"))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
