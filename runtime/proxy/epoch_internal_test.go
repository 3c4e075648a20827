package proxy

import (
	"errors"
	"sync"
	"testing"

	"github.com/lictor-dev/lictor/bundles"
)

// TestEpochsRace has instances record their epochs at once. Whatever comes last, the highest stays, and who is behind learns it.
func TestEpochsRace(t *testing.T) {
	t.Parallel()
	const instances = 20
	e := epochs{t.TempDir()}
	var done sync.WaitGroup
	for i := range instances {
		done.Go(func() {
			err := e.record(uint64(i + 1))
			if _, behind := errors.AsType[*bundles.EpochError](err); err != nil && !behind {
				t.Error(err)
			}
		})
	}
	done.Wait()
	if highest, err := e.highest(); err != nil || highest != instances {
		t.Errorf("highest %d, %v", highest, err)
	}
	if _, behind := errors.AsType[*bundles.EpochError](e.record(instances - 1)); !behind {
		t.Error("an instance that is behind does not learn it")
	}
	if err := e.record(instances); err != nil {
		t.Errorf("the same again: %v", err)
	}
}

// TestEpochsNothing wants epochs without a folder to remember nothing, and a folder that is gone to be an error.
func TestEpochsNothing(t *testing.T) {
	t.Parallel()
	if highest, err := (epochs{}).highest(); highest != 0 || err != nil || (epochs{}).record(1) != nil {
		t.Errorf("without a folder: %d, %v", highest, err)
	}
	gone := epochs{t.TempDir() + "/gone"}
	if _, err := gone.highest(); err == nil {
		t.Error("a folder that is gone is read")
	}
	if gone.record(1) == nil {
		t.Error("a folder that is gone is written to")
	}
	if err := gone.record(0); err != nil {
		t.Errorf("epoch 0: %v", err)
	}
}
