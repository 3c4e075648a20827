package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/lictor-dev/lictor/bundles"
)

// Unreadable rewords the error of a file operation: what could not be done to which file, and why.
func Unreadable(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return fmt.Errorf("%s %q: %w", p.Op, p.Path, p.Err)
	}
	return err
}

// OpenFile opens a bundle file for reading; a folder is none.
func OpenFile(path string) (*os.File, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, Unreadable(err)
	}
	if info, err := file.Stat(); err == nil && info.IsDir() {
		return nil, errors.Join(fmt.Errorf("%q is a folder, not a bundle", path), file.Close())
	}
	return file, nil
}

// OpenBundle opens a bundle file for a command that looks at signatures only when it is given a key.
func OpenBundle(path string, options bundles.Options) (*bundles.Bundle, error) {
	file, err := OpenFile(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	b, err := bundles.Open(file, options)
	if err != nil {
		return nil, BundleError(path, err)
	}
	return b, nil
}

// BundleError says which bundle an error is about, and what helps.
func BundleError(path string, err error) error {
	named := fmt.Errorf("bundle %q: %w", path, err)
	switch {
	case errors.Is(err, bundles.ErrUnsigned):
		return WithHint(named, "sign it with \"lictor compile --sign-key\", or leave out --verify-key")
	case errors.Is(err, bundles.ErrTruncated):
		return WithHint(named, "it may still be being written; publish bundles by renaming them into place")
	}
	return named
}

// WriteFile writes a file that appears whole or not at all: under another name beside it, synced, then
// renamed. A link is followed. What is there and is no plain file, such as a device, is refused, since a rename would
// put a file in its place.
func WriteFile(path string, write func(io.Writer) error) error {
	target, err := plainTarget(path)
	if err != nil {
		return err
	}
	file, err := os.CreateTemp(filepath.Dir(target), "."+filepath.Base(target)+".*")
	if err != nil {
		return unwritable(path, err)
	}
	err = fill(file, write)
	if err == nil {
		err = os.Rename(file.Name(), target)
	}
	if err != nil {
		return errors.Join(unwritable(path, err), os.Remove(file.Name()))
	}
	return nil
}

// plainTarget returns where a file at path is to be put.
func plainTarget(path string) (string, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Stat(filepath.Dir(path)); errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("folder %q does not exist", filepath.Dir(path))
		}
		return path, nil
	}
	if err != nil {
		return "", Unreadable(err)
	}
	if info.IsDir() {
		return "", fmt.Errorf("%q is a folder, not a bundle file", path)
	}
	if !info.Mode().IsRegular() {
		return "", fmt.Errorf("write %q: not a plain file", path)
	}
	return filepath.EvalSymlinks(path)
}

// fill writes, syncs and closes the file, which is closed in any case.
func fill(file *os.File, write func(io.Writer) error) error {
	err := file.Chmod(0o644)
	if err == nil {
		err = write(file)
	}
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}

// unwritable names the file that was asked for, not the one beside it.
func unwritable(path string, err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		err = p.Err
	} else if l, ok := errors.AsType[*os.LinkError](err); ok {
		err = l.Err
	}
	return fmt.Errorf("write %q: %w", path, err)
}

func cutID(flag string) (id, path string, ok bool) { return strings.Cut(flag, "=") }
