package decisionlog_test

import (
	"os"
	"strings"
	"testing"
)

// TestReadmeLine wants the line in the guide of the edge to be one that is written.
func TestReadmeLine(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	line := written(t, request(), named())
	if !strings.Contains(string(text), "```json\n"+line+"```\n") {
		t.Errorf("the guide does not have\n%s", line)
	}
}
