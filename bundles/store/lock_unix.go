//go:build unix && !solaris && !aix

package store

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// lock holds a file, which it makes if need be, until it is closed or the process ends. While somebody else holds it,
// it waits, for as long as [patience] lasts.
func lock(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, fileMode)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(own(file), wait(file)); err != nil {
		return nil, errors.Join(&fs.PathError{Op: "lock", Path: path, Err: err}, file.Close())
	}
	return file, nil
}

// wait holds a file, if it can within [patience].
func wait(file *os.File) error {
	limit := time.Now().Add(patience)
	for pause := 100 * time.Microsecond; ; pause = min(2*pause, 10*time.Millisecond) {
		err := grab(file)
		if !errors.Is(err, syscall.EWOULDBLOCK) || time.Now().After(limit) {
			return err
		}
		<-time.After(pause)
	}
}

// grab holds a file that is open for as long as it is, if nobody else does.
func grab(file *os.File) error {
	for {
		if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); !errors.Is(err, syscall.EINTR) {
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
