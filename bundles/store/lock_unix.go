//go:build unix && !solaris && !aix

package store

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
)

// lock waits until it holds the file, and keeps others from holding it until unlock.
func lock(path string) (unlock func(), err error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, fileMode)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(own(file), hold(file, syscall.LOCK_EX)); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return func() { _ = file.Close() }, nil // closing unlocks
}

// grab holds a file that is open for as long as it is.
func grab(file *os.File) error { return hold(file, syscall.LOCK_EX|syscall.LOCK_NB) }

func hold(file *os.File, how int) error {
	for {
		if err := syscall.Flock(int(file.Fd()), how); !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}

// held reports whether somebody holds the file; when in doubt, somebody does.
func held(path string) bool {
	file, err := os.Open(path)
	if err != nil {
		return !errors.Is(err, os.ErrNotExist)
	}
	defer file.Close()
	return grab(file) != nil
}

// own gives a file that an administrator made to the owner of its folder, which must be able to use it.
func own(file *os.File) error {
	if os.Geteuid() != 0 {
		return nil
	}
	info, err := os.Stat(filepath.Dir(file.Name()))
	if err != nil {
		return err
	}
	if folder, ok := info.Sys().(*syscall.Stat_t); ok && folder.Uid != 0 {
		return file.Chown(int(folder.Uid), int(folder.Gid))
	}
	return nil
}
