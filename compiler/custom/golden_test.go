package custom_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/lictor-dev/lictor/compiler/custom"
	"github.com/lictor-dev/lictor/compiler/source"
)

var update = flag.Bool("update", false, "rewrite the expected diagnostics")

// TestGolden reads projects with modules of their own. The member want holds what is said about each.
func TestGolden(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			files, want := fstest.MapFS{}, -1
			for i, f := range archive.Files {
				if f.Name == "want" {
					want = i
				} else {
					files[f.Name] = &fstest.MapFile{Data: f.Data}
				}
			}
			got := diagnose(t, files)
			if *update {
				archive.Files[want].Data = []byte(got)
				if err := os.WriteFile(path, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(archive.Files[want].Data), got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func diagnose(t *testing.T, files fstest.MapFS) string {
	t.Helper()
	d, list := source.Load(files)
	if list.HasErrors() {
		t.Fatal(list)
	}
	members, list := custom.Read(d)
	list.Sort()
	var b bytes.Buffer
	for _, name := range []string{"custom/a.rego", "custom/b.rego"} {
		if _, found := members[name]; found {
			b.WriteString(name + " is a member\n")
		}
	}
	if err := list.Write(&b, files); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
