package benchmarks_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/lictor-dev/lictor/compiler"
)

// BenchmarkCompile measures the whole way from definitions to a bundle, policy.wasm and the agreement check included:
// those of two examples, and made-up ones of which one thing grows.
func BenchmarkCompile(b *testing.B) {
	b.Run("springfield", func(b *testing.B) { compileAll(b, os.DirFS("../examples/springfield")) })
	b.Run("cloud", func(b *testing.B) { compileAll(b, os.DirFS(definitions(b, 10_000))) })
	for _, n := range []int{10, 100, 1_000, 10_000, 100_000} {
		b.Run(fmt.Sprintf("roles=%d", n), func(b *testing.B) { compileAll(b, project{roles: n, grants: 10 * n, subjects: 100}.files()) })
	}
	for _, n := range []int{10, 100, 1_000, 10_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprintf("grants=%d", n), func(b *testing.B) { compileAll(b, project{roles: max(10, n/100), grants: n, subjects: 100}.files()) })
	}
	for _, n := range []int{10, 100, 1_000, 10_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprintf("subjects=%d", n), func(b *testing.B) { compileAll(b, project{roles: 100, grants: 1_000, subjects: n}.files()) })
	}
}

func compileAll(b *testing.B, files fs.FS) {
	b.Helper()
	b.ReportAllocs()
	for b.Loop() {
		r, err := compiler.Compile(b.Context(), files, compiler.Options{Revision: "benchmark"})
		if err != nil || r.Diagnostics.HasErrors() {
			b.Fatal(err, r)
		}
		b.ReportMetric(float64(len(r.Bundle)), "bundle-bytes")
	}
}

// project is definitions of so many roles that share so many grants, and of subjects with two roles each.
type project struct {
	roles, grants, subjects int
}

// files returns the definitions, in files of at most some thousand entries.
func (p project) files() fstest.MapFS {
	const perFile = 2_000
	files := fstest.MapFS{}
	write := func(kind string, n int, entry func(out *bytes.Buffer, i int)) {
		for begin := 0; begin < n; begin += perFile {
			out := bytes.NewBufferString("lictor: v1\n\n" + kind + ":\n")
			for i := begin; i < min(n, begin+perFile); i++ {
				entry(out, i)
			}
			files[fmt.Sprintf("%s-%04d.yaml", kind, begin/perFile)] = &fstest.MapFile{Data: out.Bytes()}
		}
	}
	write("roles", p.roles, p.role)
	write("subjects", p.subjects, func(out *bytes.Buffer, i int) {
		fmt.Fprintf(out, "  subject-%07d@example.com:\n    roles:\n      - role-%06d\n      - {role: role-%06d, organisation: org-%02d}\n",
			i, i%p.roles, (i+1)%p.roles, i%50)
	})
	write("organisations", 50, func(out *bytes.Buffer, i int) { fmt.Fprintf(out, "  org-%02d: {name: Organisation %d}\n", i, i) })
	return files
}

func (p project) role(out *bytes.Buffer, i int) {
	fmt.Fprintf(out, "  role-%06d:\n    description: Role %d\n    permissions:\n", i, i)
	for n := i; n < p.grants; n += p.roles {
		fmt.Fprintf(out, "      - \"resource-%d:action-%d\"\n", i, n/p.roles)
	}
}

// BenchmarkRecompile measures what lictor dev does after one role was changed: the files that did not change are not read
// again.
func BenchmarkRecompile(b *testing.B) {
	b.Run("springfield", func(b *testing.B) { recompile(b, "../examples/springfield") })
	b.Run("cloud", func(b *testing.B) { recompile(b, definitions(b, 10_000)) })
	for _, n := range []int{1_000, 100_000} {
		b.Run(fmt.Sprintf("subjects=%d", n), func(b *testing.B) {
			dir := b.TempDir()
			for name, file := range (project{roles: 100, grants: 1_000, subjects: n}).files() {
				if err := os.WriteFile(filepath.Join(dir, name), file.Data, 0o600); err != nil {
					b.Fatal(err)
				}
			}
			recompile(b, dir)
		})
	}
}

// recompile compiles the definitions in a folder again and again, each time with another role beside them.
func recompile(b *testing.B, dir string) {
	b.Helper()
	b.ReportAllocs()
	var cache compiler.Cache
	again := func(n int) {
		changed := beside{os.DirFS(dir), fmt.Appendf(nil, "lictor: v1\nroles:\n  changed-by-hand: {permissions: [\"changed:%d\"]}\n", n)}
		r, err := compiler.Compile(b.Context(), changed, compiler.Options{Revision: "benchmark", Cache: &cache})
		if err != nil || r.Diagnostics.HasErrors() {
			b.Fatal(err, r)
		}
	}
	again(0)
	for n := 1; b.Loop(); n++ {
		again(n)
	}
}

// beside is a folder with one more file, changed.yaml.
type beside struct {
	fs.FS
	text []byte
}

// Open implements [fs.FS].
func (b beside) Open(name string) (fs.File, error) {
	if name == "changed.yaml" {
		return fstest.MapFS{name: &fstest.MapFile{Data: b.text}}.Open(name)
	}
	return b.FS.Open(name)
}

// ReadDir implements [fs.ReadDirFS].
func (b beside) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := fs.ReadDir(b.FS, name)
	if name != "." || err != nil {
		return entries, err
	}
	changed, err := fs.ReadDir(fstest.MapFS{"changed.yaml": &fstest.MapFile{Data: b.text}}, ".")
	return append(entries, changed...), err
}
