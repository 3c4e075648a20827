// Package source reads definition files: YAML in, [Definitions] with the place of every name out, and
// all mistakes in the form of the files. What names refer to is left to package check.
//
// Read on at [Load], which walks the files, then at definitionFile, which is the format, key by key.
package source

import (
	"errors"
	"io/fs"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/lictor-dev/lictor/compiler/diag"
)

// Load reads every definition file (*.yaml and *.yml) and every Rego module (*.rego) below the root of
// files, in any layout; hidden files and folders, whose names start with a dot, are left out, and so are
// modules whose names end in _test.rego: those hold tests that "opa test" runs. It merges
// the files, in an order that does not depend on the file system, and returns what they define together
// with all their mistakes, sorted. Where there are mistakes the definitions hold what could be read; they must not
// be compiled when the list has errors.
//
// Load fills in what is not written: the namespaces, the options' and the other defaults that
// [Definitions] names, and what nested routes inherit.
func Load(files fs.FS) (*Definitions, diag.List) { return LoadAgain(files, nil) }

// LoadAgain is [Load] for those who keep what they have read; a nil Cache keeps nothing.
func LoadAgain(files fs.FS, cache *Cache) (*Definitions, diag.List) {
	l := loader{files: files, defs: &Definitions{}, cache: cache}
	l.walk()
	l.merge()
	if len(l.defs.Files) == 0 && len(l.list) == 0 {
		l.list.Errorf(unreadable, diag.Pos{File: "."}, "there is no definition file (*.yaml or *.yml)")
	}
	l.settle()
	l.list.Sort()
	return l.defs, l.list
}

// Bounds of a project. Beyond them a file is not read.
const (
	maxFileBytes  = 64 << 20
	maxTotalBytes = 1 << 30
)

type loader struct {
	files fs.FS
	defs  *Definitions
	list  diag.List
	total int
	set   Text // where the options are

	cache   *Cache
	read    []*file // definition files, in the order of their paths
	readers sync.WaitGroup
	slots   chan struct{} // holds one for each file that is being read
}

// walk reads the files in the order of their paths, whatever order the file system lists them in. What they say is
// understood side by side, in a goroutine for each processor.
func (l *loader) walk() {
	l.slots = make(chan struct{}, runtime.GOMAXPROCS(0))
	defer l.readers.Wait()
	var names []string
	_ = fs.WalkDir(l.files, ".", func(name string, entry fs.DirEntry, err error) error {
		hidden := name != "." && strings.HasPrefix(path.Base(name), ".")
		switch {
		case err != nil:
			l.defs.Incomplete = true
			l.list.Errorf(unreadable, diag.Pos{File: name}, "cannot be read: %s", reason(err))
			return fs.SkipDir
		case entry.IsDir() && hidden:
			return fs.SkipDir
		case !entry.IsDir() && !hidden:
			l.linked(name, entry)
			names = append(names, name)
		}
		return nil
	})
	slices.Sort(names)
	for _, name := range names {
		switch path.Ext(name) {
		case ".yaml", ".yml":
			l.definitions(name)
		case ".rego":
			if !strings.HasSuffix(name, "_test.rego") {
				l.module(name)
			}
		}
	}
}

// linked reports a link to a folder: it is not followed, and what is defined there must not be missed.
func (l *loader) linked(name string, entry fs.DirEntry) {
	if entry.Type()&fs.ModeSymlink == 0 {
		return
	}
	if info, err := fs.Stat(l.files, name); err == nil && info.IsDir() && path.Ext(name) != ".yaml" && path.Ext(name) != ".yml" {
		l.defs.Incomplete = true
		l.list.Errorf(unreadable, diag.Pos{File: name}, "cannot be read: a link to a folder is not followed").Hint = "put the files themselves here, or links to them"
	}
}

// reason returns what the operating system said, without the path it was said about.
func reason(err error) string {
	var e *fs.PathError
	if errors.As(err, &e) {
		return e.Err.Error()
	}
	return err.Error()
}

// text returns a file's bytes unless it is not a regular file, cannot be read or is too large.
func (l *loader) text(name string) ([]byte, bool) {
	info, err := fs.Stat(l.files, name)
	switch {
	case err != nil:
		l.list.Errorf(unreadable, diag.Pos{File: name}, "cannot be read: %s", reason(err))
		return nil, false
	case !info.Mode().IsRegular():
		l.list.Errorf(unreadable, diag.Pos{File: name}, "cannot be read: not a regular file")
		return nil, false
	case info.Size() > maxFileBytes:
		l.list.Errorf(tooLarge, diag.Pos{File: name}, "file is larger than %d MiB", maxFileBytes>>20)
		return nil, false
	}
	text, err := fs.ReadFile(l.files, name)
	if err != nil {
		l.list.Errorf(unreadable, diag.Pos{File: name}, "cannot be read: %s", reason(err))
		return nil, false
	}
	if l.total += len(text); l.total > maxTotalBytes {
		l.list.Errorf(tooLarge, diag.Pos{File: name}, "the project is larger than %d MiB", maxTotalBytes>>20)
		return nil, false
	}
	return text, true
}

func (l *loader) definitions(name string) {
	l.defs.Files = append(l.defs.Files, name)
	text, ok := l.text(name)
	if !ok {
		l.defs.Incomplete = true
		return
	}
	key := keyOf(name, text)
	f := l.cache.find(key)
	if f == nil {
		f = &file{key: key}
		l.slots <- struct{}{}
		l.readers.Go(func() {
			defer func() { <-l.slots }()
			f.read(name, text)
		})
	}
	l.read = append(l.read, f)
}

// merge adds up what the files say.
func (l *loader) merge() {
	kept := make(map[fileKey]*file, len(l.read))
	roles, subjects := 0, 0
	for _, f := range l.read {
		roles += len(f.doc.defs.Roles)
		subjects += len(f.doc.defs.Subjects)
	}
	l.defs.Roles, l.defs.Subjects = slices.Grow(l.defs.Roles, roles), slices.Grow(l.defs.Subjects, subjects)
	for _, f := range l.read {
		kept[f.key] = f
		l.list.Add(f.list...)
		l.defs.Incomplete = l.defs.Incomplete || f.incomplete
		l.options(f.doc.options)
		l.add(&f.doc)
	}
	l.cache.keep(kept)
}

func (l *loader) module(name string) {
	text, ok := l.text(name)
	switch {
	case !ok:
	case !utf8.Valid(text):
		l.list.Errorf(notUTF8, diag.Pos{File: name}, "is not UTF-8")
	default:
		l.defs.Modules = append(l.defs.Modules, Module{File: name, Text: text})
	}
}

func (l *loader) options(o *options) {
	switch {
	case o == nil:
	case l.set.Set():
		d := l.list.Errorf(optionsTwice, o.place.Pos, "options are set a second time")
		d.Hint = "are these several projects? give one folder"
		d.Related = []diag.Related{{Pos: l.set.Pos, Message: "first set here"}}
	default:
		l.set = o.place
		o.apply(&l.defs.Options)
	}
}
