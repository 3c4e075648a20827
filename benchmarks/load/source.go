package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing/fstest"
	"time"

	"github.com/lictor-dev/lictor/bundles"
	"github.com/lictor-dev/lictor/compiler"
)

// source is the file that an edge serves, and two policies that take turns in it.
type source struct {
	path     string
	policies [2]policy
	epoch    uint64 // of the bundle that stands there
	written  uint64 // of the last bundle that is ready to
}

// policy is the parts of a bundle, to be written with any revision.
type policy struct {
	name  string
	draft bundles.Draft
}

const definitions = `lictor: v1
roles:
  reader: {permissions: ["newsletter:read"]}
subjects:
  reader: {roles: [%s]}
`

// newSource compiles both policies and writes the first bundle.
func newSource(ctx context.Context, dir string) (*source, error) {
	s := &source{path: filepath.Join(dir, "bundle.tar.gz")}
	for i, p := range []struct{ name, roles string }{{"allow", "reader"}, {"deny", ""}} {
		files := fstest.MapFS{"policy.yaml": {Data: fmt.Appendf(nil, definitions, p.roles)}}
		result, err := compiler.Compile(ctx, files, compiler.Options{})
		if err != nil {
			return nil, err
		}
		b, err := bundles.Open(bytes.NewReader(result.Bundle), bundles.Options{AllowUnsigned: true})
		if err != nil {
			return nil, err
		}
		s.policies[i] = policy{p.name, draftOf(b)}
	}
	if err := s.write(1); err != nil {
		return nil, err
	}
	return s, s.next()
}

func draftOf(b *bundles.Bundle) bundles.Draft {
	d := bundles.Draft{
		Source: b.Manifest.Source, Compiler: b.Manifest.Compiler, Entrypoints: b.Manifest.Entrypoints,
		Agreement: b.Manifest.Agreement, Parts: map[string][]byte{},
	}
	for _, m := range b.Members() {
		if m.Name != bundles.ManifestName {
			d.Parts[m.Name] = m.Bytes
		}
	}
	return d
}

// revision returns the name of the bundle of an epoch.
func (s *source) revision(epoch uint64) string {
	return fmt.Sprintf("%s-%d", s.policies[epoch%2].name, epoch)
}

// ready is where the bundle of an epoch waits.
func (s *source) ready(epoch uint64) string { return fmt.Sprintf("%s.%d", s.path, epoch) }

// write writes the next n bundles, of one policy and the other in turn. It comes before the load: compressing in the process of the
// clients would keep them from reading their answers.
func (s *source) write(n int) error {
	for range n {
		epoch := s.written + 1
		draft := s.policies[epoch%2].draft
		draft.Revision, draft.Epoch = s.revision(epoch), epoch
		var file bytes.Buffer
		if err := draft.Write(&file); err != nil {
			return err
		}
		if err := os.WriteFile(s.ready(epoch), file.Bytes(), 0o600); err != nil {
			return err
		}
		s.written = epoch
	}
	return nil
}

// next replaces the bundle by the next one that is written.
func (s *source) next() error {
	s.epoch++
	return os.Rename(s.ready(s.epoch), s.path)
}

// swap replaces the bundle n times by one that is written, each time when the one before has been taken up and a pause is over, and returns how
// many were taken up.
func (s *source) swap(ctx context.Context, e *running, n int, every time.Duration) (seen int, err error) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for range n {
		if err := s.next(); err != nil {
			return seen, err
		}
		if err := e.await(ctx, s.revision(s.epoch)); err != nil {
			return seen, err
		}
		seen++
		select {
		case <-ctx.Done():
			return seen, ctx.Err()
		case <-ticker.C:
		}
	}
	return seen, nil
}

// pause is how often an edge is asked what it runs.
const pause = 5 * time.Millisecond
