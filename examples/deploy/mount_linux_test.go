package deploy_test

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

// mount is a folder as the kubelet mounts a ConfigMap: each file is a link into ..data, which is a link to the folder of
// the version in force.
type mount struct {
	t       *testing.T
	dir     string
	version int
}

// mountAt makes a mount at a path of the root.
func (r *root) mountAt(path string, files map[string][]byte) *mount {
	r.t.Helper()
	m := &mount{t: r.t, dir: r.at(path)}
	if err := os.MkdirAll(m.dir, 0o755); err != nil {
		r.t.Fatal(err)
	}
	for name := range files {
		m.check(os.Symlink(filepath.Join("..data", name), filepath.Join(m.dir, name)))
	}
	m.swap(files)
	return m
}

// swap puts a new version in force and removes the one before, in the order of the kubelet's AtomicWriter. The folder,
// which programs in the container cannot write to, opens for that.
func (m *mount) swap(files map[string][]byte) {
	m.t.Helper()
	m.check(os.Chmod(m.dir, 0o755))
	before, _ := os.Readlink(filepath.Join(m.dir, "..data"))
	m.version++
	version := "..2026_11_22_08_00_00." + strconv.Itoa(m.version)
	m.check(os.Mkdir(filepath.Join(m.dir, version), 0o755))
	for name, content := range files {
		m.check(os.WriteFile(filepath.Join(m.dir, version, name), content, 0o644))
	}
	m.check(os.Symlink(version, filepath.Join(m.dir, "..data_tmp")))
	m.check(os.Rename(filepath.Join(m.dir, "..data_tmp"), filepath.Join(m.dir, "..data")))
	if before != "" {
		m.check(os.Chmod(filepath.Join(m.dir, before), 0o755))
		m.check(os.RemoveAll(filepath.Join(m.dir, before)))
	}
	m.check(os.Chmod(m.dir, 0o555))
}

func (m *mount) check(err error) {
	m.t.Helper()
	if err != nil {
		m.t.Fatal(err)
	}
}
