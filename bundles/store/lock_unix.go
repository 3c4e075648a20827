//go:build unix && !solaris && !aix

package store

import (
	"os"
	"path/filepath"
	"syscall"
)

// lock keeps other processes from writing into the folder until unlock.
func lock(dir string) (unlock func(), err error) {
	file, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, fileMode)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX); err != nil {
		file.Close()
		return nil, err
	}
	return func() { file.Close() }, nil // closing unlocks
}
