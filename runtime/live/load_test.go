package live_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lictor-dev/lictor/bundles"
	"github.com/lictor-dev/lictor/bundles/sign"
	"github.com/lictor-dev/lictor/bundles/store"
	"github.com/lictor-dev/lictor/runtime/live"
)

func TestBadBundlesAreKeptOut(t *testing.T) {
	t.Parallel()
	key := newKey(t, 1)
	good := bundle{revision: "r1", epoch: 9, key: key}.bytes(t)
	flipped := bytes.Clone(good)
	flipped[len(flipped)/2] ^= 1
	tests := []struct {
		name    string
		content []byte
		reason  string
	}{
		{"empty", nil, "the bundle is truncated"},
		{"truncated", good[:len(good)*2/3], "the bundle is truncated"},
		{"corrupt", flipped, "not a bundle, or a damaged one"},
		{"unsigned", bundle{revision: "r1", epoch: 9}.bytes(t), "the bundle is not signed"},
		{"signed by somebody else", bundle{revision: "r1", epoch: 9, key: newKey(t, 2)}.bytes(t), "the signature is not by any"},
		{"older", bundle{revision: "r1", epoch: 4, key: key}.bytes(t), "epoch 4 is lower than 5, which has already run"},
		{"not for the engine", bundle{revision: "r1", epoch: 9, compiler: "rejected", key: key}.bytes(t), errRejected.Error()},
		{"trailing", append(bytes.Clone(good), 0), "something follows the end"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "bundle.tar.gz")
			put(t, path, bundle{revision: "r0", epoch: 5, key: key}.bytes(t))
			r := start(t, path, nil)
			r.expect("r0")
			replace(t, path, tt.content)
			r.wait(live.Refused)
			err := r.Reload(context.Background())
			refused, ok := errors.AsType[*live.RefusedError](err)
			if !ok || len(refused.Refused) != 1 || !strings.Contains(refused.Refused[0].Reason, tt.reason) {
				t.Errorf("Reload: %v, want %s", err, tt.reason)
			}
			r.expect("r0")
			if s := r.Status(); len(s.Refused) != 1 || !strings.Contains(s.Refused[0].Reason, tt.reason) || s.Refused[0].Path != path {
				t.Errorf("status: %+v", s)
			}
			replace(t, path, r.signed("r2", 5)) // an equal epoch is accepted
			r.waitFor("r2")
			if s := r.Status(); len(s.Refused) != 0 {
				t.Errorf("still refused: %+v", s.Refused)
			}
		})
	}
}

func TestFolderServesTheNewest(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	key := newKey(t, 1)
	write := func(name, revision string, epoch uint64) {
		put(t, filepath.Join(dir, name), bundle{revision: revision, epoch: epoch, key: key}.bytes(t))
	}
	write("z.tar.gz", "old", 1)
	write("a.tar.gz", "newest", 12)
	write("b.tar.gz", "same-epoch", 9)
	write("c.zip", "other-suffix", 99)
	write(".d.tar.gz", "hidden", 99)
	put(t, filepath.Join(dir, "e.tar.gz"), bundle{revision: "unsigned", epoch: 99}.bytes(t))
	r := start(t, dir, nil)
	r.expect("newest")
	if s := r.Status(); len(s.Refused) != 1 || filepath.Base(s.Refused[0].Path) != "e.tar.gz" {
		t.Errorf("refused: %+v", s.Refused)
	}
	write("b.tar.gz", "same-epoch", 12)
	r.waitFor("same-epoch") // the last name of the highest epoch
	must(t, os.Remove(filepath.Join(dir, "b.tar.gz")))
	r.waitFor("newest")
	must(t, os.Remove(filepath.Join(dir, "a.tar.gz")))
	if err := waitRefused[*bundles.EpochError](r); err.Got != 1 || err.Highest != 12 {
		t.Errorf("refused: %v", err)
	}
	r.expect("newest")
}

// TestFolderFallsBack cuts the best bundle behind its manifest, so that only reading all of it tells.
func TestFolderFallsBack(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	key := newKey(t, 1)
	best := bundle{revision: "best", epoch: 2, key: key}.bytes(t)
	put(t, filepath.Join(dir, "a.tar.gz"), bundle{revision: "good", epoch: 1, key: key}.bytes(t))
	put(t, filepath.Join(dir, "b.tar.gz"), best[:len(best)-20])
	r := start(t, dir, nil)
	r.expect("good")
	if s := r.Status(); len(s.Refused) != 1 || filepath.Base(s.Refused[0].Path) != "b.tar.gz" {
		t.Errorf("refused: %+v", s.Refused)
	}
}

func TestEpochIsKeptAcrossRestarts(t *testing.T) {
	t.Parallel()
	path, state := filepath.Join(t.TempDir(), "bundle.tar.gz"), t.TempDir()
	withState := func(o *live.Options[generation]) { o.State = openSource(t, state, path) }
	put(t, path, bundle{revision: "r7", epoch: 7, key: newKey(t, 1)}.bytes(t))
	first := start(t, path, withState)
	first.expect("r7")
	first.Close()
	replace(t, path, first.signed("r6", 6))
	second := start(t, path, withState)
	second.expect("r7") // as it is stored
	if s := second.Status(); len(s.Refused) != 1 || !strings.Contains(s.Refused[0].Reason, "epoch 6 is lower than 7") || !s.Restored {
		t.Errorf("status: %+v", s)
	}
}

func openSource(t *testing.T, dir, name string) *store.Source {
	t.Helper()
	s, err := store.Open(dir)
	must(t, err)
	source, err := s.Source(name)
	must(t, err)
	return source
}

// obstruct puts a folder where the state wants a file, so that it cannot be written to.
func obstruct(t *testing.T, path string) {
	t.Helper()
	must(t, os.RemoveAll(path))
	must(t, os.Mkdir(path, 0o700))
}

func TestUnrecordedEpochIsKeptOut(t *testing.T) {
	t.Parallel()
	path, source := filepath.Join(t.TempDir(), "bundle.tar.gz"), openSource(t, t.TempDir(), "edge")
	put(t, path, bundle{revision: "r3", epoch: 3, key: newKey(t, 1)}.bytes(t))
	r := start(t, path, func(o *live.Options[generation]) { o.State, o.Poll = source, time.Millisecond })
	r.expect("r3")
	obstruct(t, filepath.Join(source.Dir(), "lock"))
	replace(t, path, r.signed("r4", 4))
	for !strings.Contains(r.wait(live.Refused).Err.Error(), "epoch could not be recorded") {
	}
	r.expect("r3")
	must(t, os.Remove(filepath.Join(source.Dir(), "lock"))) // and without any change of the bundle it is tried again
	r.waitFor("r4")
}

func TestStartRefuses(t *testing.T) {
	t.Parallel()
	keys, err := sign.NewKeySet(newKey(t, 1).Public())
	must(t, err)
	damaged := openSource(t, t.TempDir(), "edge")
	must(t, damaged.Record(5))
	put(t, filepath.Join(damaged.Dir(), "epoch.json"), []byte("{}"))
	_, broken := damaged.Highest()
	tests := []struct {
		name    string
		options live.Options[generation]
		want    error
	}{
		{"no keys and no permission", live.Options[generation]{}, bundles.ErrNoVerification},
		{"keys and permission", live.Options[generation]{Keys: keys, AllowUnsigned: true}, bundles.ErrNoVerification},
		{"epochs that cannot be believed", live.Options[generation]{Keys: keys, State: damaged}, broken},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.options.Path = t.TempDir()
			tt.options.Open = openGeneration
			if _, err := live.Start(context.Background(), tt.options); err == nil || err.Error() != tt.want.Error() {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
}

func TestUnsignedIsServedWhenAllowed(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "bundle.tar.gz")
	put(t, path, bundle{revision: "r1", epoch: 1}.bytes(t))
	r := start(t, path, func(o *live.Options[generation]) { o.Keys, o.AllowUnsigned = nil, true })
	r.expect("r1")
	if g := r.Status().Generation; g.Signed || g.KeyID != "" {
		t.Errorf("generation: %+v", g)
	}
}

func TestOddFilesDoNotBlock(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "bundle.tar.gz")
	must(t, os.Symlink(os.DevNull, path))
	r := start(t, path, nil)
	if s := r.Status(); len(s.Refused) != 1 || !strings.Contains(s.Refused[0].Reason, "not a plain file") {
		t.Errorf("status: %+v", s)
	}
}

func TestReloadAfterClose(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "bundle.tar.gz")
	put(t, path, bundle{revision: "r1", epoch: 1, key: newKey(t, 1)}.bytes(t))
	r := start(t, path, nil)
	r.reload()
	r.Close()
	r.Close()
	if err := r.Reload(context.Background()); !errors.Is(err, live.ErrClosed) {
		t.Errorf("Reload after Close: %v", err)
	}
	r.expect("r1")
}

func TestStatusIsBounded(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range strings.Split("abcdefghijklmnop", "") {
		put(t, filepath.Join(dir, name+".tar.gz"), []byte("x"))
	}
	r := start(t, dir, nil)
	if got := len(r.Status().Refused); got != live.MaxRefusals {
		t.Errorf("%d refusals in the status, want %d", got, live.MaxRefusals)
	}
}

func TestEventsAreLogged(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	path := filepath.Join(t.TempDir(), "bundle.tar.gz")
	put(t, path, bundle{revision: "r1", epoch: 4, key: newKey(t, 1)}.bytes(t))
	plain := slog.NewTextHandler(&log, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey || a.Key == "took" || a.Key == "path" {
			return slog.Attr{}
		}
		return a
	}})
	r := start(t, path, func(o *live.Options[generation]) { o.Log = slog.New(plain) })
	put(t, path, nil)
	r.wait(live.Refused)
	r.Close()
	want := "level=INFO msg=\"bundle loaded\" revision=r1 epoch=4\n" +
		"level=WARN msg=\"bundle refused\" reason=\"the bundle is truncated\"\n"
	if diff := cmp.Diff(want, log.String()); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
}
