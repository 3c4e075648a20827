package proxy

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/lictor-dev/lictor/bundles"
)

// epochs remembers the highest epoch that has run in a folder that all instances of a proxy share. An empty file stands
// for each epoch, and the highest counts: so that instances need no lock, which WASI does not have, and none can lower what
// another one wrote. The zero epochs remembers nothing.
type epochs struct {
	dir string
}

const (
	epochPrefix = "epoch-"
	epochMode   = 0o600
)

// highest returns the highest epoch that has run, 0 when none has. What looks like an epoch and is none is an error: a damaged
// folder is not an empty one.
func (e epochs) highest() (uint64, error) {
	names, err := e.names()
	if err != nil {
		return 0, err
	}
	var highest uint64
	for _, name := range names {
		n, err := strconv.ParseUint(strings.TrimPrefix(name, epochPrefix), 10, 64)
		if err != nil {
			return 0, fmt.Errorf("state: %q names no epoch", capped(name))
		}
		highest = max(highest, n)
	}
	return highest, nil
}

func (e epochs) names() ([]string, error) {
	if e.dir == "" {
		return nil, nil
	}
	entries, err := os.ReadDir(e.dir)
	if err != nil {
		return nil, fmt.Errorf("state: %w", err)
	}
	var names []string
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), epochPrefix) {
			names = append(names, entry.Name())
		}
	}
	return names, nil
}

// record notes that epoch runs. When it returns nil, the folder holds this epoch and no higher one. The error is a
// [*bundles.EpochError] when another instance has got further meanwhile.
func (e epochs) record(epoch uint64) error {
	if e.dir == "" || epoch == 0 {
		return nil
	}
	if err := e.create(epochPrefix + strconv.FormatUint(epoch, 10)); err != nil {
		return fmt.Errorf("state: %w", err)
	}
	highest, err := e.highest()
	if err != nil {
		return err
	}
	if highest > epoch {
		return &bundles.EpochError{Got: epoch, Highest: highest}
	}
	e.prune(epoch)
	return nil
}

// create makes an empty file, unless it is there.
func (e epochs) create(name string) error {
	file, err := os.OpenFile(filepath.Join(e.dir, name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, epochMode)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return file.Close()
}

// prune removes what stands for lower epochs. What cannot be removed does no harm.
func (e epochs) prune(epoch uint64) {
	names, _ := e.names()
	for _, name := range names {
		if n, err := strconv.ParseUint(strings.TrimPrefix(name, epochPrefix), 10, 64); err == nil && n < epoch {
			_ = os.Remove(filepath.Join(e.dir, name))
		}
	}
}
