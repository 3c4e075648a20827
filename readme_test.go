package lictor_test

import (
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the output in documents to what the commands print now")

// documents are the texts whose snippets must be true.
var documents = []string{
	"README.md", "examples/springfield/README.md", "examples/newsletter/README.md", "examples/bookstore/README.md",
}

// TestDocuments runs every command that stands in a "console" block of a document, one after the other in
// a folder that holds bin/lictor and examples/, and compares what it prints with what the document says.
// "go test -run TestDocuments -update ." writes the documents anew.
func TestDocuments(t *testing.T) {
	t.Parallel()
	binary := lictor(t)
	for _, name := range documents {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			terminal := newTerminal(t, binary)
			want := string(text)
			got, ran := terminal.replay(want)
			if ran == 0 {
				t.Fatal("the document shows no command")
			}
			if *update {
				if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("the document is not what happens (-document +happens):\n%s", diff)
			}
		})
	}
}

// TestQuotedDefinitions wants every "yaml" block of a document to stand in a file of examples/, line by
// line, indentation aside.
func TestQuotedDefinitions(t *testing.T) {
	t.Parallel()
	var files []string
	err := filepath.WalkDir("examples", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".yaml" {
			return err
		}
		text, err := os.ReadFile(path)
		files = append(files, unindent(string(text)))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	quoted := 0
	for _, name := range documents {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, block := range blocks(string(text), "yaml") {
			quoted++
			if !anyContains(files, unindent(block)) {
				t.Errorf("%s quotes what stands in no file of examples/:\n%s", name, block)
			}
		}
	}
	if quoted == 0 {
		t.Error("no document quotes a definition")
	}
}

func anyContains(texts []string, part string) bool {
	for _, text := range texts {
		if strings.Contains(text, part) {
			return true
		}
	}
	return false
}

func unindent(text string) string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	return strings.Join(lines, "\n")
}

// blocks returns the bodies of the fenced blocks of text in a language.
func blocks(text, language string) []string {
	var found []string
	for {
		_, rest, ok := strings.Cut(text, "```"+language+"\n")
		if !ok {
			return found
		}
		body, after, _ := strings.Cut(rest, "```")
		found, text = append(found, body), after
	}
}
