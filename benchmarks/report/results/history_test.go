package results_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lictor-dev/lictor/benchmarks/report/results"
)

// repository is a repository with two commits and an empty folder of results.
func repository(t *testing.T) (root, first string) {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip("a history is that of git:", err)
	}
	root = t.TempDir()
	if err := os.MkdirAll(filepath.Join(root, "benchmarks/results"), 0o755); err != nil {
		t.Fatal(err)
	}
	git(t, root, "init", "-q")
	commit(t, root)
	first = git(t, root, "rev-parse", "HEAD")
	commit(t, root)
	return root, first
}

func commit(t *testing.T, root string) {
	t.Helper()
	git(t, root, "-c", "user.name=n", "-c", "user.email=e@example.com", "-c", "commit.gpgsign=false", "commit", "-q", "--allow-empty", "-m", "s")
}

func git(t *testing.T, root string, args ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "git", append([]string{"-C", root}, args...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("git %s: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

func TestHistory(t *testing.T) {
	t.Parallel()
	root, first := repository(t)
	of := func(commit string) map[string]*results.File {
		return map[string]*results.File{"r": {Path: "r.txt", Header: results.Header{Commit: commit}}}
	}
	dir := filepath.Join(root, "benchmarks", "results")
	aside := git(t, root, "-c", "user.name=n", "-c", "user.email=e@example.com", "commit-tree", "-p", first, "-m", "aside", "HEAD^{tree}")
	shallow := t.TempDir()
	git(t, root, "clone", "-q", "--depth", "1", "file://"+filepath.ToSlash(root), shallow)
	inside := filepath.Join(root, "vendor/benchmarks/results")
	for _, folder := range []string{filepath.Join(shallow, "benchmarks/results"), inside} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name, dir, commit string
		fails             bool
	}{
		{"before HEAD", dir, first, false},
		{"beside HEAD", dir, aside, true},
		{"nowhere", dir, strings.Repeat("1", 40), true},
		{"an option", dir, "--all", true},
		{"shallow", filepath.Join(shallow, "benchmarks/results"), first, false},
		{"a copy in another repository", inside, strings.Repeat("1", 40), false},
		{"no repository", t.TempDir(), first, false},
	} {
		err := results.History(c.dir, of(c.commit))
		if c.fails != (err != nil) {
			t.Errorf("%s: %v", c.name, err)
		}
		if err != nil && !strings.Contains(err.Error(), "r.txt: commit \""+c.commit+"\" is not in the history") {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}
