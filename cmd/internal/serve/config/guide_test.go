package config_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lictor-dev/lictor/cmd/internal/serve/config"
)

var update = flag.Bool("update", false, "rewrite the rows of the guide")

// guide is the operators' guide.
const guide = "../../../../edge/README.md"

// TestGuide wants the operator's guide to have one row for every setting, in their order.
func TestGuide(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(guide)
	if err != nil {
		t.Fatal(err)
	}
	var want, got []string
	first, last := 0, 0 // of the rows, in bytes
	at := 0
	for _, d := range config.Documentation() {
		standard := "none"
		if d.Default != "" {
			standard = "`" + d.Default + "`"
		}
		want = append(want, fmt.Sprintf("| `%s` | `%s` | %s | %s |", d.Key, d.Flag, standard, d.About))
	}
	for line := range strings.Lines(string(text)) {
		if cells := strings.Split(line, " | "); len(cells) == 4 && strings.HasPrefix(cells[1], "`--") {
			if got = append(got, strings.TrimSpace(line)); len(got) == 1 {
				first = at
			}
			last = at + len(line)
		}
		at += len(line)
	}
	if *update {
		fresh := string(text[:first]) + strings.Join(want, "\n") + "\n" + string(text[last:])
		if err := os.WriteFile(guide, []byte(fresh), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("edge/README.md (-settings +guide):\n%s", diff)
	}
}

// TestGuideExample reads the file that the guide shows.
func TestGuideExample(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(guide)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(text), "\n```yaml\n")
	example, _, ended := strings.Cut(rest, "```\n")
	if !found || !ended || !strings.Contains(example, "verify_keys") {
		t.Fatalf("the guide shows no file: %q", example)
	}
	if _, problem := load(t, example, nil); problem != "" {
		t.Error(problem)
	}
}
