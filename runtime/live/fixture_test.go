package live_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/lictor-dev/lictor/bundles"
	"github.com/lictor-dev/lictor/bundles/sign"
	"github.com/lictor-dev/lictor/runtime/live"
)

// TestMain fails when a goroutine of a closed Live still runs.
func TestMain(m *testing.M) {
	code := m.Run()
	limit := time.After(10 * time.Second)
	for left := leaked(); left != ""; left = leaked() {
		select {
		case <-limit:
			fmt.Fprintln(os.Stderr, "goroutines left:\n"+left)
			os.Exit(1)
		case <-time.After(time.Millisecond):
		}
	}
	os.Exit(code)
}

// leaked returns the stacks of goroutines that this package or its watchers run.
func leaked() string {
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	var left []string
	for stack := range strings.SplitSeq(string(stacks), "\n\n") {
		if strings.Contains(stack, "runtime/live.(") || strings.Contains(stack, "fsnotify") {
			left = append(left, stack)
		}
	}
	return strings.Join(left, "\n\n")
}

// generation is what these tests serve: the tables are a text that repeats the revision.
type generation struct {
	revision string
	tables   []byte
}

var errRejected = errors.New("the tables are not for this engine")

func openGeneration(b *bundles.Bundle) (*generation, error) {
	if b.Manifest.Compiler == "rejected" {
		return nil, errRejected
	}
	return &generation{b.Manifest.Revision, b.Tables().Bytes()}, nil
}

// whole reports whether every byte of the tables is of the generation's own revision.
func (g *generation) whole() bool {
	defer runtime.KeepAlive(g)
	return bytes.Count(g.tables, []byte(g.revision+";")) == tableRows
}

const tableRows = 1000

type bundle struct {
	revision string
	epoch    uint64
	compiler string
	key      *sign.PrivateKey // nil: unsigned
}

func (b bundle) bytes(tb testing.TB) []byte {
	tb.Helper()
	draft := bundles.Draft{
		Revision: b.revision, Epoch: b.epoch, Compiler: b.compiler, Key: b.key,
		Parts: map[string][]byte{
			bundles.DataName:    []byte("{}"),
			bundles.TablesName:  bytes.Repeat([]byte(b.revision+";"), tableRows),
			"lictor/authz.rego": []byte("package lictor.authz\n"),
		},
	}
	var out bytes.Buffer
	if err := draft.Write(&out); err != nil {
		tb.Fatal(err)
	}
	return out.Bytes()
}

func newKey(tb testing.TB, seed byte) *sign.PrivateKey {
	tb.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize)))
	if err != nil {
		tb.Fatal(err)
	}
	key, err := sign.ParsePrivateKey(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), "k")
	if err != nil {
		tb.Fatal(err)
	}
	return key
}

// runner is a Live under test, with what it told.
type runner struct {
	*live.Live[generation]
	t      testing.TB
	key    *sign.PrivateKey
	events chan live.Event
}

// start serves path. Only the watch reports changes, unless options say otherwise: the poll is an hour.
func start(t testing.TB, path string, change func(*live.Options[generation])) *runner {
	t.Helper()
	r := &runner{t: t, key: newKey(t, 1), events: make(chan live.Event, 10_000)}
	keys, err := sign.NewKeySet(r.key.Public())
	if err != nil {
		t.Fatal(err)
	}
	options := live.Options[generation]{
		Path: path, Keys: keys, Open: openGeneration, Poll: time.Hour,
		Notify: func(e live.Event) { r.events <- e },
	}
	if change != nil {
		change(&options)
	}
	if r.Live, err = live.Start(context.Background(), options); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

// signed returns the bytes of a good bundle.
func (r *runner) signed(revision string, epoch uint64) []byte {
	r.t.Helper()
	return bundle{revision: revision, epoch: epoch, key: r.key}.bytes(r.t)
}

// patience is how long anything may take before a test fails.
const patience = time.Minute

// reload loads now, and fails with what [live.Live.Reload] returns.
func (r *runner) reload() {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	must(r.t, r.Reload(ctx))
}

// wait returns the next event of a kind.
func (r *runner) wait(kind live.Kind) live.Event {
	r.t.Helper()
	limit := time.After(patience)
	for {
		select {
		case e := <-r.events:
			if e.Kind == kind {
				return e
			}
		case <-limit:
			r.t.Fatalf("nothing was %s within %s; status: %+v", kind, patience, r.Status())
		}
	}
}

// waitFor waits until that revision was loaded.
func (r *runner) waitFor(revision string) {
	r.t.Helper()
	for r.wait(live.Loaded).Generation.Revision != revision {
	}
	r.expect(revision)
}

// waitRefused waits until a bundle is refused with an error that the target fits.
func waitRefused[E error](r *runner) E {
	r.t.Helper()
	for {
		if target, ok := errors.AsType[E](r.wait(live.Refused).Err); ok {
			return target
		}
	}
}

// expect checks which revision runs; "" is none.
func (r *runner) expect(revision string) {
	r.t.Helper()
	got := ""
	if g := r.Current(); g != nil {
		got = g.revision
		if !g.whole() {
			r.t.Errorf("generation %s has the tables of another", got)
		}
	}
	if got != revision {
		r.t.Errorf("generation %q runs, want %q; status: %+v", got, revision, r.Status())
	}
	if s := r.Status(); s.Ready() != (revision != "") || s.Ready() && s.Generation.Revision != revision {
		r.t.Errorf("status of generation %q: %+v", revision, s)
	}
}

func put(tb testing.TB, path string, content []byte) {
	tb.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		tb.Fatal(err)
	}
}

// replace writes beside path and renames.
func replace(tb testing.TB, path string, content []byte) {
	tb.Helper()
	temporary := filepath.Join(filepath.Dir(path), fmt.Sprintf(".%s.new", filepath.Base(path)))
	put(tb, temporary, content)
	must(tb, os.Rename(temporary, path))
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}
