package results

import (
	"errors"
	"fmt"
	"maps"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// folder is where results are, from the root of the repository.
const folder = "benchmarks/results/"

// History is an error where results that were read from a folder name commits that are not in the history of what is checked out: nobody can
// look up what was measured. It names all of them. Where there is no history to ask, such as in an exported tree, in a shallow
// clone, or without git, there is no error. It runs git.
func History(dir string, files map[string]*File) error {
	dir = filepath.Clean(dir)
	prefix, err := git(dir, "rev-parse", "--show-prefix")
	if err != nil || prefix != folder {
		return nil //nolint:nilerr // no repository, or that of somebody who keeps a copy of this one in theirs
	}
	if shallow, err := git(dir, "rev-parse", "--is-shallow-repository"); err != nil || shallow != "false" {
		return nil //nolint:nilerr // the commits may lie before where the history is cut off
	}
	var lost []error
	for _, name := range slices.Sorted(maps.Keys(files)) {
		f := files[name]
		if _, err := git(dir, "merge-base", "--is-ancestor", "--end-of-options", f.Commit, "HEAD"); err != nil {
			lost = append(lost, fmt.Errorf("%s: commit %q is not in the history of HEAD: record it anew", f.Path, limit(f.Commit)))
		}
	}
	return errors.Join(lost...)
}

func git(dir string, args ...string) (string, error) {
	out, err := exec.Command("git", append([]string{"-C", dir}, args...)...).Output()
	return strings.TrimSpace(string(out)), err
}
