package store

import (
	"errors"
	"os"
	"path/filepath"
)

// replace puts content at path, whole or not at all, also when the machine stops meanwhile.
func replace(path string, content []byte) error {
	temporary, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	_, err = temporary.Write(content)
	return settle(temporary, path, err)
}

// settle gives a temporary that was written its place, or removes it when something went wrong. It closes the
// file in any case.
func settle(temporary *os.File, path string, err error) error {
	if err == nil {
		err = temporary.Chmod(fileMode)
	}
	if err == nil {
		err = own(temporary)
	}
	if err == nil {
		err = temporary.Sync()
	}
	err = errors.Join(err, temporary.Close())
	if err == nil {
		err = os.Rename(temporary.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(temporary.Name()))
	}
	return syncFolder(filepath.Dir(path))
}

func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// makeFolder makes a folder below one that exists.
func makeFolder(path string) error {
	if err := os.Mkdir(path, folderMode); !errors.Is(err, os.ErrExist) {
		return errors.Join(err, ownFolder(path))
	}
	return nil
}

// ownFolder does for a folder what own does for a file.
func ownFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return ignoreMissing(err)
	}
	return errors.Join(own(folder), folder.Close())
}
