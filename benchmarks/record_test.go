package benchmarks_test

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// recorder is a repository with a copy of record in a module of its own.
type recorder struct {
	*testing.T
	dir string
}

// recorded are the files of the repository. What renders tables is stood in for by a program that says what it was given.
var recorded = map[string]string{
	"benchmarks/go.mod": "module fixture\n\ngo 1.26\n",
	"benchmarks/fixture_test.go": `package fixture_test

import "testing"

func BenchmarkGood(b *testing.B) { for b.Loop() {} }

func BenchmarkBad(b *testing.B) { b.Fatal("answers differ") }

func BenchmarkLeftOut(b *testing.B) { b.Skip() }
`,
	"benchmarks/report/main.go":  "package main\n\nimport (\n\t\"fmt\"\n\t\"os\"\n)\n\nfunc main() { fmt.Println(\"tables of\", len(os.Args)-2) }\n",
	"benchmarks/program/main.go": "package main\n\nimport (\n\t\"fmt\"\n\t\"os\"\n)\n\nfunc main() { fmt.Println(\"BenchmarkProgram 1 5 ns/op\", os.Args[1]) }\n",
	"source.go":                  "package source\n",
}

func newRecorder(t *testing.T) *recorder {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip("a result names a commit:", err)
	}
	r := &recorder{t, t.TempDir()}
	for path, text := range recorded {
		r.write(path, text)
	}
	script, err := os.ReadFile("record")
	if err != nil {
		t.Fatal(err)
	}
	r.write("benchmarks/record", string(script))
	r.git("init", "-q")
	r.git("add", ".")
	r.git("-c", "user.name=n", "-c", "user.email=e@example.com", "-c", "commit.gpgsign=false", "commit", "-q", "-m", "s")
	return r
}

func (r *recorder) write(path, text string) {
	r.Helper()
	path = filepath.Join(r.dir, filepath.FromSlash(path))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		r.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		r.Fatal(err)
	}
}

func (r *recorder) git(args ...string) string {
	r.Helper()
	out, err := exec.CommandContext(r.Context(), "git", append([]string{"-C", r.dir}, args...)...).CombinedOutput()
	if err != nil {
		r.Fatalf("git %s: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// record runs the script and returns what it printed.
func (r *recorder) record(args ...string) (string, error) {
	c := exec.CommandContext(r.Context(), filepath.Join(r.dir, "benchmarks/record"), args...)
	c.Env = append(os.Environ(), "COUNT=2", "GOFLAGS=", "GOWORK=off")
	out, err := c.CombinedOutput()
	return string(out), err
}

// result returns the file of a name, "" where there is none.
func (r *recorder) result(name string) string {
	text, err := os.ReadFile(filepath.Join(r.dir, "benchmarks/results", name+".txt"))
	if err != nil && !os.IsNotExist(err) {
		r.Fatal(err)
	}
	return string(text)
}

// TestRecord wants a result to be kept only of a run that went well and of a work tree in which everything but results is committed.
func TestRecord(t *testing.T) {
	t.Parallel()
	r := newRecorder(t)
	out, err := r.record("good", "^BenchmarkGood$", "-benchtime", "1x")
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	kept := r.result("good")
	for _, want := range []string{
		"commit: " + r.git("rev-parse", "HEAD") + "\n", "\ngo: go version ", "\ncores: ",
		"\ncommand: COUNT=2 benchmarks/record good '^BenchmarkGood$' -benchtime 1x\n",
	} {
		if !strings.Contains(kept, want) {
			t.Errorf("no %q in\n%s", want, kept)
		}
	}
	if n := strings.Count(kept, "BenchmarkGood"); n != 2+1 { // and one in the command
		t.Errorf("%d runs in\n%s", n-1, kept)
	}
	if !strings.HasPrefix(out, kept) || !strings.HasSuffix(out, "tables of 1\n") {
		t.Errorf("printed was not the result with its tables:\n%s", out)
	}
	if out, err = r.record("program", "./program", "-flag"); err != nil || !strings.HasSuffix(r.result("program"), "BenchmarkProgram 1 5 ns/op -flag\n") {
		t.Errorf("a program, beside a result that is not committed: %v\n%s", err, out)
	}
	if out, err = r.record("good", "."); err == nil || !strings.Contains(out, "answers differ") || r.result("good") != kept {
		t.Errorf("a run that failed: %v\n%s\nkept:\n%s", err, out, r.result("good"))
	}
	for _, pattern := range []string{"^BenchmarkNone$", "^BenchmarkLeftOut$"} {
		if out, err = r.record("good", pattern); err == nil || !strings.Contains(out, "nothing was measured") || r.result("good") != kept {
			t.Errorf("%s, which measures nothing: %v\n%s\nkept:\n%s", pattern, err, out, r.result("good"))
		}
	}
	r.write("source.go", "package changed\n")
	if out, err = r.record("good", "^BenchmarkGood$"); err == nil || !strings.Contains(out, "commit first") || r.result("good") != kept {
		t.Errorf("a work tree with a change: %v\n%s", err, out)
	}
	before := r.git("status", "--porcelain", "-uall")
	if out, err = r.record("-", "^BenchmarkGood$", "-benchtime", "1x"); err != nil || !strings.Contains(out, "tables of 1") {
		t.Errorf("a look: %v\n%s", err, out)
	}
	if after := r.git("status", "--porcelain", "-uall"); after != before {
		t.Errorf("a look kept something:\n%s", after)
	}
}

// TestRecordLeavesNothingOut wants each benchmark to be in exactly one of the results that record makes when it records everything.
func TestRecordLeavesNothingOut(t *testing.T) {
	t.Parallel()
	script, err := os.ReadFile("record")
	if err != nil {
		t.Fatal(err)
	}
	patterns := make(map[string]*regexp.Regexp)
	for _, match := range regexp.MustCompile(`(?m)^  \./record (\w+) '([^']+)'`).FindAllStringSubmatch(string(script), -1) {
		patterns[match[1]] = regexp.MustCompile(match[2])
	}
	declared := regexp.MustCompile(`(?m)^func (Benchmark\w+)\(b \*testing\.B\)`)
	found := 0
	err = filepath.WalkDir(".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") || path == "record_test.go" {
			return err
		}
		text, err := os.ReadFile(path)
		for _, match := range declared.FindAllStringSubmatch(string(text), -1) {
			found++
			var in []string
			for name, pattern := range patterns {
				if pattern.MatchString(match[1]) {
					in = append(in, name)
				}
			}
			if len(in) != 1 {
				t.Errorf("%s of %s is in the results %q, want it in one", match[1], path, in)
			}
		}
		return err
	})
	if err != nil || found < 10 || len(patterns) < 5 {
		t.Errorf("%d benchmarks, %d patterns: %v", found, len(patterns), err)
	}
}
