package bundles_test

import (
	"bytes"
	"os"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lictor-dev/lictor/bundles"
)

// TestPark puts a bundle aside and takes it back, also after the file was given back and while its memory rests.
func TestPark(t *testing.T) {
	t.Parallel()
	for _, offHeap := range []bool{false, true} {
		b, err := bundles.Open(bytes.NewReader(write(t, newDraft())), bundles.Options{AllowUnsigned: true, OffHeap: offHeap})
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		parked, err := b.Park(dir)
		if err != nil {
			t.Fatal(err)
		}
		if entries, err := os.ReadDir(dir); err != nil || len(entries) != 0 {
			t.Errorf("files that others can open: %v, %v", entries, err)
		}
		again, err := parked.Open()
		if err != nil {
			t.Fatal(err)
		}
		if err := parked.Close(); err != nil {
			t.Error(err)
		}
		want, _ := b.Member(bundles.TablesName)
		if rests := again.Tables().Rest(); rests != (runtime.GOOS == "linux") {
			t.Errorf("rests: %v", rests)
		}
		if again.ID != b.ID || bundles.DigestOf(again.Tables().Bytes()) != want.Digest {
			t.Error("another bundle came back")
		}
		if diff := cmp.Diff(b.Manifest, again.Manifest); diff != "" {
			t.Errorf("manifest (-want +got):\n%s", diff)
		}
		if m, _ := again.Member(bundles.TablesName); m.Bytes != nil {
			t.Error("the tables are still in the old memory")
		}
		if b.Tables().Rest() || bundles.DigestOf(b.Tables().Bytes()) != want.Digest {
			t.Error("memory that has its bytes nowhere else was given back")
		}
		runtime.KeepAlive(b)
		runtime.KeepAlive(again)
	}
}

func TestParkNeedsTablesAndAFolder(t *testing.T) {
	t.Parallel()
	open := func(keep func(string) bool) *bundles.Bundle {
		b, err := bundles.Open(bytes.NewReader(write(t, newDraft())), bundles.Options{AllowUnsigned: true, Keep: keep})
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	if _, err := open(func(string) bool { return false }).Park(t.TempDir()); err == nil {
		t.Error("a bundle without its tables was put aside")
	}
	if _, err := open(nil).Park(t.TempDir() + "/none"); err == nil {
		t.Error("a bundle was put into a folder that is not there")
	}
}
