package page_test

import (
	"strings"
	"testing"
)

// TestChance wants the page to say where a scenario with more to do has a lower latency, and a constant to be ahead by chance
// where it is not in all runs.
func TestChance(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, before, after, want string }{
		{"load", "1913799 p99-ns", "1000000 p99-ns", "The p99 of `reloads` is below that of `steady`"},
		{"load", "1913799 p99-ns", "1000000 p99-ns", "; the steady one was [disturbed](#latency-under-load) |"},
		{"http", "0.9606 edge/bounded", "1.0606 edge/bounded", "a constant, bounded answers ≈ 1.04 × as many requests as edge."},
	} {
		if usual := string(render(t, fixture(t)).Markdown); strings.Contains(usual, c.want) {
			t.Errorf("%q stands there as it is", c.want)
		}
		if text := string(render(t, changed(t, c.name, c.before, c.after)).Markdown); !strings.Contains(text, c.want) {
			t.Errorf("no %q", c.want)
		}
	}
}
