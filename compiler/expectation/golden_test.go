package expectation_test

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
	"github.com/lictor-dev/lictor/compiler/expectation"
	"github.com/lictor-dev/lictor/compiler/lower"
	"github.com/lictor-dev/lictor/compiler/source"
	"github.com/lictor-dev/lictor/runtime/conformance/native"
	"github.com/lictor-dev/lictor/runtime/golden"
)

var update = flag.Bool("update", false, "rewrite the expected diagnostics and members")

// What a case expects: the diagnostics, and the member of the bundle where there is one.
const (
	wantDiagnostics = "want"
	wantMember      = "tests.json"
)

func TestGolden(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	seen := map[string]bool{}
	for _, path := range paths {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		got, codes := judge(t, archive)
		for _, code := range codes {
			seen[code] = true
		}
		if *update {
			rewrite(t, path, archive, got)
			continue
		}
		want := map[string]string{}
		for _, f := range archive.Files {
			if f.Name == wantDiagnostics || f.Name == wantMember {
				want[f.Name] = string(f.Data)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", path, diff)
		}
	}
	for _, code := range []string{expectation.CodeTimeless, expectation.CodeRequest, expectation.CodeFails} {
		if !seen[code] {
			t.Errorf("no case shows %s", code)
		}
	}
}

// judge returns what a case comes to, and the codes of its diagnostics.
func judge(t *testing.T, archive *txtar.Archive) (got map[string]string, codes []string) {
	t.Helper()
	files := fstest.MapFS{}
	for _, f := range archive.Files {
		if f.Name != wantDiagnostics && f.Name != wantMember {
			files[f.Name] = &fstest.MapFile{Data: f.Data}
		}
	}
	d, list := source.Load(files)
	list.Add(check.Run(d)...)
	model, faults := lower.Lower(d)
	list.Add(faults...)
	if list.HasErrors() {
		t.Fatal(list)
	}
	tests, list := expectation.Run(d, expectation.Subject{Model: model, Engine: native.Open(t, model, nil)})
	var text bytes.Buffer
	if err := list.Write(&text, files); err != nil {
		t.Fatal(err)
	}
	got = map[string]string{wantDiagnostics: text.String()}
	if !list.HasErrors() {
		member, err := golden.Encode(tests, model.Grammar())
		if err != nil {
			t.Fatal(err)
		}
		got[wantMember] = strings.ReplaceAll(string(member), `},{"expect"`, "},\n{\"expect\"") + "\n"
	}
	for _, d := range list {
		codes = append(codes, d.Code)
	}
	return got, codes
}

func rewrite(t *testing.T, path string, archive *txtar.Archive, got map[string]string) {
	t.Helper()
	archive.Files = slices.DeleteFunc(archive.Files, func(f txtar.File) bool {
		return f.Name == wantDiagnostics || f.Name == wantMember
	})
	for _, name := range []string{wantDiagnostics, wantMember} {
		if text, ok := got[name]; ok {
			archive.Files = append(archive.Files, txtar.File{Name: name, Data: []byte(text)})
		}
	}
	if err := os.WriteFile(path, txtar.Format(archive), 0o644); err != nil {
		t.Fatal(err)
	}
}
