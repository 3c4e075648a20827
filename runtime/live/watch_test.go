package live_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/lictor-dev/lictor/runtime/live"
)

func TestChangesAreSeen(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		before func(t *testing.T, r0 []byte, dir string) // dir/bundle.tar.gz is served
		change func(t *testing.T, r1 []byte, dir string)
	}{
		{
			name:   "written in place",
			before: func(t *testing.T, r0 []byte, dir string) { put(t, filepath.Join(dir, "bundle.tar.gz"), r0) },
			change: func(t *testing.T, r1 []byte, dir string) { put(t, filepath.Join(dir, "bundle.tar.gz"), r1) },
		},
		{
			name:   "renamed into place",
			before: func(t *testing.T, r0 []byte, dir string) { put(t, filepath.Join(dir, "bundle.tar.gz"), r0) },
			change: func(t *testing.T, r1 []byte, dir string) { replace(t, filepath.Join(dir, "bundle.tar.gz"), r1) },
		},
		{
			name:   "removed and created",
			before: func(t *testing.T, r0 []byte, dir string) { put(t, filepath.Join(dir, "bundle.tar.gz"), r0) },
			change: func(t *testing.T, r1 []byte, dir string) {
				must(t, os.Remove(filepath.Join(dir, "bundle.tar.gz")))
				put(t, filepath.Join(dir, "bundle.tar.gz"), r1)
			},
		},
		{
			name:   "the folder removed and created",
			before: func(t *testing.T, r0 []byte, dir string) { put(t, filepath.Join(dir, "bundle.tar.gz"), r0) },
			change: func(t *testing.T, r1 []byte, dir string) {
				must(t, os.RemoveAll(dir))
				must(t, os.Mkdir(dir, 0o700))
				put(t, filepath.Join(dir, "bundle.tar.gz"), r1)
			},
		},
		{
			name:   "the folder swapped by renaming",
			before: func(t *testing.T, r0 []byte, dir string) { put(t, filepath.Join(dir, "bundle.tar.gz"), r0) },
			change: func(t *testing.T, r1 []byte, dir string) {
				must(t, os.Mkdir(dir+".new", 0o700))
				put(t, filepath.Join(dir+".new", "bundle.tar.gz"), r1)
				must(t, os.Rename(dir, dir+".old"))
				must(t, os.Rename(dir+".new", dir))
			},
		},
		{
			name:   "a Kubernetes ..data link swapped",
			before: func(t *testing.T, r0 []byte, dir string) { mount(t, dir, "..2026_01", r0) },
			change: func(t *testing.T, r1 []byte, dir string) {
				mount(t, dir, "..2026_02", r1)
				must(t, os.RemoveAll(filepath.Join(dir, "..2026_01")))
			},
		},
		{
			name: "the file behind a link written in place",
			before: func(t *testing.T, r0 []byte, dir string) {
				far := filepath.Join(filepath.Dir(dir), "far")
				must(t, os.Mkdir(far, 0o700))
				put(t, filepath.Join(far, "real"), r0)
				must(t, os.Symlink("../far/real", filepath.Join(dir, "bundle.tar.gz")))
			},
			change: func(t *testing.T, r1 []byte, dir string) {
				put(t, filepath.Join(filepath.Dir(dir), "far", "real"), r1)
			},
		},
		{
			name: "a link to a folder swapped",
			before: func(t *testing.T, r0 []byte, dir string) {
				must(t, os.Remove(dir))
				must(t, os.Mkdir(dir+"-1", 0o700))
				put(t, filepath.Join(dir+"-1", "bundle.tar.gz"), r0)
				must(t, os.Symlink(dir+"-1", dir))
			},
			change: func(t *testing.T, r1 []byte, dir string) {
				must(t, os.Mkdir(dir+"-2", 0o700))
				put(t, filepath.Join(dir+"-2", "bundle.tar.gz"), r1)
				must(t, os.Symlink(dir+"-2", dir+".tmp"))
				must(t, os.Rename(dir+".tmp", dir))
			},
		},
	}
	for _, tt := range tests {
		for _, served := range []string{"file", "folder"} {
			t.Run(tt.name+", "+served, func(t *testing.T) {
				t.Parallel()
				dir := filepath.Join(t.TempDir(), "bundles")
				must(t, os.Mkdir(dir, 0o700))
				key := newKey(t, 1)
				tt.before(t, bundle{revision: "r0", epoch: 1, key: key}.bytes(t), dir)
				path := dir
				if served == "file" {
					path = filepath.Join(dir, "bundle.tar.gz")
				}
				r := start(t, path, nil)
				r.expect("r0")
				if !r.Status().Watching {
					t.Errorf("not watching: %+v", r.Status())
				}
				tt.change(t, r.signed("r1", 1), dir)
				r.waitFor("r1")
			})
		}
	}
}

// mount puts content behind the links of a mounted ConfigMap, atomically, as Kubernetes does.
func mount(t *testing.T, dir, version string, content []byte) {
	t.Helper()
	must(t, os.Mkdir(filepath.Join(dir, version), 0o700))
	put(t, filepath.Join(dir, version, "bundle.tar.gz"), content)
	must(t, os.Symlink(version, filepath.Join(dir, "..data_tmp")))
	must(t, os.Rename(filepath.Join(dir, "..data_tmp"), filepath.Join(dir, "..data")))
	if _, err := os.Lstat(filepath.Join(dir, "bundle.tar.gz")); err != nil {
		must(t, os.Symlink("..data/bundle.tar.gz", filepath.Join(dir, "bundle.tar.gz")))
	}
}

func TestPathAppearsLater(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	path := filepath.Join(root, "a", "b", "c", "bundle.tar.gz")
	r := start(t, path, nil)
	r.expect("")
	if s := r.Status(); len(s.Refused) != 1 || s.Refused[0].Path != path {
		t.Errorf("status does not say what is missing: %+v", s)
	}
	must(t, os.Mkdir(filepath.Join(root, "a"), 0o700))
	must(t, os.MkdirAll(filepath.Dir(path), 0o700))
	put(t, path, r.signed("r1", 1))
	r.waitFor("r1")
	if s := r.Status(); len(s.Refused) != 0 {
		t.Errorf("refused: %+v", s.Refused)
	}
	must(t, os.RemoveAll(filepath.Join(root, "a")))
	r.wait(live.Refused)
	r.expect("r1")
}

func TestPollBacksUpTheWatch(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "bundle.tar.gz")
	r := start(t, path, func(o *live.Options[generation]) { o.PollOnly, o.Poll = true, time.Millisecond })
	r.expect("")
	put(t, path, r.signed("r1", 1))
	r.waitFor("r1")
	replace(t, path, r.signed("r2", 1))
	r.waitFor("r2")
	if r.Status().Watching {
		t.Error("the status claims a watch")
	}
}

func TestBurstEndsWithTheLastBundle(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "bundle.tar.gz")
	r := start(t, path, nil)
	for _, revision := range []string{"r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9", "last"} {
		replace(t, path, r.signed(revision, 1))
	}
	r.waitFor("last")
}

func TestUnrelatedFilesDoNotReload(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put(t, filepath.Join(dir, "bundle.tar.gz"), bundle{revision: "r0", key: newKey(t, 1)}.bytes(t))
	r := start(t, filepath.Join(dir, "bundle.tar.gz"), nil)
	put(t, filepath.Join(dir, "other.tar.gz"), []byte("x"))
	put(t, filepath.Join(dir, "bundle.tar.gz.tmp"), []byte("x"))
	must(t, os.Chtimes(filepath.Join(dir, "bundle.tar.gz"), time.Time{}, time.Unix(1, 0)))
	r.wait(live.Unchanged) // by the touch; a reload by the others would come before it as a second one
	select {
	case e := <-r.events:
		t.Errorf("a further event: %+v", e)
	default:
	}
}
