package source_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/lictor-dev/lictor/bundles/value"
	"github.com/lictor-dev/lictor/compiler/source"
)

// TestLoadAgain reads one file of many again when it has changed, and gives what Load gives. It does not run beside other
// tests, since it counts allocations.
func TestLoadAgain(t *testing.T) {
	files := fstest.MapFS{}
	for n := range 20 {
		var text strings.Builder
		fmt.Fprintf(&text, "lictor: v1\nnamespace: n%d\nsubjects:\n", n)
		for i := range 50 {
			fmt.Fprintf(&text, "  s-%d-%d: {roles: [r], properties: {n: %d}}\n", n, i, i)
		}
		files[fmt.Sprintf("f-%02d.yaml", n)] = &fstest.MapFile{Data: []byte(text.String())}
	}
	var cache source.Cache
	same := func() {
		t.Helper()
		want, wantList := source.Load(files)
		got, gotList := source.LoadAgain(files, &cache)
		equal := cmp.Comparer(value.Equal)
		if diff := cmp.Diff(want, got, equal); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(wantList, gotList); diff != "" {
			t.Errorf("diagnostics (-want +got):\n%s", diff)
		}
	}
	same()
	same()
	files["f-07.yaml"] = &fstest.MapFile{Data: []byte("lictor: v1\nroles: {r: {}}\nunknown: 1\n")}
	same()
	whole := testing.AllocsPerRun(3, func() { source.Load(files) })
	again := testing.AllocsPerRun(3, func() { source.LoadAgain(files, &cache) })
	if again > whole/10 {
		t.Errorf("%.0f allocations to load again what has not changed, %.0f to load all", again, whole)
	}
}
