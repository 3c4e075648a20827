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
	epoch    uint64
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

// revision returns the name of the bundle that stands there now.
func (s *source) revision() string {
	return fmt.Sprintf("%s-%d", s.policies[s.epoch%2].name, s.epoch)
}

// next replaces the bundle by one of the other policy, with the next epoch.
func (s *source) next() error {
	s.epoch++
	draft := s.policies[s.epoch%2].draft
	draft.Revision, draft.Epoch = s.revision(), s.epoch
	var file bytes.Buffer
	if err := draft.Write(&file); err != nil {
		return err
	}
	beside := s.path + ".new"
	if err := os.WriteFile(beside, file.Bytes(), 0o600); err != nil {
		return err
	}
	return os.Rename(beside, s.path)
}

// swap replaces the bundle n times, each time when the one before has been taken up and a pause is over, and returns how
// many were taken up.
func (s *source) swap(ctx context.Context, e *running, n int, every time.Duration) (seen int, err error) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for range n {
		if err := s.next(); err != nil {
			return seen, err
		}
		if err := e.await(ctx, s.revision()); err != nil {
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
