package live

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// maxHops is how many links are followed to one file, as systems do.
const maxHops = 40

// plan says which folders to watch, and which names in them matter.
type plan map[string]*interest

type interest struct {
	bundles bool // every *.tar.gz
	names   map[string]bool
}

func (p plan) add(folder, name string) {
	if p[folder] == nil {
		p[folder] = &interest{names: map[string]bool{}}
	}
	if name == "" {
		p[folder].bundles = true
	} else {
		p[folder].names[name] = true
	}
}

// concerns reports whether a change of that name may change which bundle is best.
func (p plan) concerns(path string) bool {
	if p[path] != nil {
		return true
	}
	in := p[filepath.Dir(path)]
	if in == nil {
		return false
	}
	name := filepath.Base(path)
	return in.names[name] || in.bundles && strings.HasSuffix(name, suffix)
}

// newPlan follows the path over its links. The folder of the last file, the one above it, every folder in
// which a link of the way stands, and the one in which the way ends too early are watched.
func newPlan(path string) plan {
	p := plan{}
	folder := p.follow(path)
	if folder == "" {
		return p
	}
	p.add(folder, "")
	entries, err := os.ReadDir(folder)
	if err != nil {
		return p // the poll will see it
	}
	for _, entry := range entries {
		if strings.HasSuffix(entry.Name(), suffix) && entry.Type() == fs.ModeSymlink {
			p.follow(filepath.Join(folder, entry.Name()))
		}
	}
	return p
}

// follow adds what matters on the way to an absolute path, and returns the real path if it is a folder.
func (p plan) follow(path string) (folder string) {
	at := filepath.VolumeName(path) + string(filepath.Separator)
	rest := split(strings.TrimPrefix(path, at))
	for hops := 0; len(rest) > 0 && hops < maxHops; {
		name := rest[0]
		next := filepath.Join(at, name) // resolves ".." as well: at holds no link
		info, err := os.Lstat(next)
		switch {
		case err != nil:
			p.add(at, name)
			return ""
		case info.Mode().Type() == fs.ModeSymlink:
			p.add(at, name)
			target, err := os.Readlink(next)
			if err != nil {
				return ""
			}
			if filepath.IsAbs(target) {
				at = filepath.VolumeName(target) + string(filepath.Separator)
			}
			rest = append(split(strings.TrimPrefix(target, at)), rest[1:]...)
			hops++
		default:
			if len(rest) <= 2 && name != ".." {
				p.add(at, name)
			}
			if !info.IsDir() {
				return ""
			}
			at, rest = next, rest[1:]
		}
	}
	return at
}

func split(path string) []string {
	var names []string
	for name := range strings.SplitSeq(filepath.ToSlash(path), "/") {
		if name != "" && name != "." {
			names = append(names, name)
		}
	}
	return names
}
