package wasm_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/lictor-dev/lictor/runtime/wasm"
)

// machineCode returns the files that a folder keeps.
func machineCode(t *testing.T, folder string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "wazero-*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// starts makes conditions as a process does when it starts.
func starts(t *testing.T, folder string, m *module) {
	t.Helper()
	r := wasm.NewRuntime(folder)
	c, err := r.Conditions(m.encode(), wasm.Options{Instances: 1})
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}

// TestFolder has compiled policies kept, and done without what is wrong with them.
func TestFolder(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "state", "compiled")
	starts(t, folder, &module{})
	files := machineCode(t, folder)
	if len(files) != 1 {
		t.Fatalf("the folder holds %v", files)
	}
	whole, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	starts(t, folder, &module{})
	for name, text := range map[string][]byte{
		"empty": {}, "cut off": whole[:len(whole)/2], "something else": bytes.Repeat([]byte("x"), len(whole)),
		"of another version": append([]byte("WAZEVO\x05v0.0.0"), whole...),
	} {
		if err := os.WriteFile(files[0], text, 0o600); err != nil {
			t.Fatal(err)
		}
		starts(t, folder, &module{})
		starts(t, folder, &module{}) // writes it again
		if after, err := os.ReadFile(files[0]); err != nil || !bytes.Equal(after, whole) {
			t.Errorf("%s: the file stays as it was: %v", name, err)
		}
	}
}

// TestFolderIsTrimmed compiles one policy after the other.
func TestFolderIsTrimmed(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if err := os.Chmod(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	starts(t, folder, &module{})
	other := filepath.Join(filepath.Dir(machineCode(t, folder)[0]), "notes.txt")
	if err := os.WriteFile(other, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for n := range 40 {
		starts(t, folder, &module{texts: map[uint32]string{allowAt: `[{"result":false}]` + strconv.Itoa(n)}})
	}
	if files := machineCode(t, folder); len(files) != 17 {
		t.Errorf("%d files are left", len(files))
	}
	if _, err := os.Stat(other); err != nil {
		t.Errorf("a file of somebody else: %v", err)
	}
}

// TestFolderOfOthers leaves alone what others can write to.
func TestFolderOfOthers(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if err := os.Chmod(folder, 0o777); err != nil {
		t.Fatal(err)
	}
	starts(t, folder, &module{})
	if files := machineCode(t, folder); len(files) != 0 {
		t.Errorf("the folder holds %v", files)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	starts(t, file, &module{}) // no folder at all
}
