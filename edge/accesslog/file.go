package accesslog

import (
	"errors"
	"io/fs"
	"os"
	"sync/atomic"
	"syscall"
)

// fileMode is that of a log's file when it is made: for its owner and those who may read logs.
const fileMode = 0o640

// File is a file that lines are appended to and that may be moved away meanwhile. Reopen and Close are safe
// for concurrent use with Write.
type File struct {
	path   string
	file   atomic.Pointer[os.File]
	reopen atomic.Bool
}

// OpenFile opens a file for appending, or makes it. A pipe that nobody reads is an error.
func OpenFile(path string) (*File, error) {
	opened, err := openAppend(path)
	if err != nil {
		return nil, err
	}
	f := &File{path: path}
	f.file.Store(opened)
	return f, nil
}

func openAppend(path string) (*os.File, error) {
	flags := os.O_WRONLY | os.O_APPEND | os.O_CREATE
	if info, err := os.Stat(path); err == nil && info.Mode().Type() == fs.ModeNamedPipe {
		flags |= syscall.O_NONBLOCK // a pipe without a reader would hold the edge up
	}
	return os.OpenFile(path, flags, fileMode)
}

// Reopen makes the next write open the path again: the file was moved away. It returns at once.
func (f *File) Reopen() { f.reopen.Store(true) }

// Write appends p. It must not be called by several goroutines at once. Where the path cannot be opened again, the
// file that is open stays, and the next write tries again.
func (f *File) Write(p []byte) (int, error) {
	if f.reopen.Swap(false) {
		if opened, err := openAppend(f.path); err != nil {
			f.reopen.Store(true)
		} else {
			_ = f.file.Swap(opened).Close() // what was written to it is the system's already
		}
	}
	return f.file.Load().Write(p)
}

// Close closes the file. A write that does not return ends with an error, where the system can end it.
func (f *File) Close() error {
	if err := f.file.Load().Close(); !errors.Is(err, fs.ErrClosed) {
		return err
	}
	return nil
}
