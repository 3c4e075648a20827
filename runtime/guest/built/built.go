// Package built builds the guest modules for tests, as "make wasm" does. Nothing else imports it.
package built

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/lictor-dev/lictor/runtime/guest/straighten"
)

// Evaluator is the package that lictor-evaluator.wasm is built from.
const Evaluator = "github.com/lictor-dev/lictor/runtime/guest/module"

// Flags are the flags of go build for guest modules. The same sources and compiler give the same bytes everywhere. The names
// of functions, which the linker would leave out with -s, are what package straighten goes by.
var Flags = []string{"-trimpath", "-buildvcs=false", "-buildmode=c-shared", "-ldflags=-w -buildid="}

var evaluator = sync.OnceValues(func() ([]byte, error) { return Build(Evaluator) })

// Module returns lictor-evaluator.wasm, built once for each test binary: in about 20 seconds when Go's cache is empty. The
// bytes are read only. A test that cannot have it fails.
func Module(tb testing.TB) []byte {
	tb.Helper()
	module, err := evaluator()
	if err != nil {
		tb.Fatal(err)
	}
	return module
}

// Build builds a main package as a guest module, and straightens it.
func Build(path string) ([]byte, error) {
	folder, err := os.MkdirTemp("", "lictor-guest-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	file := filepath.Join(folder, "guest.wasm")
	args := append([]string{"build", "-o", file}, Flags...)
	build := exec.Command("go", append(args, path)...)
	build.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "GOWASM=", "GOFLAGS=", "CGO_ENABLED=0", "GOEXPERIMENT=")
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("go build %s: %w\n%s", path, err, out)
	}
	module, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return straighten.Module(module, straighten.Guests)
}
