package store

import (
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/lictor-dev/lictor/bundles"
)

const (
	edgesFolder    = "edges"
	presenceSuffix = ".lock"
)

// Report is what an edge that runs on the folder says about itself.
type Report struct {
	ID         bundles.Digest // of the generation that runs; zero when none does
	Revision   string
	Epoch      uint64
	Pinned     bool      // it runs because it is pinned
	Since      time.Time // when it took over, by the edge's clock
	Request    string    // of the last pin that the edge has dealt with
	Trouble    string    // why it does not run what the pin asks for; empty when it does
	ObservedAt time.Time // when the edge said so
}

// reportText is the content of edges/<name>.json.
type reportText struct {
	header
	ID         string    `json:"id"`
	Revision   string    `json:"revision"`
	Epoch      uint64    `json:"epoch"`
	Pinned     bool      `json:"pinned"`
	Since      time.Time `json:"since"`
	Request    string    `json:"request"`
	Trouble    string    `json:"trouble"`
	ObservedAt time.Time `json:"observed_at"`
}

// Presence is the sign that an edge runs on the folder. It lasts until it is closed or the process ends. It is safe
// for concurrent use.
type Presence struct {
	source *Source
	path   string // of the report
	lock   *os.File
}

// Attend says that an edge runs on the folder, and forgets those that no longer do.
func (s *Source) Attend() (*Presence, error) {
	p := &Presence{source: s}
	dir := filepath.Join(s.dir, edgesFolder)
	err := s.locked(func() (err error) {
		if err = makeFolder(dir); err != nil {
			return err
		}
		if err = sweep(dir); err != nil {
			return err
		}
		name := filepath.Join(dir, rand.Text())
		p.path = name + recordSuffix
		p.lock, err = lock(name + presenceSuffix)
		return err
	})
	if err != nil {
		return nil, err
	}
	return p, nil
}

// sweep removes what edges left behind that run no more.
func sweep(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	var errs []error
	for _, entry := range entries {
		name, isReport := strings.CutSuffix(entry.Name(), recordSuffix)
		if !isReport {
			name = strings.TrimSuffix(entry.Name(), presenceSuffix)
		}
		if !held(filepath.Join(dir, name+presenceSuffix)) {
			errs = append(errs, ignoreMissing(os.Remove(filepath.Join(dir, entry.Name()))))
		}
	}
	return errors.Join(errs...)
}

// Tell replaces what the edge says about itself.
func (p *Presence) Tell(r Report) error {
	t := reportText{
		p.source.header(), "", r.Revision, r.Epoch, r.Pinned, r.Since.UTC(), r.Request, strings.ToValidUTF8(r.Trouble, "\ufffd"), time.Now().UTC(),
	}
	if r.ID != (bundles.Digest{}) {
		t.ID = r.ID.String()
	}
	return p.source.locked(func() error { return replace(p.path, seal(t)) })
}

// Close ends the presence.
func (p *Presence) Close() error {
	return errors.Join(
		ignoreMissing(os.Remove(p.path)), ignoreMissing(os.Remove(p.lock.Name())), p.lock.Close(),
	)
}

// Edges returns what the edges say that run on the folder now, in no order. One that has said nothing yet has an
// empty report. Where the system has no file locks, none is seen.
func (s *Source) Edges() ([]Report, error) {
	var reports []Report
	dir := filepath.Join(s.dir, edgesFolder)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, ignoreMissing(err)
	}
	for _, entry := range entries {
		name, isLock := strings.CutSuffix(entry.Name(), presenceSuffix)
		if !isLock || !held(filepath.Join(dir, entry.Name())) {
			continue
		}
		report, err := s.report(filepath.Join(dir, name+recordSuffix))
		if err != nil {
			return nil, err
		}
		reports = append(reports, report)
	}
	return reports, nil
}

func (s *Source) report(path string) (Report, error) {
	t, err := read[reportText](path, s.name)
	if err != nil {
		return Report{}, ignoreMissing(err)
	}
	r := Report{
		Revision: t.Revision, Epoch: t.Epoch, Pinned: t.Pinned, Since: t.Since, Request: t.Request,
		Trouble: t.Trouble, ObservedAt: t.ObservedAt,
	}
	if t.ID != "" {
		r.ID, _ = bundles.ParseDigest(t.ID)
	}
	return r, nil
}
