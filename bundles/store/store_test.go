package store_test

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lictor-dev/lictor/bundles/store"
)

func open(t testing.TB, dir, source string) *store.Source {
	t.Helper()
	s, err := store.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	src, err := s.Source(source)
	if err != nil {
		t.Fatal(err)
	}
	return src
}

func highest(t testing.TB, s *store.Source) uint64 {
	t.Helper()
	epoch, err := s.Highest()
	if err != nil {
		t.Fatal(err)
	}
	return epoch
}

func record(t testing.TB, s *store.Source, epoch uint64) {
	t.Helper()
	if err := s.Record(epoch); err != nil {
		t.Fatal(err)
	}
}

func TestHighestEpochStays(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "a", "state")
	s := open(t, dir, "/bundles")
	var got []uint64
	got = append(got, highest(t, s))
	for _, epoch := range []uint64{0, 7, 3, 7, 1 << 53} {
		record(t, s, epoch)
		got = append(got, highest(t, open(t, dir, "/bundles")))
	}
	got = append(got, highest(t, open(t, dir, "/other")))
	if diff := cmp.Diff([]uint64{0, 0, 7, 7, 7, 1 << 53, 0}, got); diff != "" {
		t.Errorf("highest epochs (-want +got):\n%s", diff)
	}
}

// epochPath returns the only epoch.json below dir.
func epochPath(t *testing.T, dir string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "sources", "*", "epoch.json"))
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	return found[0]
}

func TestDamagedStateIsNeverZero(t *testing.T) {
	t.Parallel()
	good := func() string {
		dir := t.TempDir()
		record(t, open(t, dir, "/bundles"), 41)
		text, err := os.ReadFile(epochPath(t, dir))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}()
	tests := map[string]string{
		"empty":           "",
		"cut":             good[:len(good)/2],
		"without its end": strings.TrimSuffix(good, "\n"),
		"another epoch":   strings.Replace(good, `"epoch":41`, `"epoch":40`, 1),
		"newer format":    strings.Replace(good, `"format":1`, `"format":2`, 1),
		"another source":  strings.Replace(good, "/bundles", "/bundlez", 1),
		"zeros":           strings.Repeat("\x00", len(good)),
		"repeated":        good + good,
		"too long":        good + strings.Repeat(" ", 1<<20),
	}
	for i := range good {
		flipped := []byte(good)
		flipped[i] ^= 1
		tests["flipped byte "+strconv.Itoa(i)] = string(flipped)
	}
	for name, text := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			s := open(t, dir, "/bundles")
			record(t, s, 41)
			path := epochPath(t, dir)
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := s.Highest()
			corrupt, ok := errors.AsType[*store.CorruptError](err)
			if !ok || corrupt.Path != path || corrupt.Hint() == "" {
				t.Fatalf("Highest: %v, want a CorruptError of %s", err, path)
			}
			if err := s.Record(50); !errors.As(err, &corrupt) {
				t.Errorf("Record: %v, want a CorruptError", err)
			}
			after, err := os.ReadFile(path)
			if err != nil || string(after) != text {
				t.Errorf("the damaged file was overwritten: %v", err)
			}
		})
	}
}

func TestRecordLeavesNoTemporaryFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, "/bundles")
	for epoch := range uint64(5) {
		record(t, s, epoch)
	}
	entries, err := os.ReadDir(filepath.Dir(epochPath(t, dir)))
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if name := entry.Name(); name != "epoch.json" && name != "lock" {
			t.Errorf("left behind: %s", name)
		}
	}
}

// TestConcurrentRecords uses one Source for each writer, as several processes would.
func TestConcurrentRecords(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var writers sync.WaitGroup
	for i := range 16 {
		s := open(t, dir, "/bundles")
		writers.Go(func() {
			for j := range 10 {
				if err := s.Record(uint64(j*16 + i)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	writers.Wait()
	if got := highest(t, open(t, dir, "/bundles")); got != 159 {
		t.Errorf("highest epoch %d, want 159", got)
	}
}

func TestRecordNeedsAWritableFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, "/bundles")
	record(t, s, 1)
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := s.Record(2); err == nil {
		t.Error("an epoch that is on no disk counts as recorded")
	}
}
