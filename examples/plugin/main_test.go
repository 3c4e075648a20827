package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/lictor-dev/lictor/compiler"
	"github.com/lictor-dev/lictor/runtime/guest/built"
)

// host is the program, running.
type host struct {
	t        *testing.T
	in       io.WriteCloser
	out, log <-chan string
	ended    chan error
}

func start(t *testing.T, args ...string) *host {
	t.Helper()
	in, write := io.Pipe()
	h := &host{t: t, in: write, ended: make(chan error, 1)}
	var out, log io.Writer
	h.out, out = lines()
	h.log, log = lines()
	go func() { h.ended <- run(t.Context(), args, streams{in, out, log}) }()
	return h
}

// lines returns a writer and what is written to it, line by line.
func lines() (<-chan string, io.Writer) {
	read, write := io.Pipe()
	all := make(chan string, 100)
	go func() {
		for scan := bufio.NewScanner(read); scan.Scan(); {
			all <- scan.Text()
		}
	}()
	return all, write
}

// ask wants an answer that begins with want.
func (h *host) ask(line, want string) {
	h.t.Helper()
	if _, err := fmt.Fprintln(h.in, line); err != nil {
		h.t.Fatal(err)
	}
	if got := h.next(h.out); !strings.HasPrefix(got, want) {
		h.t.Errorf("%s: %q, want %q", line, got, want)
	}
}

// next waits for a line.
func (h *host) next(from <-chan string) string {
	h.t.Helper()
	select {
	case line := <-from:
		return line
	case err := <-h.ended:
		h.t.Fatalf("the program has ended: %v", err)
	case <-time.After(time.Minute):
		h.t.Fatal("nothing comes")
	}
	return ""
}

// put replaces a file as deployments do: by renaming.
func put(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path+".new", content, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

func bundle(t *testing.T, revision, permission string) []byte {
	t.Helper()
	text := `lictor: v1` + "\n" + `roles: {r: {birthright: {types: [user]}, permissions: ["` + permission + `"]}}` + "\n"
	r, err := compiler.Compile(t.Context(), fstest.MapFS{"policy.yaml": {Data: []byte(text)}}, compiler.Options{Revision: revision})
	if err != nil || r.Bundle == nil {
		t.Fatal(err, r.Diagnostics)
	}
	return r.Bundle
}

// TestReplacing replaces both files while the program runs, also by what it must not take up.
func TestReplacing(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	evaluator, policy := filepath.Join(folder, "evaluator.wasm"), filepath.Join(folder, "policy.tar.gz")
	module := built.Module(t)
	put(t, evaluator, module)
	put(t, policy, bundle(t, "r1", "book:read"))
	h := start(t, evaluator, policy)
	h.ask("homer book:read", "ALLOW by revision r1")
	h.ask("homer book:write", "DENY by revision r1: no_grant")
	for _, line := range []string{"homer", "homer ", ""} {
		h.ask(line, "DENY: "+strconv.Quote(line)+" is no question: write SUBJECT PERMISSION")
	}
	h.ask("homer book::", "DENY: permission: ")
	h.ask(" homer  book:read ", "ALLOW by revision r1")
	steps := []struct {
		path    string
		content []byte
		log     string
		write   string // the answer to a question for book:write
	}{
		{policy, bundle(t, "r2", "book:write"), "policy.tar.gz: taken up", "ALLOW by revision r2"},
		{policy, []byte("no bundle"), "policy.tar.gz: kept the one before: ", "ALLOW by revision r2"},
		{evaluator, module[:len(module)/2], "evaluator.wasm: kept the one before: ", "ALLOW by revision r2"},
		{evaluator, append(append([]byte{}, module...), 0, 4, 2, 'x', 'y', 1), "evaluator.wasm: taken up", "ALLOW by revision r2"},
		{policy, bundle(t, "r3", "book:read"), "policy.tar.gz: taken up", "DENY by revision r3: no_grant"},
	}
	for _, step := range steps {
		put(t, step.path, step.content)
		if got := h.next(h.log); !strings.HasPrefix(got, step.log) {
			t.Fatalf("told %q, want %q", got, step.log)
		}
		h.ask("homer book:write", step.write)
	}
	if err := h.in.Close(); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-h.ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(time.Minute):
		t.Error("the program does not end")
	}
}

func TestUsage(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{nil, {"a"}, {"a", "b", "c", "d"}, {"no such file", "b"}, {"a", "b", "no such key"}} {
		if err := run(t.Context(), args, streams{strings.NewReader(""), io.Discard, io.Discard}); err == nil {
			t.Errorf("%q is accepted", args)
		}
	}
}

// TestReadme asks what the README asks.
func TestReadme(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, block, _ := strings.Cut(string(text), "```text\n")
	block, _, _ = strings.Cut(block, "```")
	lines := strings.Split(strings.TrimSpace(block), "\n")
	if len(lines) < 2 || len(lines)%2 != 0 {
		t.Fatalf("no questions with answers: %q", lines)
	}
	r, err := compiler.Compile(t.Context(), os.DirFS(filepath.Join("..", "newsletter")), compiler.Options{Revision: "newsletter-1"})
	if err != nil || r.Bundle == nil {
		t.Fatal(err, r.Diagnostics)
	}
	folder := t.TempDir()
	evaluator, policy := filepath.Join(folder, "evaluator.wasm"), filepath.Join(folder, "newsletter.tar.gz")
	put(t, evaluator, built.Module(t))
	put(t, policy, r.Bundle)
	h := start(t, evaluator, policy)
	for i := 0; i < len(lines); i += 2 {
		h.ask(lines[i], lines[i+1])
	}
}
