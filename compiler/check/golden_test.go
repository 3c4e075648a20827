package check_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/lictor-dev/lictor/compiler/check"
	"github.com/lictor-dev/lictor/compiler/diag"
	"github.com/lictor-dev/lictor/compiler/source"
)

var update = flag.Bool("update", false, "rewrite the expected diagnostics")

// want is the member of a case that holds the diagnostics.
const want = "want"

// golden is one case: definition files and what is to be said about them.
type golden struct {
	path    string
	archive *txtar.Archive
	files   fstest.MapFS
	want    string
}

func goldens(t *testing.T) []golden {
	t.Helper()
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	var all []golden
	for _, path := range paths {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		g := golden{path: path, archive: archive, files: fstest.MapFS{}}
		for _, f := range archive.Files {
			if f.Name == want {
				g.want = string(f.Data)
			} else {
				g.files[f.Name] = &fstest.MapFile{Data: f.Data}
			}
		}
		all = append(all, g)
	}
	return all
}

func (g golden) diagnose() diag.List {
	d, list := source.Load(g.files)
	list.Add(check.Run(d)...)
	list.Sort()
	return list
}

func render(t *testing.T, list diag.List, files fstest.MapFS) string {
	t.Helper()
	var b bytes.Buffer
	if err := list.Write(&b, files); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestGolden(t *testing.T) {
	for _, g := range goldens(t) {
		t.Run(strings.TrimSuffix(filepath.Base(g.path), ".txtar"), func(t *testing.T) {
			got := render(t, g.diagnose(), g.files)
			if *update {
				g.rewrite(t, got)
				return
			}
			if diff := cmp.Diff(g.want, got); diff != "" {
				t.Errorf("diagnostics (-want +got):\n%s", diff)
			}
		})
	}
}

func (g golden) rewrite(t *testing.T, got string) {
	t.Helper()
	g.archive.Files = slices.DeleteFunc(g.archive.Files, func(f txtar.File) bool { return f.Name == want })
	g.archive.Files = append(g.archive.Files, txtar.File{Name: want, Data: []byte(got)})
	if err := os.WriteFile(g.path, txtar.Format(g.archive), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestEveryCode holds the cases against the table of codes: each code that this package or the reader
// makes is shown by a case.
func TestEveryCode(t *testing.T) {
	seen := map[string]bool{}
	for _, g := range goldens(t) {
		for _, d := range g.diagnose() {
			seen[d.Code] = true
			if wantSeverity := strings.HasPrefix(d.Code, "W"); wantSeverity != (d.Severity == diag.Warning) {
				t.Errorf("%s: code %s is a %s", g.path, d.Code, d.Severity)
			}
		}
	}
	for _, c := range diag.Codes() {
		// Conditions are left to package condition, and what tests come to to package expectation.
		elsewhere := strings.HasPrefix(c.Code[1:], "06") || slices.Contains([]string{"E0702", "E0703", "W0108"}, c.Code)
		if !elsewhere && !seen[c.Code] {
			t.Errorf("no case shows %s: %s", c.Code, c.Title)
		}
		delete(seen, c.Code)
	}
	for code := range seen {
		t.Errorf("code %s is not in the table", code)
	}
}
