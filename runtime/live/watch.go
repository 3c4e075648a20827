package live

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"
)

// watch pokes the loader when something changed.
type watch struct {
	path    string
	pin     string // empty: there is none
	loader  *loader
	system  *fsnotify.Watcher // nil when the system reports nothing
	plan    plan
	watched map[string]fs.FileInfo // folders that the system watches
	failed  map[string]bool        // folders that it does not, told once
	burst   *burst
}

func newWatch(path string, l *loader, pollOnly bool) *watch {
	w := &watch{path: path, pin: l.shelf.pinPath(), loader: l, watched: map[string]fs.FileInfo{}, failed: map[string]bool{}, burst: newBurst()}
	if pollOnly {
		return w
	}
	system, err := fsnotify.NewWatcher()
	if err != nil {
		l.tell(Event{Kind: WatchFailed, Path: path, Err: err})
		return w
	}
	w.system = system
	return w
}

// run reports changes until ctx is done.
func (w *watch) run(ctx context.Context, poll time.Duration) {
	ticker := time.NewTicker(poll)
	defer ticker.Stop()
	defer w.burst.timer.Stop()
	var events chan fsnotify.Event
	var errs chan error
	if w.system != nil {
		defer func() { _ = w.system.Close() }() // nothing is left to lose
		events, errs = w.system.Events, w.system.Errors
	}
	for {
		select {
		case <-ctx.Done():
			return
		case e := <-events:
			w.handle(e)
		case err := <-errs: // such as a queue that ran over: anything may have changed
			w.loader.tell(Event{Kind: WatchFailed, Path: w.path, Err: err})
			w.burst.changed()
		case <-w.burst.timer.C:
			w.burst.over()
			w.loader.poke()
		case <-ticker.C:
			if w.refresh() || w.loader.stale() {
				w.burst.changed()
			}
		}
	}
}

func (w *watch) handle(e fsnotify.Event) {
	if !w.plan.concerns(e.Name) {
		return
	}
	if w.watched[e.Name] != nil && (e.Has(fsnotify.Remove) || e.Has(fsnotify.Rename)) {
		w.forget(e.Name)
	}
	w.refresh()
	if w.isPin(e.Name) {
		w.loader.poke() // it is replaced as a whole, and somebody waits for it
		return
	}
	w.burst.changed()
}

// isPin reports whether path is where the pin stands, over whatever links that is reached.
func (w *watch) isPin(path string) bool {
	if w.pin == "" || filepath.Base(path) != filepath.Base(w.pin) {
		return false
	}
	folder, err := filepath.EvalSymlinks(filepath.Dir(w.pin))
	return err == nil && folder == filepath.Dir(path)
}

// refresh follows the path again and watches what is on the way now. It reports whether a folder is
// watched anew: what happened in it before was not seen.
func (w *watch) refresh() (anew bool) {
	if w.system == nil {
		return false
	}
	for range maxHops { // until a look after the watching finds what was found before it
		w.plan = newPlan(w.path)
		if w.pin != "" {
			w.plan.follow(w.pin)
		}
		if !w.adjust() {
			break
		}
		anew = true
	}
	watching := len(w.watched) > 0 && len(w.watched) == len(w.plan)
	w.loader.status.set(func(s *Status) { s.Watching = watching })
	return anew
}

// adjust makes the system watch the folders of the plan and no others.
func (w *watch) adjust() (anew bool) {
	for folder := range w.watched {
		if w.plan[folder] == nil {
			w.forget(folder)
		}
	}
	for folder := range w.plan {
		info, err := os.Stat(folder)
		if err != nil {
			continue // gone again: what is above it will report more
		}
		if before := w.watched[folder]; before != nil && os.SameFile(before, info) {
			continue
		}
		w.forget(folder)
		if err := w.system.Add(folder); err != nil {
			w.blind(folder, err)
			continue
		}
		delete(w.failed, folder)
		w.watched[folder] = info
		anew = true
	}
	return anew
}

// blind tells once that a folder cannot be watched.
func (w *watch) blind(folder string, err error) {
	if !w.failed[folder] {
		w.failed[folder] = true
		w.loader.tell(Event{Kind: WatchFailed, Path: folder, Err: err})
	}
}

func (w *watch) forget(folder string) {
	if w.watched[folder] != nil {
		delete(w.watched, folder)
		_ = w.system.Remove(folder) // gone already, when the folder is
	}
}
