package check_test

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/lictor-dev/lictor/compiler/check"
	"github.com/lictor-dev/lictor/compiler/diag"
	"github.com/lictor-dev/lictor/compiler/source"
)

// Sizes of a large project: the predefined roles of a large cloud and a company's people.
const (
	cloudRoles       = 2461
	cloudPermissions = 67 // of each role
	cloudSubjects    = 10000
)

// cloud returns a project of that size, the same each time.
func cloud() fstest.MapFS {
	r := rand.New(rand.NewPCG(1, 2))
	verbs := []string{"get", "list", "create", "delete", "update", "getIamPolicy", "setIamPolicy", "use"}
	var roles, subjects strings.Builder
	roles.WriteString("lictor: v1\nroles:\n")
	for i := range cloudRoles {
		fmt.Fprintf(&roles, "  roles/service%d.role%d:\n    description: Role number %d\n    permissions:\n", i%200, i, i)
		service := r.IntN(200)
		for j := range cloudPermissions {
			fmt.Fprintf(&roles, "      - service%d.resource%d:%s\n", service, j/len(verbs), verbs[j%len(verbs)])
		}
	}
	subjects.WriteString("lictor: v1\nsubjects:\n")
	for i := range cloudSubjects {
		fmt.Fprintf(&subjects, "  user%d@example.com:\n    properties: {department: d%d, level: %d}\n    roles: [", i, i%40, i%9)
		for j := range 3 {
			k := (i*3 + j) % cloudRoles
			fmt.Fprintf(&subjects, "roles/service%d.role%d, ", k%200, k)
		}
		subjects.WriteString("]\n")
	}
	return fstest.MapFS{
		"roles.yaml":    {Data: []byte(roles.String())},
		"subjects.yaml": {Data: []byte(subjects.String())},
	}
}

func BenchmarkLoad(b *testing.B) {
	files := cloud()
	for b.Loop() {
		if _, list := source.Load(files); len(list) > 0 {
			b.Fatal(list)
		}
	}
}

func BenchmarkRun(b *testing.B) {
	d, _ := source.Load(cloud())
	for b.Loop() {
		if list := check.Run(d); list.HasErrors() {
			b.Fatal(list)
		}
	}
}

// BenchmarkRunOneResource is one role with very many permissions that share their first parts, which a
// comparison of all pairs would make slow.
func BenchmarkRunOneResource(b *testing.B) {
	var text strings.Builder
	text.WriteString("lictor: v1\nroles:\n  r:\n    permissions:\n")
	for i := range 20000 {
		fmt.Fprintf(&text, "      - a:b:c:d:e%d\n", i)
	}
	d, _ := source.Load(fstest.MapFS{"a.yaml": {Data: []byte(text.String())}})
	for b.Loop() {
		check.Run(d)
	}
}

// shuffled presents files whose folders are listed in another order than by name.
type shuffled struct {
	fstest.MapFS
	seed uint64
}

func (s shuffled) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := s.MapFS.ReadDir(name)
	rand.New(rand.NewPCG(s.seed, 0)).Shuffle(len(entries), func(i, j int) { entries[i], entries[j] = entries[j], entries[i] })
	return entries, err
}

func TestOrderOfFilesDoesNotShow(t *testing.T) {
	t.Parallel()
	for _, g := range goldens(t) {
		d, list := source.Load(g.files)
		list.Add(check.Run(d)...)
		list.Sort()
		for seed := range uint64(5) {
			d2, list2 := source.Load(shuffled{g.files, seed})
			list2.Add(check.Run(d2)...)
			list2.Sort()
			if diff := cmp.Diff(list, list2); diff != "" {
				t.Errorf("%s, seed %d: diagnostics (-sorted +shuffled):\n%s", g.path, seed, diff)
			}
			if diff := cmp.Diff(d, d2); diff != "" {
				t.Errorf("%s, seed %d: definitions (-sorted +shuffled):\n%s", g.path, seed, diff)
			}
		}
	}
}

func FuzzLoadAndRun(f *testing.F) {
	paths := map[string]bool{}
	for _, g := range goldens(&testing.T{}) {
		for name, file := range g.files {
			if strings.HasSuffix(name, "ml") && !paths[g.path+name] {
				f.Add(file.Data)
			}
		}
	}
	f.Add([]byte("---"))
	f.Add([]byte("lictor: v1\nroles: {a: {permissions: [\"a:b\n  c\nd:\"]}}\n"))
	f.Add([]byte("lictor: v1\nroles:\n  a:\n    permissions:\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		files := fstest.MapFS{"a.yaml": {Data: text}}
		d, list := source.Load(files)
		list.Add(check.Run(d)...)
		list.Sort()
		lines := diag.Lines(string(text))
		for _, x := range list {
			checkPlace(t, x.Pos, x, lines)
			for _, r := range x.Related {
				checkPlace(t, r.Pos, x, lines)
			}
		}
		render(t, list, files)
	})
}

func checkPlace(t *testing.T, p diag.Pos, x diag.Diagnostic, lines []string) {
	t.Helper()
	if p.File != "a.yaml" || p.Line < 0 || p.Line > len(lines) || p.Col < 0 || p.Line > 0 && p.Col > len([]rune(lines[p.Line-1]))+1 {
		t.Errorf("%s %s: no such place: %s", x.Code, x.Message, p)
	}
}
