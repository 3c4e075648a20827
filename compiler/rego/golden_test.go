package rego_test

import (
	"bytes"
	"flag"
	"os"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/lictor-dev/lictor/compiler/rego"
	"github.com/lictor-dev/lictor/compiler/source"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestGolden compares what is generated for a small project: the modules that depend on it, and data.
func TestGolden(t *testing.T) {
	t.Parallel()
	const file = "testdata/library.txtar"
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{}
	for _, f := range archive.Files {
		if f.Name == "roles.yaml" {
			files[f.Name] = &fstest.MapFile{Data: f.Data}
		}
	}
	d, list := source.Load(files)
	if list.HasErrors() {
		t.Fatal(list)
	}
	out, err := rego.Generate(model(t, d))
	if err != nil {
		t.Fatal(err)
	}
	got := txtar.Archive{Comment: archive.Comment, Files: []txtar.File{{Name: "roles.yaml", Data: files["roles.yaml"].Data}}}
	for _, m := range out.Modules {
		switch m.Path {
		case "lictor/conditions.rego", "lictor/grants.rego", "lictor/members.rego", "lictor/project.rego", "lictor/views.rego":
			got.Files = append(got.Files, txtar.File{Name: m.Path, Data: m.Text})
		}
	}
	data := bytes.ReplaceAll(out.Data, []byte("},"), []byte("},\n"))
	got.Files = append(got.Files, txtar.File{Name: "lictor/data.json, broken into lines", Data: append(data, '\n')})
	if *update {
		if err := os.WriteFile(file, txtar.Format(&got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(txtar.Format(archive)), string(txtar.Format(&got))); diff != "" {
		t.Errorf("generated (-want +got):\n%s", diff)
	}
}
