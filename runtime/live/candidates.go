package live

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lictor-dev/lictor/bundles"
)

// suffix marks the bundles of a folder.
const suffix = ".tar.gz"

var errNoBundle = errors.New("no *" + suffix + " in the folder")

// snapshot is what stands at the path.
type snapshot struct {
	path   string
	folder bool
	err    error  // why nothing can be listed
	files  []file // sorted by path
}

type file struct {
	path string
	info fs.FileInfo // nil when it could not be had
}

// look takes a snapshot of the path. It reads no file.
func look(path string) snapshot {
	s := snapshot{path: path}
	info, err := os.Stat(path)
	if err != nil {
		s.err = err
		return s
	}
	if !info.IsDir() {
		s.files = []file{{path, info}}
		return s
	}
	s.folder = true
	entries, err := os.ReadDir(path)
	if err != nil {
		s.err = err
		return s
	}
	for _, entry := range entries {
		if strings.HasSuffix(entry.Name(), suffix) && !strings.HasPrefix(entry.Name(), ".") {
			full := filepath.Join(path, entry.Name())
			info, _ := os.Stat(full)
			s.files = append(s.files, file{full, info})
		}
	}
	return s
}

func (s snapshot) equal(other snapshot) bool {
	return s.folder == other.folder && (s.err == nil) == (other.err == nil) && slices.EqualFunc(s.files, other.files, sameFile)
}

func sameFile(a, b file) bool {
	return a.path == b.path && sameInfo(a.info, b.info)
}

// sameInfo reports whether a file, nil for none, looks unchanged.
func sameInfo(a, b fs.FileInfo) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	return os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
}

// rank returns the paths of candidates, best first: by epoch, then by name, the last name first. A file
// whose epoch cannot be told is refused.
func rank(s snapshot, options bundles.Options, refuse func(path string, err error)) []string {
	if s.err != nil {
		refuse(s.path, s.err)
		return nil
	}
	if !s.folder {
		return []string{s.path}
	}
	if len(s.files) == 0 {
		refuse(s.path, errNoBundle)
	}
	type candidate struct {
		path  string
		epoch uint64
	}
	var candidates []candidate
	for _, f := range s.files {
		manifest, err := peek(f.path, options)
		if err != nil {
			refuse(f.path, err)
			continue
		}
		candidates = append(candidates, candidate{f.path, manifest.Epoch})
	}
	slices.SortFunc(candidates, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.epoch, a.epoch), strings.Compare(b.path, a.path))
	})
	paths := make([]string, 0, len(candidates))
	for _, c := range candidates {
		paths = append(paths, c.path)
	}
	return paths
}

func peek(path string, options bundles.Options) (*bundles.Manifest, error) {
	file, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return bundles.Peek(file, options)
}
