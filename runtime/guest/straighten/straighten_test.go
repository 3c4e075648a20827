package straighten_test

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"

	"github.com/lictor-dev/lictor/runtime/guest/straighten"
)

// program is testdata/program as "go build" writes it.
var program = sync.OnceValues(func() ([]byte, error) {
	folder, err := os.MkdirTemp("", "straighten-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	file := filepath.Join(folder, "program.wasm")
	build := exec.Command("go", "build", "-buildmode=c-shared", "-ldflags=-w", "-o", file, "./testdata/program")
	build.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "GOWASM=", "GOFLAGS=", "CGO_ENABLED=0")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return nil, err
	}
	return os.ReadFile(file)
})

func built(tb testing.TB) []byte {
	tb.Helper()
	module, err := program()
	if err != nil {
		tb.Fatal(err)
	}
	return module
}

func straightened(tb testing.TB, o straighten.Options) []byte {
	tb.Helper()
	module, err := straighten.Module(built(tb), o)
	if err != nil {
		tb.Fatal(err)
	}
	return module
}

// answers runs a module.
func answers(tb testing.TB, module []byte, seeds int) []uint64 {
	tb.Helper()
	ctx := tb.Context()
	r := wazero.NewRuntime(ctx)
	defer func() { _ = r.Close(ctx) }()
	if _, err := wasi_snapshot_preview1.Instantiate(ctx, r); err != nil {
		tb.Fatal(err)
	}
	var said bytes.Buffer
	config := wazero.NewModuleConfig().WithStartFunctions("_initialize").WithStderr(&said).WithStdout(io.Discard)
	m, err := r.InstantiateWithConfig(ctx, module, config)
	if err != nil {
		tb.Fatal(err)
	}
	var all []uint64
	for seed := range seeds {
		got, err := m.ExportedFunction("run").Call(ctx, uint64(seed*1000), 20)
		if err != nil {
			tb.Fatalf("seed %d: %v\n%s", seed, err, said.Bytes())
		}
		all = append(all, got[0])
	}
	return all
}

// TestModuleDoesTheSame holds a program that is left and resumed in the middle, and panics, to what it answers without.
func TestModuleDoesTheSame(t *testing.T) {
	t.Parallel()
	const seeds = 6
	want := answers(t, built(t), seeds)
	for name, o := range map[string]straighten.Options{
		"no function twice":       {},
		"the program's":           {Exports: []string{"run"}, Prefixes: []string{"main."}},
		"the program's, from one": {Exports: []string{"run"}, Prefixes: []string{"main.", "strings", "slices"}, Entries: []string{"main.sum", "main.stairs1"}},
		"those of its libraries":  {Exports: []string{"run"}, Prefixes: []string{"main.", "strings", "strconv", "slices", "internal_"}},
		"all":                     {Exports: []string{"run", "_initialize", "_rt0_wasm_wasip1_lib"}, Prefixes: []string{""}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			module := straightened(t, o)
			t.Logf("%d bytes of %d", len(module), len(built(t)))
			for n, got := range answers(t, module, seeds) {
				if got != want[n] {
					t.Errorf("seed %d: %d instead of %d", n, got, want[n])
				}
			}
		})
	}
}

func TestModuleIsTheSameTwice(t *testing.T) {
	t.Parallel()
	if !bytes.Equal(straightened(t, straighten.Guests), straightened(t, straighten.Guests)) {
		t.Error("two modules of one")
	}
}

func TestModuleRefuses(t *testing.T) {
	t.Parallel()
	whole := built(t)
	for name, module := range map[string][]byte{
		"nothing": nil, "another version": []byte("\x00asm\x02\x00\x00\x00"), "a part": whole[:len(whole)/3], "a section that is cut": []byte("\x00asm\x01\x00\x00\x00\x0a\x05\x00"),
	} {
		if _, err := straighten.Module(module, straighten.Guests); err == nil {
			t.Errorf("%s is rewritten", name)
		}
	}
}
