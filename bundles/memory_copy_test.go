package bundles_test

import (
	"bytes"
	"runtime"
	"testing"

	"github.com/lictor-dev/lictor/bundles"
)

// TestOffHeap copies tables of several sizes.
func TestOffHeap(t *testing.T) {
	t.Parallel()
	for _, size := range []int{0, 1, 5 << 20} {
		want := bytes.Repeat([]byte("x"), size)
		m, err := bundles.OffHeap(want)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(m.Bytes(), want) {
			t.Errorf("%d bytes are changed", size)
		}
		runtime.KeepAlive(m)
	}
}
