package lictor_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDefinitionsGuide compiles every project that compiler/DEFINITIONS.md shows, a block of YAML with the block of Rego
// before it, without a warning, and runs its tests.
func TestDefinitionsGuide(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("compiler/DEFINITIONS.md")
	if err != nil {
		t.Fatal(err)
	}
	binary := lictor(t)
	rego, projects := "", 0
	for _, part := range strings.Split(string(text), "\n```")[1:] {
		language, body, _ := strings.Cut(part, "\n")
		switch language {
		case "rego":
			rego = body
		case "yaml":
			folder := t.TempDir()
			write(t, filepath.Join(folder, "policy.yaml"), body)
			if rego != "" {
				write(t, filepath.Join(folder, "rules.rego"), rego)
			}
			output(t, binary, "compile", "--strict", folder, "-o", filepath.Join(t.TempDir(), "bundle.tar.gz"))
			output(t, binary, "test", folder)
			rego, projects = "", projects+1
		}
	}
	if projects < 2 || rego != "" {
		t.Errorf("%d projects, and the Rego %q", projects, rego)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
