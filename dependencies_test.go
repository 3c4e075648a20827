package lictor_test

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestDependenciesAreExplained wants RATIONALE.md to have a paragraph, which begins with the module's path, for
// each module that a package or a test imports, and none for others.
func TestDependenciesAreExplained(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("RATIONALE.md")
	if err != nil {
		t.Fatal(err)
	}
	var explained []string
	for _, match := range regexp.MustCompile("(?m)^`([a-z0-9.]+\\.[a-z]+/[^`]+)`").FindAllSubmatch(text, -1) {
		explained = append(explained, string(match[1]))
	}
	imported := foreignImports(t)
	for _, path := range imported {
		if !below(path, explained) {
			t.Errorf("%s is imported; RATIONALE.md does not say why", path)
		}
	}
	for _, path := range explained {
		if !slices.ContainsFunc(imported, func(i string) bool { return below(i, []string{path}) }) {
			t.Errorf("RATIONALE.md explains %s, which nothing imports", path)
		}
	}
}

// foreignImports returns what the packages of the module and their tests import from other modules, sorted.
func foreignImports(t *testing.T) []string {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=Imports,TestImports,XTestImports", "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var found []string
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p struct{ Imports, TestImports, XTestImports []string }
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			slices.Sort(found)
			return slices.Compact(found)
		} else if err != nil {
			t.Fatal(err)
		}
		for _, path := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
			host, _, _ := strings.Cut(path, "/")
			if strings.Contains(host, ".") && !below(path, []string{module}) {
				found = append(found, path)
			}
		}
	}
}
