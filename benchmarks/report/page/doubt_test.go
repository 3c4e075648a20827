package page_test

import (
	"strings"
	"testing"
)

// TestDoubt wants no goal to be told as reached by what lacks a part, or was measured against what was disturbed.
func TestDoubt(t *testing.T) {
	t.Parallel()
	usual := string(render(t, fixture(t)).Markdown)
	disturbed := string(render(t, changed(t, "load", " 1367000 p99-ns", " 1967000 p99-ns")).Markdown)
	missed := string(render(t, changed(t, "load", " 1913799 p99-ns", " 9913799 p99-ns")).Markdown)
	for _, c := range []struct{ name, text, want string }{
		{"a map with some workloads", usual, "| at most 1.84 × (`deny`); 8 workloads without both | not known |"},
		{"some sizes", usual, "the map 1.32 × (+3.85 ns); their spreads overlap; not of all sizes | not known |"},
		{"disturbed", disturbed, "| 0 lost or wrong, p99 0.973 ×; the steady one was [disturbed](#latency-under-load) | not known |"},
		{"missed", missed, "| 0 lost or wrong, p99 7.25 × | **no** |"},
	} {
		if !strings.Contains(c.text, c.want) {
			t.Errorf("%s: no %q", c.name, c.want)
		}
	}
}
