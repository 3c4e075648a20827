package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"

	"github.com/lictor-dev/lictor/sdk/plugin"
)

// file is one of the two files with what was read last.
type file struct {
	path    string
	content []byte
}

// read reads the file again and reports whether it is another one than before.
func (f *file) read() (changed bool, err error) {
	content, err := os.ReadFile(f.path)
	if err != nil || bytes.Equal(content, f.content) {
		return false, err
	}
	f.content = content
	return true, nil
}

// files are what the host decides by.
type files struct {
	evaluator, bundle file
	log               io.Writer
}

func (f *files) open(ctx context.Context, o plugin.Options) (*plugin.Plugin, error) {
	if _, err := f.evaluator.read(); err != nil {
		return nil, err
	}
	if _, err := f.bundle.read(); err != nil {
		return nil, err
	}
	return plugin.Open(ctx, f.evaluator.content, f.bundle.content, o)
}

// quiet is how long nothing must happen in the folders before the files are read: whoever replaces both does so at once.
const quiet = 50 * time.Millisecond

// watch replaces what has changed, until ctx is done. It watches the folders, since files are replaced by renaming.
func (f *files) watch(ctx context.Context, p *plugin.Plugin) error {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return err
	}
	defer func() { _ = w.Close() }()
	for _, one := range []*file{&f.evaluator, &f.bundle} {
		if err := w.Add(filepath.Dir(one.path)); err != nil {
			return err
		}
	}
	timer := time.NewTimer(0) // what changed before the folders were watched
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-w.Events:
			timer.Reset(quiet)
		case err := <-w.Errors:
			fmt.Fprintln(f.log, "watching:", err)
			timer.Reset(quiet)
		case <-timer.C:
			f.replace(&f.evaluator, func(content []byte) error { return p.SwapEvaluator(ctx, content) })
			f.replace(&f.bundle, func(content []byte) error { return p.Swap(ctx, content) })
		}
	}
}

// replace takes up a file if it has changed. What cannot be taken up is told, and the host goes on with what it has.
func (f *files) replace(one *file, swap func([]byte) error) {
	changed, err := one.read()
	if changed {
		err = swap(one.content)
	}
	switch {
	case err != nil:
		fmt.Fprintf(f.log, "%s: kept the one before: %v\n", filepath.Base(one.path), err)
	case changed:
		fmt.Fprintf(f.log, "%s: taken up\n", filepath.Base(one.path))
	}
}
