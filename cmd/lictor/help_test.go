package main

import (
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// TestHelp wants every command of ours to say what it is for, with an example, and to speak JSON.
func TestHelp(t *testing.T) {
	t.Parallel()
	root := newRoot()
	want := "check compile dev generations inspect key pin rollback schema serve test unpin verify version"
	var names []string
	for _, cmd := range root.Commands() {
		names = append(names, cmd.Name())
		t.Run(cmd.Name(), func(t *testing.T) { explained(t, cmd) })
	}
	if got := strings.Join(names, " "); got != want {
		t.Errorf("commands %q, want %q", got, want)
	}
}

func explained(t *testing.T, cmd *cobra.Command) {
	t.Helper()
	if !strings.Contains(cmd.Example, "lictor "+cmd.Name()) {
		t.Errorf("example %q does not show the command", cmd.Example)
	}
	if cmd.Flags().Lookup("json") == nil {
		t.Error("no flag --json")
	}
	if cmd.Short == "" || strings.HasSuffix(cmd.Short, ".") {
		t.Errorf("short help %q", cmd.Short)
	}
}
