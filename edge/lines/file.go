package lines

import (
	"errors"
	"io/fs"
	"os"
	"sync/atomic"
	"syscall"
	"time"
)

// fileMode is that of a log's file when it is made: for its owner and those who may read logs.
const fileMode = 0o640

// File is a file that lines are appended to. It may be moved away meanwhile, and it may be a named pipe, whose readers may
// come and go: what is written while there is none is lost, with an error. Reopen and Close are safe for concurrent use
// with Write.
type File struct {
	path   string
	file   atomic.Pointer[os.File] // nil for a pipe that nobody has read yet
	reopen atomic.Bool
	closed atomic.Bool
}

// OpenFile opens a file for appending, or makes it. It does not wait for the reader of a pipe.
func OpenFile(path string) (*File, error) {
	f := &File{path: path}
	opened, err := openAppend(path)
	switch {
	case err == nil:
		f.file.Store(opened)
	case unread(path, err):
		f.reopen.Store(true)
	default:
		return nil, err
	}
	return f, nil
}

// openAppend never waits: without O_NONBLOCK the system would hold up whoever opens a pipe that nobody reads. It means
// nothing for other files.
func openAppend(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE|syscall.O_NONBLOCK, fileMode)
}

// unread reports whether a file could not be opened because it is a pipe that nobody reads.
func unread(path string, err error) bool {
	if !errors.Is(err, syscall.ENXIO) {
		return false
	}
	info, err := os.Stat(path)
	return err == nil && info.Mode().Type() == fs.ModeNamedPipe
}

// Reopen makes the next write open the path again: the file was moved away. It returns at once. A write that waits for
// the reader of a pipe ends with an error, as that pipe may be what is to be replaced.
func (f *File) Reopen() {
	file := f.file.Load() // before the next write may replace it
	f.reopen.Store(true)
	if file != nil {
		_ = file.SetWriteDeadline(time.Unix(0, 0)) // pipes have deadlines, files have none
	}
}

// Write appends p. It must not be called by several goroutines at once. Where the path cannot be opened again, the
// file that is open stays, and the next write tries again.
func (f *File) Write(p []byte) (int, error) {
	if f.reopen.Swap(false) && !f.closed.Load() {
		if err := f.open(); err != nil {
			f.reopen.Store(true)
			if f.file.Load() == nil {
				return 0, err
			}
		}
	}
	file := f.file.Load()
	if file == nil {
		return 0, fs.ErrClosed
	}
	return file.Write(p)
}

// open opens the path in the place of what is open, which it leaves usable otherwise.
func (f *File) open() error {
	opened, err := openAppend(f.path)
	before := f.file.Load()
	switch {
	case err == nil:
		f.file.Store(opened)
		if before != nil {
			_ = before.Close() // what was written to it is the system's already
		}
	case before != nil:
		_ = before.SetWriteDeadline(time.Time{})
	}
	return err
}

// Close closes the file. A write that does not return ends with an error, where the system can end it.
func (f *File) Close() error {
	f.closed.Store(true)
	file := f.file.Load()
	if file == nil {
		return nil
	}
	if err := file.Close(); !errors.Is(err, fs.ErrClosed) {
		return err
	}
	return nil
}
