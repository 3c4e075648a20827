package wasm

import (
	"cmp"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
)

// maxCompiled is how many compiled policies a folder keeps for each version of wazero: those of some generations.
const maxCompiled = 16

// compiledName is how wazero names a compiled module in a folder for its version.
var compiledName = regexp.MustCompile(`^[0-9a-f]{64}$`)

// private makes a folder, and reports whether nobody else can write to it.
func private(folder string) bool {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return false
	}
	info, err := os.Stat(folder)
	return err == nil && info.IsDir() && info.Mode().Perm()&0o022 == 0
}

// trim removes the oldest compiled policies. That it cannot only costs room.
func trim(folder string) { remove(folder, maxCompiled) }

// empty removes all compiled policies.
func empty(folder string) { remove(folder, 0) }

func remove(folder string, keep int) {
	folders, err := filepath.Glob(filepath.Join(folder, "wazero-*"))
	if err != nil {
		return
	}
	for _, f := range folders {
		files := compiledFiles(f)
		for _, info := range files[min(keep, len(files)):] {
			_ = os.Remove(filepath.Join(f, info.Name()))
		}
	}
}

// compiledFiles returns the compiled modules in a folder, the newest first.
func compiledFiles(folder string) []fs.FileInfo {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil
	}
	var files []fs.FileInfo
	for _, entry := range entries {
		if info, err := entry.Info(); err == nil && info.Mode().IsRegular() && compiledName.MatchString(info.Name()) {
			files = append(files, info)
		}
	}
	slices.SortFunc(files, func(a, b fs.FileInfo) int {
		return cmp.Or(b.ModTime().Compare(a.ModTime()), cmp.Compare(a.Name(), b.Name()))
	})
	return files
}
