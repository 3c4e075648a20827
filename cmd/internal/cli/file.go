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

// OpenBundle opens a bundle file.
func OpenBundle(path string, options bundles.Options) (*bundles.Bundle, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, Unreadable(err)
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
		return WithHint(named, "sign it with \"lictor compile --sign-key\", or use --allow-unsigned")
	case errors.Is(err, bundles.ErrTruncated):
		return WithHint(named, "it may still be being written; publish bundles by renaming them into place")
	}
	return named
}

// WriteFile writes a file that appears whole or not at all: under another name beside it, synced, then
// renamed.
func WriteFile(path string, write func(io.Writer) error) (err error) {
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return Unreadable(err)
	}
	defer func() {
		if err != nil {
			file.Close()
			err = errors.Join(err, os.Remove(file.Name()))
		}
	}()
	if err := file.Chmod(0o644); err != nil {
		return Unreadable(err)
	}
	if err := write(file); err != nil {
		return Unreadable(err)
	}
	if err := file.Sync(); err != nil {
		return Unreadable(err)
	}
	if err := file.Close(); err != nil {
		return Unreadable(err)
	}
	if err := os.Rename(file.Name(), path); err != nil {
		return fmt.Errorf("rename to %q: %w", path, errors.Unwrap(err))
	}
	return nil
}

func cutID(flag string) (id, path string, ok bool) { return strings.Cut(flag, "=") }
