package cli_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"

	"github.com/lictor-dev/lictor/cmd/internal/cli"
)

var errDisk = errors.New("no space left")

func TestExecute(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		work   error
		args   []string
		status cli.Status
		stderr string
	}{
		{"done", nil, []string{"do"}, cli.OK, ""},
		{"no", cli.No(), []string{"do"}, cli.Negative, ""},
		{"misuse", cli.Misuse("flag %q", "x"), []string{"do"}, cli.Usage, "lictor: error: flag \"x\"\n"},
		{"broken", errDisk, []string{"do"}, cli.Broken, "lictor: error: no space left\n"},
		{"several", errors.Join(errDisk, errDisk), []string{"do"}, cli.Broken, "lictor: error: no space left\nlictor: error: no space left\n"},
		{"hint", cli.WithHint(errDisk, "make some"), []string{"do"}, cli.Broken, "lictor: error: no space left\nlictor: hint: make some\n"},
		{"hint on misuse", cli.WithHint(cli.Misuse("x"), "y"), []string{"do"}, cli.Usage, "lictor: error: x\nlictor: hint: y\n"},
		{"hint on nothing", cli.WithHint(nil, "y"), []string{"do"}, cli.OK, ""},
		{"arguments", nil, []string{"do", "more"}, cli.Usage, "lictor: error: unknown command \"more\" for \"root do\"\nlictor: hint: see \"root do --help\"\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			root := &cobra.Command{Use: "root"}
			root.AddCommand(&cobra.Command{
				Use: "do", Args: cobra.NoArgs,
				RunE: cli.Run(func(*cobra.Command, []string) error { return tt.work }),
			})
			var stderr bytes.Buffer
			root.SetErr(&stderr)
			if got := cli.Execute(root, tt.args); got != tt.status {
				t.Errorf("status %d, want %d", got, tt.status)
			}
			if diff := cmp.Diff(tt.stderr, stderr.String()); diff != "" {
				t.Errorf("standard error (-want +got):\n%s", diff)
			}
		})
	}
}

// TestWriteFile keeps what was there when the writing fails, and leaves nothing else behind.
func TestWriteFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	text := func(s string) func(io.Writer) error {
		return func(w io.Writer) error {
			_, err := io.WriteString(w, s)
			return err
		}
	}
	if err := cli.WriteFile(path, text("old")); err != nil {
		t.Fatal(err)
	}
	failing := func(w io.Writer) error { return errors.Join(text("half")(w), errDisk) }
	if err := cli.WriteFile(path, failing); !errors.Is(err, errDisk) {
		t.Errorf("error %v, want %v", err, errDisk)
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != "old" {
		t.Errorf("content %q, %v", got, err)
	}
	if err := cli.WriteFile(path, text("new")); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != "new" {
		t.Errorf("content %q, %v", got, err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("%d files are left, %v", len(entries), err)
	}
}
