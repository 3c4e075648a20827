package cli_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
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
		{"unknown topic", nil, []string{"help", "x"}, cli.Usage, "lictor: error: unknown command \"x\"\nlictor: hint: see \"root help --help\"\n"},
		{"unknown shell", nil, []string{"completion", "x"}, cli.Usage, "lictor: error: unknown command \"x\" for \"root completion\"\nlictor: hint: see \"root completion --help\"\n"},
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

// TestWriteFileThroughLink puts the content where a link leads, and the link stays one.
func TestWriteFileThroughLink(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	target, link := filepath.Join(dir, "target"), filepath.Join(dir, "link")
	if err := errors.Join(os.WriteFile(target, []byte("old"), 0o600), os.Symlink("target", link)); err != nil {
		t.Fatal(err)
	}
	write := func(w io.Writer) error {
		_, err := io.WriteString(w, "new")
		return err
	}
	if err := cli.WriteFile(link, write); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(target); err != nil || string(got) != "new" {
		t.Errorf("content %q, %v", got, err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode().Type() != fs.ModeSymlink {
		t.Errorf("the link is %v, %v", info, err)
	}
}

// TestWriteFileRefuses puts no file in the place of something else, and names the file it was asked for.
func TestWriteFileRefuses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	socket := filepath.Join(dir, "s")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	tests := []struct{ path, want string }{
		{socket, fmt.Sprintf("write %q: not a plain file", socket)},
		{dir, fmt.Sprintf("%q is a folder, not a bundle file", dir)},
		{filepath.Join(dir, "none", "file"), fmt.Sprintf("folder %q does not exist", filepath.Join(dir, "none"))},
	}
	for _, tt := range tests {
		err := cli.WriteFile(tt.path, func(io.Writer) error { return nil })
		if err == nil || err.Error() != tt.want {
			t.Errorf("error %v, want %s", err, tt.want)
		}
	}
	if info, err := os.Lstat(socket); err != nil || info.Mode().Type() != fs.ModeSocket {
		t.Errorf("the socket is %v, %v", info, err)
	}
}
