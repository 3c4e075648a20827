package store

import (
	"errors"
	"io/fs"
	"path/filepath"
)

const epochFile = "epoch.json"

// epochText is the content of epoch.json.
type epochText struct {
	header
	Epoch uint64 `json:"epoch"`
}

// Highest returns the highest epoch that has run, 0 when none has. The error is a [*CorruptError] when the
// file is damaged.
func (s *Source) Highest() (uint64, error) {
	t, err := read[epochText](filepath.Join(s.dir, epochFile), s.name)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	return t.Epoch, err
}

// Record notes that epoch has run. When it returns nil, the disk holds this epoch or a higher one; a lower
// epoch than the one recorded changes nothing. A damaged file is not overwritten.
func (s *Source) Record(epoch uint64) error {
	return s.locked(func() error {
		highest, err := s.Highest()
		if err != nil || epoch <= highest {
			return err
		}
		return replace(filepath.Join(s.dir, epochFile), seal(epochText{s.header(), epoch}))
	})
}
