package lictor_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/lictor-dev/lictor/examples/cloud/catalogue"
)

// TestExamples runs the tests of every example and compiles it. The small ones must compile without a
// warning.
func TestExamples(t *testing.T) {
	t.Parallel()
	binary := lictor(t)
	for _, name := range []string{"springfield", "newsletter", "bookstore", "browser"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := filepath.Join("examples", name)
			output(t, binary, "test", folder)
			output(t, binary, "compile", "--strict", folder, "-o", filepath.Join(t.TempDir(), name+".tar.gz"))
		})
	}
	t.Run("cloud", func(t *testing.T) {
		t.Parallel()
		folder := t.TempDir()
		if err := os.CopyFS(folder, os.DirFS(filepath.Join("examples", "cloud"))); err != nil {
			t.Fatal(err)
		}
		if err := catalogue.Write(filepath.Join(folder, "definitions"), catalogue.Standard); err != nil {
			t.Fatal(err)
		}
		if ran := output(t, binary, "test", folder); !strings.HasSuffix(ran, "409 tests passed\n") {
			t.Errorf("lictor test printed %q", ran)
		}
		output(t, binary, "compile", folder, "-o", filepath.Join(t.TempDir(), "cloud.tar.gz"))
	})
}

// output runs a command, which must succeed, and returns what it prints.
func output(t *testing.T, binary string, args ...string) string {
	t.Helper()
	printed, err := exec.Command(binary, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("lictor %s: %v\n%s", strings.Join(args, " "), err, printed)
	}
	return string(printed)
}

var build = sync.OnceValues(func() (path string, err error) {
	dir, err := os.MkdirTemp("", "lictor")
	if err != nil {
		return "", err
	}
	built = dir
	path = filepath.Join(dir, "lictor")
	command := exec.Command("go", "build", "-o", path, "./cmd/lictor")
	command.Stderr = os.Stderr
	return path, command.Run()
})

// built is the folder that build made.
var built string

// lictor returns the path of the command, which is built once for all tests.
func lictor(t *testing.T) string {
	t.Helper()
	path, err := build()
	if err != nil {
		t.Fatalf("go build: %v", err)
	}
	return path
}

func TestMain(m *testing.M) {
	status := m.Run()
	if built != "" {
		_ = os.RemoveAll(built)
	}
	os.Exit(status)
}
