package lictor_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const module = "github.com/lictor-dev/lictor"

// listed is what these tests need of one package as "go list -json" prints it.
type listed struct {
	ImportPath string
	Standard   bool
	Imports    []string // direct, tests left out
	Deps       []string // transitive, tests left out
}

// wall bounds what the packages below a folder may import.
type wall struct {
	name   string
	inside []string // folders of the module that the wall stands around; empty: the whole module
	except []string // folders inside that it does not concern
	only   []string // when set: the import path prefixes allowed beside the standard library
	never  []string // import path prefixes refused
	deep   bool     // follow imports of imports
}

// walls are the floors of the module: cmd on sdk, edge and compiler, these on runtime, that on bundles.
var walls = []wall{
	{
		name: "bundles stand on the ground", inside: []string{"bundles"}, deep: true,
		only: []string{"github.com/klauspost/compress", module + "/bundles"},
	},
	{
		name: "runtime stands on bundles", inside: []string{"runtime"}, deep: true,
		never: []string{module + "/compiler", module + "/edge", module + "/sdk", module + "/cmd", "github.com/prometheus"},
	},
	{
		name: "compiler imports no neighbour", inside: []string{"compiler"}, deep: true,
		never: []string{module + "/edge", module + "/sdk", module + "/cmd"},
	},
	{
		name: "edge imports no neighbour", inside: []string{"edge"}, deep: true,
		never: []string{module + "/compiler", module + "/sdk", module + "/cmd"},
	},
	{
		name: "sdk imports no neighbour", inside: []string{"sdk"}, deep: true,
		never: []string{module + "/compiler", module + "/edge", module + "/cmd", "github.com/prometheus", "go.opentelemetry.io"},
	},
	{
		name: "only the compiler imports OPA", except: []string{"compiler"},
		never: []string{"github.com/open-policy-agent/opa"},
	},
	{
		name: "what serves links no OPA", inside: []string{"bundles", "runtime", "edge", "sdk", "cmd/lictor-edge"}, deep: true,
		never: []string{"github.com/open-policy-agent/opa"},
	},
	{
		name: "only runtime/wasm imports wazero", except: []string{"runtime/wasm"},
		never: []string{"github.com/tetratelabs/wazero"},
	},
	{
		name: "only edge and the SDK's adapter import fasthttp", except: []string{"edge", "sdk/fasthttp"},
		never: []string{"github.com/valyala/fasthttp"},
	},
}

// TestWalls checks the imports of every package of the module.
func TestWalls(t *testing.T) {
	t.Parallel()
	packages := listPackages(t)
	if len(packages[module+"/bundles/permission"].ImportPath) == 0 {
		t.Fatal("go list does not name bundles/permission: the test looks at the wrong packages")
	}
	for _, w := range walls {
		t.Run(w.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff([]string(nil), w.breaches(packages)); diff != "" {
				t.Errorf("imports through the wall (-want +got):\n%s", diff)
			}
		})
	}
}

// TestWallsCanFail puts one forbidden import behind each wall.
func TestWallsCanFail(t *testing.T) {
	t.Parallel()
	tests := []struct{ wall, from, to string }{
		{"bundles stand on the ground", "bundles/sign", "github.com/lestrrat-go/jwx/v3/jws"},
		{"bundles stand on the ground", "bundles", module + "/runtime/decision"},
		{"runtime stands on bundles", "runtime/table", module + "/compiler/source"},
		{"compiler imports no neighbour", "compiler", module + "/edge"},
		{"edge imports no neighbour", "edge/authzen", module + "/compiler/diag"},
		{"sdk imports no neighbour", "sdk", module + "/edge"},
		{"only the compiler imports OPA", "cmd/lictor", "github.com/open-policy-agent/opa/v1/ast"},
		{"what serves links no OPA", "cmd/lictor-edge", "github.com/open-policy-agent/opa/v1/rego"},
		{"only runtime/wasm imports wazero", "runtime/table", "github.com/tetratelabs/wazero"},
		{"only edge and the SDK's adapter import fasthttp", "cmd/lictor", "github.com/valyala/fasthttp"},
	}
	for _, tt := range tests {
		t.Run(tt.from+" imports "+tt.to, func(t *testing.T) {
			t.Parallel()
			from := module + "/" + tt.from
			packages := map[string]listed{
				from:  {ImportPath: from, Imports: []string{tt.to}, Deps: []string{tt.to}},
				tt.to: {ImportPath: tt.to},
			}
			i := slices.IndexFunc(walls, func(w wall) bool { return w.name == tt.wall })
			want := []string{from + " imports " + tt.to}
			if diff := cmp.Diff(want, walls[i].breaches(packages)); diff != "" {
				t.Errorf("breaches (-want +got):\n%s", diff)
			}
		})
	}
}

// breaches returns a line for each import that w refuses, sorted.
func (w wall) breaches(packages map[string]listed) []string {
	var found []string
	for _, p := range packages {
		if !w.encloses(p.ImportPath) {
			continue
		}
		imports := p.Imports
		if w.deep {
			imports = p.Deps
		}
		for _, path := range imports {
			if w.refuses(path, packages[path].Standard) {
				found = append(found, fmt.Sprintf("%s imports %s", p.ImportPath, path))
			}
		}
	}
	slices.Sort(found)
	return found
}

func (w wall) encloses(path string) bool {
	if path != module && !strings.HasPrefix(path, module+"/") {
		return false
	}
	folder := strings.TrimPrefix(strings.TrimPrefix(path, module), "/")
	return (len(w.inside) == 0 || below(folder, w.inside)) && !below(folder, w.except)
}

func (w wall) refuses(path string, standard bool) bool {
	return below(path, w.never) || w.only != nil && !standard && !below(path, w.only)
}

// below reports whether path is one of the roots or lies under one.
func below(path string, roots []string) bool {
	return slices.ContainsFunc(roots, func(root string) bool {
		return path == root || strings.HasPrefix(path, root+"/")
	})
}

// listPackages returns every package of the module and all they depend on, by import path.
func listPackages(t *testing.T) map[string]listed {
	t.Helper()
	command := exec.Command("go", "list", "-deps", "-json=ImportPath,Standard,Imports,Deps", "./...")
	var stderr bytes.Buffer
	command.Stderr = &stderr
	out, err := command.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.Bytes())
	}
	packages := map[string]listed{}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		packages[p.ImportPath] = p
	}
}
