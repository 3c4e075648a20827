//go:build linux

package live

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/lictor-dev/lictor/bundles"
	"github.com/lictor-dev/lictor/bundles/store"
)

// TestWaitEnds has somebody keep memory for ever: what is to stand by is made ready all the same, after a while.
func TestWaitEnds(t *testing.T) {
	t.Parallel()
	state, err := store.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	source, err := state.Source("edge")
	if err != nil {
		t.Fatal(err)
	}
	path, opened := filepath.Join(t.TempDir(), "bundle.tar.gz"), make(chan string, 10)
	l := newLoader(path, Options[int]{AllowUnsigned: true, State: source}, func(b *bundles.Bundle) (func(), error) {
		opened <- b.Manifest.Revision
		return func() {}, nil
	}, newFound())
	l.patience = 50 * time.Millisecond
	l.sweeper.found.bytes.Add(2 * sweepAtOnce)
	for i, revision := range []string{"r1", "r2"} {
		if err := os.WriteFile(path, unsigned(t, revision, uint64(i+1)), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := l.load(); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	go l.run(ctx)
	defer func() { cancel(); <-l.closed }()
	for _, want := range []string{"r1", "r2", "r1"} {
		select {
		case got := <-opened:
			if got != want {
				t.Errorf("%s was made ready, want %s", got, want)
			}
		case <-time.After(30 * time.Second):
			t.Fatalf("%s was not made ready", want)
		}
	}
}

func unsigned(t *testing.T, revision string, epoch uint64) []byte {
	t.Helper()
	draft := bundles.Draft{Revision: revision, Epoch: epoch, Parts: map[string][]byte{
		bundles.DataName: []byte("{}"), bundles.TablesName: []byte(revision), "lictor/authz.rego": []byte("package lictor.authz\n"),
	}}
	var out bytes.Buffer
	if err := draft.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
