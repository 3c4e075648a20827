package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"
)

// When definitions are compiled again: this long after the last change, at most that long after the first;
// and how often to look without being told of a change.
const (
	quiet   = 50 * time.Millisecond
	atMost  = 500 * time.Millisecond
	lookout = 2 * time.Second
)

// folderWatch tells when definitions below a folder have changed.
type folderWatch struct {
	dir    string
	system *fsnotify.Watcher // nil when the system reports no changes
	seen   [sha256.Size]byte // fingerprint of what the last call of changed was for
	first  time.Time         // of the changes that were not told yet; zero for none
	timer  *time.Timer
}

// watchFolder calls changed, one call at a time, after definition files below dir have changed, until ctx
// is done. Changes since the call of watchFolder are not missed.
func watchFolder(ctx context.Context, dir string) func(changed func()) {
	w := &folderWatch{dir: dir, timer: time.NewTimer(time.Hour)}
	w.timer.Stop()
	if system, err := fsnotify.NewWatcher(); err == nil {
		w.system = system
	}
	w.seen = w.look()
	return func(changed func()) { w.run(ctx, changed) }
}

func (w *folderWatch) run(ctx context.Context, changed func()) {
	poll := time.NewTicker(lookout)
	defer poll.Stop()
	defer w.timer.Stop()
	var events chan fsnotify.Event
	var errs chan error
	if w.system != nil {
		defer func() { _ = w.system.Close() }()
		events, errs = w.system.Events, w.system.Errors
	}
	for {
		select {
		case <-ctx.Done():
			return
		case e := <-events:
			if e.Op != fsnotify.Chmod && concerns(e.Name) {
				w.delay()
			}
		case err := <-errs: // such as a queue that ran over: anything may have changed
			if err != nil {
				w.delay()
			}
		case <-poll.C:
			if w.look() != w.seen {
				w.delay()
			}
		case <-w.timer.C:
			w.first = time.Time{}
			w.seen = w.look()
			changed()
		}
	}
}

// delay puts the next call off until it is quiet, within bounds.
func (w *folderWatch) delay() {
	now := time.Now()
	if w.first.IsZero() {
		w.first = now
	}
	w.timer.Reset(min(quiet, max(0, w.first.Add(atMost).Sub(now))))
}

// concerns reports whether a path is one of definitions, or may be a folder of them.
func concerns(path string) bool {
	name := filepath.Base(path)
	return !strings.HasPrefix(name, ".") && (isDefinition(name) || filepath.Ext(name) == "")
}

func isDefinition(name string) bool {
	switch filepath.Ext(name) {
	case ".yaml", ".yml", ".rego":
		return true
	}
	return false
}

// look watches every folder that is there now and returns a fingerprint of the definition files.
func (w *folderWatch) look() (sum [sha256.Size]byte) {
	hash := sha256.New()
	root, err := filepath.EvalSymlinks(w.dir) // the folder may be a link, and the link may be swapped
	if err != nil {
		root = w.dir
	}
	_ = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			fmt.Fprintf(hash, "%q unreadable\n", path)
			return nil //nolint:nilerr // compiling tells what cannot be read
		}
		if path != root && strings.HasPrefix(entry.Name(), ".") {
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if entry.IsDir() {
			if w.system != nil {
				_ = w.system.Add(path) // the lookout sees what the system cannot report
			}
			return nil
		}
		if info, err := os.Stat(path); err == nil && isDefinition(path) {
			fmt.Fprintf(hash, "%q %d %d\n", path, info.Size(), info.ModTime().UnixNano())
		}
		return nil
	})
	hash.Sum(sum[:0])
	return sum
}
