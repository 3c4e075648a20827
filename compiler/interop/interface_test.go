//go:build !race

package interop_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	opa "github.com/open-policy-agent/opa/v1/bundle"
	"github.com/open-policy-agent/opa/v1/rego"

	"github.com/lictor-dev/lictor/compiler"
)

var update = flag.Bool("update", false, "rewrite the answers in INTERFACE.md")

const page = "../../bundles/INTERFACE.md"

// block returns the first fenced block of a language in the page.
func block(t *testing.T, text, language string) string {
	t.Helper()
	_, rest, found := strings.Cut(text, "```"+language+"\n")
	body, _, closed := strings.Cut(rest, "```")
	if !found || !closed {
		t.Fatalf("no block of %s", language)
	}
	return body
}

func readPage(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// compiled is the bundle of definitions.
func compiled(t *testing.T, definitions string) []byte {
	t.Helper()
	r, err := compiler.Compile(t.Context(), fstest.MapFS{"a.yaml": {Data: []byte(definitions)}}, compiler.Options{Revision: "r1"})
	if err != nil || r.Bundle == nil {
		t.Fatal(err, r.Diagnostics)
	}
	return r.Bundle
}

// TestInterface asks OPA what INTERFACE.md asks, each line with an object below the heading of its entrypoint.
// "go test -run TestInterface ./compiler/interop -update" writes the answers anew.
func TestInterface(t *testing.T) {
	t.Parallel()
	want := readPage(t)
	file := compiled(t, block(t, want, "yaml"))
	b, err := opa.NewReader(bytes.NewReader(file)).Read()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(want, "\n")
	entrypoint, input, asked := "", "", map[string]int{}
	for i, line := range lines {
		if path, found := strings.CutPrefix(line, "### "); found {
			entrypoint = path
		}
		if strings.HasPrefix(line, "→") {
			lines[i] = "→ " + answered(t, &b, entrypoint, input)
			asked[entrypoint]++
		}
		input = line
	}
	got := strings.Join(lines, "\n")
	if *update {
		if err := os.WriteFile(page, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the page is not what happens (-page +happens):\n%s", diff)
	}
	for _, entrypoint := range b.Manifest.Metadata["lictor"].(map[string]any)["entrypoints"].([]any) {
		if asked[entrypoint.(string)] == 0 {
			t.Errorf("nothing is asked of %v", entrypoint)
		}
	}
}

// answered is what an entrypoint gives, as JSON, or "undefined".
func answered(t *testing.T, b *opa.Bundle, entrypoint, input string) string {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(input))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		t.Fatalf("%s: %v", input, err)
	}
	query := "data." + strings.ReplaceAll(entrypoint, "/", ".")
	results, err := rego.New(rego.Query(query), rego.ParsedBundle("lictor", b), rego.Input(value)).Eval(t.Context())
	if err != nil {
		t.Fatalf("%s: %v", input, err)
	}
	if len(results) == 0 {
		return "undefined"
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(results[0].Expressions[0].Value); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(text.String(), "\n")
}

// TestInterfaceInNode runs the program of INTERFACE.md, and finds that each of its two options is needed.
func TestInterfaceInNode(t *testing.T) {
	t.Parallel()
	text := readPage(t)
	shown := block(t, text, "js")
	small := compiled(t, block(t, text, "yaml"))
	_, rest, _ := strings.Cut(text, "It prints `")
	printed, _, _ := strings.Cut(rest, "`")
	var large strings.Builder
	large.WriteString("lictor: v1\nroles:\n  r:\n    birthright: {types: [user]}\n    policies:\n")
	for i := range 50 {
		fmt.Fprintf(&large, "      - {permission: 'a:b%d', decision: ALLOW, when: 'context.x == \"%s\"'}\n", i, strings.Repeat(string(rune('A'+i)), 8000))
	}
	for _, tt := range []struct {
		name, program string
		bundle        []byte
		want          string
	}{
		{"as it is shown", shown, small, regexp.QuoteMeta(printed + "\n")},
		{"without a clock", strings.Replace(shown, ", clock)", ")", 1), small, "not implemented: built-in function [0-9]+: time.now_ns"},
		{"with a time", strings.Replace(strings.Replace(shown, ", clock)", ")", 1), `book:read:7"`, `book:read:7", now: 1800000000`, 1), small, regexp.QuoteMeta(printed + "\n")},
		{"large", shown, compiled(t, large.String()), `"code":"no_grant"`},
		{"large in little memory", strings.Replace(shown, "{ initial: 64 }", "{}", 1), compiled(t, large.String()), "memory import [0-9]+ is smaller than initial"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := run(t, tt.program, tt.bundle); !regexp.MustCompile(tt.want).MatchString(got) {
				t.Errorf("Node says %q, want %q", got, tt.want)
			}
		})
	}
}

// run runs a program in Node, beside what the page's commands unpack from a bundle, and returns what it prints.
func run(t *testing.T, text string, bundle []byte) string {
	t.Helper()
	node, folder := program(t), t.TempDir()
	modules, err := filepath.Abs(filepath.Join("node", "node_modules"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(modules, filepath.Join(folder, "node_modules")); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{"main.mjs": []byte(text), "bundle.tar.gz": bundle} {
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	_, unpack, _ := strings.Cut(block(t, readPage(t), "sh"), "\n") // the first line verifies
	tar := exec.CommandContext(t.Context(), "sh", "-ec", unpack)
	tar.Dir = folder
	if out, err := tar.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", unpack, err, out)
	}
	ctx, cancel := context.WithTimeout(t.Context(), deadline)
	defer cancel()
	cmd := exec.CommandContext(ctx, node, "main.mjs")
	cmd.Dir = folder
	printed, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return string(printed)
}
