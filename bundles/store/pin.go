package store

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/lictor-dev/lictor/bundles"
)

const pinFile = "pin.json"

// Pin says which generation is to run.
type Pin struct {
	ID       bundles.Digest // zero: the best one of the source
	Revision string
	At       time.Time // when it was asked for; zero when nobody ever did
	// Request names the asking, so that an edge can say which one it has obeyed; empty when nobody ever asked.
	Request string
}

// Pinned reports whether one generation is held on to.
func (p Pin) Pinned() bool { return p.ID != bundles.Digest{} }

// pinText is the content of pin.json.
type pinText struct {
	header
	ID       string    `json:"id"` // empty: not pinned
	Revision string    `json:"revision"`
	At       time.Time `json:"at"`
	Request  string    `json:"request"`
}

// PinPath returns where the pin stands, for those who watch it.
func (s *Source) PinPath() string { return filepath.Join(s.dir, pinFile) }

// Pin returns what an operator wants to run. The error is a [*CorruptError] when the file is damaged; nobody knows
// then what is to run.
func (s *Source) Pin() (Pin, error) {
	t, err := read[pinText](s.PinPath(), s.name)
	if errors.Is(err, fs.ErrNotExist) {
		return Pin{}, nil
	}
	if err != nil {
		return Pin{}, err
	}
	p := Pin{Revision: t.Revision, At: t.At, Request: t.Request}
	if t.ID == "" {
		return p, nil
	}
	id, ok := bundles.ParseDigest(t.ID)
	if !ok || !(Pin{ID: id}).Pinned() {
		return Pin{}, &CorruptError{Path: s.PinPath(), Reason: "it names no generation"}
	}
	p.ID = id
	return p, nil
}

// SetPin asks that a stored generation runs and stays, whatever its epoch. It returns the pin as it stands now.
func (s *Source) SetPin(g Generation) (Pin, error) {
	return s.ask(pinText{ID: g.ID.String(), Revision: g.Revision})
}

// Unpin asks that the best generation of the source runs again.
func (s *Source) Unpin() (Pin, error) { return s.ask(pinText{}) }

func (s *Source) ask(t pinText) (Pin, error) {
	t.header, t.Request = s.header(), rand.Text()
	t.At = time.Now().UTC().Round(time.Microsecond)
	if err := s.locked(func() error { return replace(s.PinPath(), seal(t)) }); err != nil {
		return Pin{}, err
	}
	return s.Pin()
}
