//go:build !race

package js_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/lictor-dev/lictor/bundles"
	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/sign"
	"github.com/lictor-dev/lictor/bundles/tables"
	"github.com/lictor-dev/lictor/runtime/guest/built"
)

// deadline is for one program: Node with Chromium, or a compiler.
const deadline = 8 * time.Minute

// folder is where a test leaves what programs outside it read: bundles, the evaluator and cases.json.
type folder struct {
	path  string
	key   *sign.PrivateKey
	cases struct {
		Key    key     `json:"key"`
		Groups []group `json:"groups"`
	}
}

type key struct {
	ID  string `json:"id"`
	PEM string `json:"pem"`
}

// group is a policy with questions to it.
type group struct {
	Bundle   string  `json:"bundle"`
	Callers  string  `json:"callers"`
	Requests []asked `json:"requests"`
}

type asked struct {
	Input  string   `json:"input"`
	Decide bool     `json:"decide"`
	Roles  []string `json:"roles"`
}

// newFolder skips the test where something is missing that it runs, and fails it where nothing may be.
func newFolder(t *testing.T) *folder {
	t.Helper()
	if err := ready(); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	f := &folder{path: t.TempDir()}
	if err := os.WriteFile(filepath.Join(f.path, "evaluator.wasm"), built.Module(t), 0o600); err != nil {
		t.Fatal(err)
	}
	f.newKey(t)
	return f
}

func (f *folder) newKey(t *testing.T) {
	t.Helper()
	const id = "conformance"
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(private.Public())
	if err != nil {
		t.Fatal(err)
	}
	if f.key, err = sign.ParsePrivateKey(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), id); err != nil {
		t.Fatal(err)
	}
	f.cases.Key = key{id, string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public}))}
}

// add writes a signed bundle with the tables of m, which it returns opened, and keeps the questions.
func (f *folder) add(t *testing.T, m *policy.Model, g group) *tables.Tables {
	t.Helper()
	d := draft(t, m, 1)
	opened, err := tables.Open(d.Parts[bundles.TablesName])
	if err != nil {
		t.Fatal(err)
	}
	f.keep(t, f.written(t, d), g)
	return opened
}

// keep writes a bundle and keeps the questions to it.
func (f *folder) keep(t *testing.T, bundle []byte, g group) {
	t.Helper()
	g.Bundle = fmt.Sprintf("%d.tar.gz", len(f.cases.Groups))
	f.cases.Groups = append(f.cases.Groups, g)
	f.file(t, g.Bundle, bundle)
}

// bundle writes a draft, signed and with what it lacks.
func (f *folder) bundle(t *testing.T, name string, d *bundles.Draft) {
	t.Helper()
	f.file(t, name, f.written(t, d))
}

func (f *folder) written(t *testing.T, d *bundles.Draft) []byte {
	t.Helper()
	d.Key, d.Parts[bundles.DataName] = f.key, []byte("{}")
	var out bytes.Buffer
	if err := d.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func (f *folder) file(t *testing.T, name string, content []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(f.path, name), content, 0o600); err != nil {
		t.Fatal(err)
	}
}

func (f *folder) write(t *testing.T) {
	t.Helper()
	text, err := json.Marshal(f.cases)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(f.path, "cases.json"), text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// answers has a program answer the cases.
func (f *folder) answers(t *testing.T, runner string) []answers {
	t.Helper()
	f.node(t, filepath.Join("build", "test", runner), f.path)
	text, err := os.ReadFile(filepath.Join(f.path, "answers.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(f.path, "answers.json")); err != nil {
		t.Fatal(err)
	}
	var all []answers
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	if len(all) != len(f.cases.Groups) {
		t.Fatalf("%s answers %d of %d groups", runner, len(all), len(f.cases.Groups))
	}
	return all
}

// node runs a program in Node, which finds the folder in LICTOR_FOLDER too, and returns what it prints.
func (f *folder) node(t *testing.T, args ...string) []byte {
	t.Helper()
	ctx, end := context.WithTimeout(t.Context(), deadline)
	defer end()
	cmd := exec.CommandContext(ctx, "node", args...)
	cmd.Env = append(os.Environ(), "LICTOR_FOLDER="+f.path)
	var faults bytes.Buffer
	cmd.Stderr = &faults
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("node %s: %v\n%s%s", args, err, out, &faults)
	}
	return out
}

// ready compiles the package with its tests, once for all tests. The error says what is missing.
var ready = sync.OnceValue(func() error {
	for _, program := range []string{"node", "chromium"} {
		if _, err := exec.LookPath(program); err != nil {
			return fmt.Errorf("%s is missing: %w", program, err)
		}
	}
	if _, err := os.Stat("node_modules"); err != nil {
		return fmt.Errorf("run npm ci in sdk/js: %w", err)
	}
	// What is read here is what decides whether Go may reuse an earlier result of these tests.
	for _, root := range []string{"src", "test", filepath.Join("..", "..", "runtime", "guest"), filepath.Join("..", "..", "examples", "browser")} {
		if err := fs.WalkDir(os.DirFS(root), ".", readAll(root)); err != nil {
			return err
		}
	}
	for _, project := range []string{".", "test"} {
		if err := command("node", filepath.Join("node_modules", "typescript", "bin", "tsc"), "-p", project); err != nil {
			return err
		}
	}
	return nil
})

func readAll(root string) fs.WalkDirFunc {
	return func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		_, err = os.ReadFile(filepath.Join(root, path))
		return err
	}
}

// command runs a program to its end.
func command(name string, args ...string) error {
	ctx, end := context.WithTimeout(context.Background(), deadline)
	defer end()
	cmd := exec.CommandContext(ctx, name, args...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w\n%s", name, args, err, out)
	}
	return nil
}
