package page

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// Name is the file of the page.
const Name = "REPORT.md"

// files returns what a folder gets, by path.
func (p *Page) files(dir string) map[string][]byte {
	all := map[string][]byte{filepath.Join(dir, Name): p.Markdown}
	for name, svg := range p.Plots {
		all[filepath.Join(dir, filepath.FromSlash(Plots), name)] = svg
	}
	return all
}

// Write replaces the page and all plots in a folder.
func (p *Page) Write(dir string) error {
	plots := filepath.Join(dir, filepath.FromSlash(Plots))
	if err := os.RemoveAll(plots); err != nil {
		return err
	}
	if err := os.MkdirAll(plots, 0o755); err != nil {
		return err
	}
	for path, content := range p.files(dir) {
		if err := os.WriteFile(path, content, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// Check is an error where a file in a folder is not as Write would write it, is missing, or is a plot too many. It names all of them.
func (p *Page) Check(dir string) error {
	want := p.files(dir)
	plots := filepath.Join(dir, filepath.FromSlash(Plots))
	there, err := os.ReadDir(plots)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	var stale []error
	for _, entry := range there {
		if path := filepath.Join(plots, entry.Name()); want[path] == nil {
			stale = append(stale, fmt.Errorf("%s is on no page", path))
		}
	}
	for _, path := range slices.Sorted(maps.Keys(want)) {
		switch got, err := os.ReadFile(path); {
		case err != nil:
			stale = append(stale, err)
		case !bytes.Equal(got, want[path]):
			stale = append(stale, fmt.Errorf("%s is not what the results give", path))
		}
	}
	return errors.Join(stale...)
}
