package live_test

import (
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/lictor-dev/lictor/bundles"
	"github.com/lictor-dev/lictor/runtime/live"
)

// TestOldGenerationsMakeRoom on a disk that has none left, so that what runs can be restored.
func TestOldGenerationsMakeRoom(t *testing.T) {
	t.Parallel()
	inCI := os.Getenv("CI") != "" // where a disk must be had
	if os.Geteuid() != 0 && !inCI {
		t.Skip("a small disk can be made by root only")
	}
	disk := t.TempDir()
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=64k"); err != nil && inCI {
		t.Fatal(err)
	} else if err != nil {
		t.Skip("no disk can be made here: ", err)
	}
	t.Cleanup(func() { must(t, syscall.Unmount(disk, syscall.MNT_DETACH)) })
	e := &edge{t, t.TempDir() + "/bundle.tar.gz", openSource(t, disk, "edge")}
	r := e.start(func(o *live.Options[generation]) {
		o.Poll = time.Millisecond
		o.Keep = func(name string) bool { return name == bundles.TablesName }
	})
	e.publish(r, "r1", "r2", "r3")
	put(t, disk+"/others", make([]byte, 24<<10)) // all but a few pages
	for i, revision := range []string{"r4", "r5"} {
		replace(t, e.path, r.signed(revision, uint64(4+i)))
		r.waitFor(revision)
		for strings.Contains(r.Status().StateTrouble, "could not be stored") {
			r.wait(live.Unchanged)
		}
		if g := e.stored(revision); g.Sequence == 0 {
			t.Errorf("stored: %+v", g)
		}
	}
}
