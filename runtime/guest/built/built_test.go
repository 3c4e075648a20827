package built_test

import (
	"bytes"
	"compress/gzip"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/lictor-dev/lictor/runtime/guest/built"
)

// The budgets of lictor-evaluator.wasm, in bytes.
const (
	maxSize       = 3_900_000
	maxCompressed = 1_100_000
)

// TestSize holds the module to its size, and its bytes to its sources.
func TestSize(t *testing.T) {
	t.Parallel()
	module := built.Module(t)
	again, err := built.Build(built.Evaluator)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(module, again) {
		t.Error("built twice, the module differs")
	}
	var compressed bytes.Buffer
	w, err := gzip.NewWriterLevel(&compressed, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(module); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d bytes, %d compressed", len(module), compressed.Len())
	if len(module) > maxSize || compressed.Len() > maxCompressed {
		t.Errorf("%d bytes, %d compressed, want at most %d and %d", len(module), compressed.Len(), maxSize, maxCompressed)
	}
}

// TestLinksNothingHeavy names the package that makes the module too large, when it is back.
func TestLinksNothingHeavy(t *testing.T) {
	t.Parallel()
	list := exec.Command("go", "list", "-deps", built.Evaluator)
	list.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm")
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	packages := strings.Fields(string(out))
	if !slices.Contains(packages, "github.com/lictor-dev/lictor/runtime/table") {
		t.Fatalf("the module does not link the engine: %v", packages)
	}
	for _, heavy := range []string{"fmt", "os", "time", "encoding/json", "crypto/sha256", "compress/flate", "net", "math/big"} {
		if slices.Contains(packages, heavy) {
			t.Errorf("the module links %s", heavy)
		}
	}
}

// TestMakeBuildsTheSame compares the flags with those of "make wasm".
func TestMakeBuildsTheSame(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	for _, flag := range built.Flags {
		if !strings.Contains(string(text), flag) {
			t.Errorf("make wasm does not build with %s", flag)
		}
	}
}
