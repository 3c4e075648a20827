package store_test

import (
	"errors"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lictor-dev/lictor/bundles/store"
)

func TestPin(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, "/bundles")
	if pin, err := s.Pin(); err != nil || pin.Pinned() || pin.Request != "" {
		t.Errorf("before anybody asked: %+v, %v", pin, err)
	}
	set, err := s.SetPin(store.Generation{ID: idOf("r1"), Revision: "r1"})
	must(t, err)
	got, err := open(t, dir, "/bundles").Pin()
	must(t, err)
	if diff := cmp.Diff(set, got); diff != "" || !got.Pinned() || got.ID != idOf("r1") || got.Request == "" {
		t.Errorf("pin %+v (-set +got):\n%s", got, diff)
	}
	unset, err := s.Unpin()
	must(t, err)
	if unset.Pinned() || unset.Request == "" || unset.Request == set.Request {
		t.Errorf("after unpin: %+v", unset)
	}
}

// TestDamagedPinIsNoPin is never taken for "not pinned", and can be replaced.
func TestDamagedPinIsNoPin(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir(), "/bundles")
	_, err := s.SetPin(store.Generation{ID: idOf("r1"), Revision: "r1"})
	must(t, err)
	good, err := os.ReadFile(s.PinPath())
	must(t, err)
	damages := [][]byte{nil, []byte("{}"), good[:len(good)/2], append(append([]byte(nil), good...), good...)}
	for i := range good {
		flipped := append([]byte(nil), good...)
		flipped[i] ^= 1
		damages = append(damages, flipped)
	}
	for _, damage := range damages {
		must(t, os.WriteFile(s.PinPath(), damage, 0o600))
		_, err := s.Pin()
		if corrupt, ok := errors.AsType[*store.CorruptError](err); !ok || corrupt.Hint() == "" {
			t.Fatalf("%q: %v", damage, err)
		}
		if err := s.Prune(1); err == nil {
			t.Fatal("pruned although nobody knows what is pinned")
		}
	}
	_, err = s.Unpin()
	must(t, err)
	must(t, os.Remove(s.PinPath()))
	must(t, os.Mkdir(s.PinPath(), 0o700))
	if _, err := s.Pin(); err == nil {
		t.Error("a folder counts as no pin")
	}
}

// TestPresence shows the edges that run, with what they say, and forgets the others.
func TestPresence(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	operator := open(t, dir, "/bundles")
	edges := func() []string {
		reports, err := operator.Edges()
		must(t, err)
		revisions := []string{}
		for _, r := range reports {
			revisions = append(revisions, r.Revision+" "+r.Request+" "+r.Trouble)
		}
		return revisions
	}
	var got [][]string
	got = append(got, edges())
	one, err := open(t, dir, "/bundles").Attend()
	must(t, err)
	got = append(got, edges())
	must(t, one.Tell(store.Report{ID: idOf("r1"), Revision: "r1", Since: time.Now(), Request: "q"}))
	got = append(got, edges())
	must(t, one.Tell(store.Report{Request: "q2", Trouble: "no"}))
	got = append(got, edges())
	must(t, one.Tell(store.Report{Request: "q3", Trouble: "open \"\xff\""})) // a folder may be named like that
	got = append(got, edges())
	must(t, one.Close())
	got = append(got, edges())
	if diff := cmp.Diff([][]string{{}, {"  "}, {"r1 q "}, {" q2 no"}, {" q3 open \"\ufffd\""}, {}}, got); diff != "" {
		t.Errorf("edges (-want +got):\n%s", diff)
	}
	must(t, os.WriteFile(operator.Dir()+"/edges/gone.lock", nil, 0o600))
	must(t, os.WriteFile(operator.Dir()+"/edges/gone.json", nil, 0o600))
	two, err := operator.Attend()
	must(t, err)
	if left := names(t, operator.Dir()+"/edges"); len(left) != 1 {
		t.Errorf("left: %v", left)
	}
	must(t, two.Close())
}
