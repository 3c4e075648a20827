package proxy

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/lictor-dev/lictor/bundles"
)

// limits keep a bundle within what an instance's memory has room for while it holds the one before as well.
var limits = bundles.Limits{Compressed: 256 << 20, Total: 1 << 30, Member: 256 << 20}

// source is where bundles come from. It keeps the last good one.
type source struct {
	config  *Config
	epochs  epochs
	log     func(Level, string)
	runs    *generation // nil until a bundle was good
	highest uint64      // epoch that has run
	looked  time.Time   // wall clock; zero: never
	seen    stamp       // of what runs
	trouble string      // what was logged last
}

// stamp tells one state of a file from another.
type stamp struct {
	changed time.Time
	size    int64
}

func newSource(c *Config, log func(Level, string)) *source {
	return &source{config: c, epochs: epochs{c.State}, log: log, highest: c.LowestEpoch}
}

// current returns what decides now, nil when there is nothing that may. It looks at the bundle's file when the last look is
// older than the configuration says, and reads it when it has changed, or was no good.
func (s *source) current(now time.Time) *generation {
	if s.due(now) {
		s.looked = now
		s.report(s.look())
	}
	return s.runs
}

// due reports whether it is time to look. A clock that was set back must not keep an old bundle for longer.
func (s *source) due(now time.Time) bool {
	if s.config.Bundle != nil && s.runs != nil {
		return false
	}
	age := now.Sub(s.looked)
	return s.looked.IsZero() || age < 0 || age >= s.config.Reload
}

// report logs a trouble once, for as long as it stays the same.
func (s *source) report(err error) {
	if err == nil {
		s.trouble = ""
		return
	}
	if text := err.Error(); text != s.trouble {
		s.trouble = text
		s.log(Error, "the bundle is not taken up: "+text)
	}
}

func (s *source) look() error {
	if s.config.Bundle != nil {
		return s.takeUp(bytes.NewReader(s.config.Bundle), stamp{})
	}
	info, err := os.Stat(s.config.Path)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("not a plain file but %s", info.Mode().Type())
	}
	if s.runs != nil && stampOf(info) == s.seen {
		return nil
	}
	file, err := os.Open(s.config.Path)
	if err != nil {
		return err
	}
	defer file.Close()
	if info, err = file.Stat(); err != nil {
		return err
	}
	return s.takeUp(file, stampOf(info))
}

func stampOf(info fs.FileInfo) stamp { return stamp{info.ModTime(), info.Size()} }

// takeUp makes the bundle of r decide if it is good.
func (s *source) takeUp(r io.Reader, seen stamp) error {
	highest, err := s.epochs.highest()
	if err != nil {
		return err
	}
	b, err := bundles.Open(r, bundles.Options{
		Keys:          s.config.Keys,
		AllowUnsigned: s.config.AllowUnsigned,
		HighestEpoch:  max(s.highest, highest),
		Limits:        limits,
		Keep:          func(name string) bool { return name == bundles.TablesName || name == bundles.TestsName },
	})
	if err != nil {
		return err
	}
	if s.runs != nil && s.runs.id == b.ID {
		s.seen = seen
		return nil
	}
	g, err := open(b)
	if err != nil {
		return err
	}
	if err := s.epochs.record(b.Manifest.Epoch); err != nil {
		return err
	}
	s.runs, s.seen, s.highest = g, seen, b.Manifest.Epoch
	s.log(Info, fmt.Sprintf("revision %s, epoch %d, decides", b.Manifest.Revision, b.Manifest.Epoch))
	return nil
}
