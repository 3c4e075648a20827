package store_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lictor-dev/lictor/bundles"
	"github.com/lictor-dev/lictor/bundles/store"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func idOf(revision string) bundles.Digest { return bundles.DigestOf([]byte(revision)) }

// keep stores a bundle whose bytes are its revision, as a reader that verifies it would.
func keep(t testing.TB, s *store.Source, revision string) {
	t.Helper()
	keepBytes(t, s, revision, revision)
}

func keepBytes(t testing.TB, s *store.Source, revision, content string) {
	t.Helper()
	staged, err := s.Stage()
	must(t, err)
	_, err = io.Copy(staged, strings.NewReader(content))
	must(t, err)
	must(t, staged.Commit(idOf(revision), revision, 7))
}

func takeOver(t testing.TB, s *store.Source, revisions ...string) {
	t.Helper()
	for _, revision := range revisions {
		keep(t, s, revision)
		must(t, s.TookOver(idOf(revision)))
	}
}

// stored returns the revisions with their contents, what last took over first.
func stored(t testing.TB, s *store.Source) []string {
	t.Helper()
	list, err := s.Generations()
	must(t, err)
	var texts []string
	for _, g := range list {
		file, err := s.Open(g.ID)
		must(t, err)
		content, err := io.ReadAll(file)
		must(t, errors.Join(err, file.Close()))
		if g.ID != idOf(g.Revision) || g.Epoch != 7 || g.Size != int64(len(content)) || g.At.IsZero() {
			t.Errorf("record %+v of %q", g, content)
		}
		texts = append(texts, fmt.Sprintf("%s %d %s", g.Revision, g.Sequence, content))
	}
	return texts
}

func expectStored(t testing.TB, s *store.Source, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, stored(t, s)); diff != "" {
		t.Errorf("stored (-want +got):\n%s", diff)
	}
}

func TestGenerationsAreKept(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, "/bundles")
	expectStored(t, s)
	takeOver(t, s, "r1", "r2", "r2")
	keep(t, s, "waiting")
	takeOver(t, s, "r3", "r1")
	again := open(t, dir, "/bundles")
	expectStored(t, again, "r1 4 r1", "r3 3 r3", "r2 2 r2", "waiting 0 waiting")
	expectStored(t, open(t, dir, "/other"))
	keepBytes(t, again, "r3", "signed by another key")
	expectStored(t, s, "r1 4 r1", "r3 3 signed by another key", "r2 2 r2", "waiting 0 waiting")
	if err := s.TookOver(idOf("r4")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("what is not stored took over: %v", err)
	}
}

func TestPrevious(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir(), "/bundles")
	if _, ok, err := s.Previous(idOf("r1")); ok || err != nil {
		t.Error("there is something before anything ran", err)
	}
	takeOver(t, s, "r1", "r2", "r3")
	keep(t, s, "waiting")
	for revision, want := range map[string]string{"r1": "", "r2": "r1", "r3": "r2", "waiting": "r3", "unknown": "r3"} {
		g, ok, err := s.Previous(idOf(revision))
		if g.Revision != want || ok != (want != "") || err != nil {
			t.Errorf("before %s: %q, %v, %v, want %q", revision, g.Revision, ok, err, want)
		}
	}
}

func TestPruneKeepsWhatIsNeeded(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name      string
		keep      int
		protected string
		pinned    string
		want      []string
	}{
		{"the newest", 2, "r6", "", []string{"r6 6 r6", "r5 5 r5"}},
		{"what runs, and what a rollback from it returns to", 1, "r4", "", []string{"r6 6 r6", "r4 4 r4", "r3 3 r3"}},
		{"what is pinned, and what a rollback from it returns to", 1, "r6", "r3", []string{"r6 6 r6", "r5 5 r5", "r3 3 r3", "r2 2 r2"}},
		{"what waits", 1, "waiting", "", []string{"r6 6 r6", "waiting 0 waiting"}},
		{"everything", 9, "r6", "", []string{"r6 6 r6", "r5 5 r5", "r4 4 r4", "r3 3 r3", "r2 2 r2", "r1 1 r1", "waiting 0 waiting"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := open(t, t.TempDir(), "/bundles")
			takeOver(t, s, "r1", "r2", "r3", "r4", "r5", "r6")
			keep(t, s, "waiting")
			if tt.pinned != "" {
				_, err := s.SetPin(store.Generation{ID: idOf(tt.pinned), Revision: tt.pinned})
				must(t, err)
			}
			must(t, s.Prune(tt.keep, idOf(tt.protected)))
			expectStored(t, s, tt.want...)
			if files := names(t, filepath.Join(s.Dir(), "generations")); len(files) != 2*len(tt.want) {
				t.Errorf("files: %v", files)
			}
		})
	}
}

func names(t testing.TB, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	must(t, err)
	var list []string
	for _, entry := range entries {
		list = append(list, entry.Name())
	}
	return list
}

// TestDamagedRecords are told and hide no other; nothing is pruned by what cannot be read.
func TestDamagedRecords(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir(), "/bundles")
	takeOver(t, s, "r1", "r2", "r3")
	path := strings.TrimSuffix(s.Path(idOf("r2")), ".tar.gz") + ".json"
	other := strings.TrimSuffix(s.Path(idOf("r1")), ".tar.gz") + ".json"
	text, err := os.ReadFile(path)
	must(t, err)
	swapped, err := os.ReadFile(other)
	must(t, err)
	damages := [][]byte{nil, text[:len(text)-9], swapped}
	for i := range text {
		flipped := append([]byte(nil), text...)
		flipped[i] ^= 1
		damages = append(damages, flipped)
	}
	for _, damage := range damages {
		must(t, os.WriteFile(path, damage, 0o600))
		list, err := s.Generations()
		corrupt, ok := errors.AsType[*store.CorruptError](err)
		if !ok || corrupt.Path != path || corrupt.Hint() == "" || len(list) != 2 {
			t.Fatalf("%q: %v, %v", damage, list, err)
		}
		if err := s.Prune(1, idOf("r3")); err == nil {
			t.Fatal("pruned in spite of a damaged record")
		}
	}
	keep(t, s, "r2") // verified again, it may take its place
	takeOver(t, s, "r2")
	expectStored(t, s, "r2 4 r2", "r3 3 r3", "r1 1 r1")
}

func TestDamagedBundleIsStoredAgain(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir(), "/bundles")
	takeOver(t, s, "r1")
	must(t, os.Truncate(s.Path(idOf("r1")), 1))
	keep(t, s, "r1")
	expectStored(t, s, "r1 1 r1")
	must(t, os.WriteFile(s.Path(idOf("r1")), []byte("rX"), 0o600)) // of the same size
	keep(t, s, "r1")
	expectStored(t, s, "r1 1 r1")
	must(t, os.Remove(s.Path(idOf("r1"))))
	keep(t, s, "r1")
	expectStored(t, s, "r1 1 r1")
}

// TestTidy removes what crashes leave behind, and nothing that somebody uses.
func TestTidy(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, "/bundles")
	takeOver(t, s, "r1")
	staged, err := open(t, dir, "/bundles").Stage()
	must(t, err)
	_, err = staged.Write([]byte("r2"))
	must(t, err)
	must(t, os.WriteFile(s.Path(idOf("orphan")), []byte("orphan"), 0o600))
	for _, left := range []string{".epoch.json.123", ".parked-1", "generations/.staged-1", "generations/.x.json.1"} {
		must(t, os.WriteFile(filepath.Join(s.Dir(), left), []byte("half"), 0o600))
	}
	must(t, s.Tidy())
	if diff := cmp.Diff([]string{"generations", "lock"}, names(t, s.Dir())); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	must(t, staged.Commit(idOf("r2"), "r2", 7))
	must(t, s.TookOver(idOf("r2")))
	expectStored(t, s, "r2 2 r2", "r1 1 r1")
	if files := names(t, filepath.Join(s.Dir(), "generations")); len(files) != 4 {
		t.Errorf("files: %v", files)
	}
}

// TestStagedNeverFailsItsReader tells what went wrong at the end, and leaves nothing.
func TestStagedNeverFailsItsReader(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir(), "/bundles")
	staged, err := s.Stage()
	must(t, err)
	must(t, os.RemoveAll(filepath.Join(s.Dir(), "generations")))
	if n, err := staged.Write([]byte("content")); n != 7 || err != nil {
		t.Errorf("Write: %d, %v", n, err)
	}
	if err := staged.Commit(idOf("r1"), "r1", 7); err == nil {
		t.Error("what is on no disk counts as stored")
	}
	discarded, err := s.Stage()
	must(t, err)
	must(t, discarded.Discard())
	must(t, discarded.Discard())
	if files := names(t, filepath.Join(s.Dir(), "generations")); len(files) != 0 {
		t.Errorf("left: %v", files)
	}
}

func TestConcurrentStores(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var writers sync.WaitGroup
	for i := range 4 {
		s := open(t, dir, "/bundles")
		writers.Go(func() {
			for j := range 5 {
				takeOver(t, s, fmt.Sprintf("r%d-%d", i, j))
				must(t, s.Tidy())
			}
		})
	}
	writers.Wait()
	list, err := open(t, dir, "/bundles").Generations()
	if err != nil || len(list) != 20 {
		t.Fatalf("%v, %v", list, err)
	}
	for i, g := range list {
		if g.Sequence != uint64(20-i) {
			t.Errorf("sequence %d at %d", g.Sequence, i)
		}
	}
}
