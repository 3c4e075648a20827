package main

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"lictor-edge": main})
}

func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{Dir: "testdata"})
}

// patience is how long a process of its own may take; then it is killed, which ends its output.
const patience = 2 * time.Minute

// TestServes starts the program under both spellings and ends it with a signal.
func TestServes(t *testing.T) {
	t.Parallel()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"", "serve"} {
		t.Run("verb "+verb, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			cmd := exec.CommandContext(ctx, program)
			cmd.Args = append([]string{"lictor-edge"}, strings.Fields(verb)...) // by this name the test binary is the program
			cmd.Args = append(cmd.Args, "--bundle", filepath.Join(t.TempDir(), "b.tar.gz"), "--allow-unsigned", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0")
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			line, err := bufio.NewReader(out).ReadString('\n')
			if err != nil || !strings.HasPrefix(line, "serving on http://127.0.0.1:") {
				t.Fatalf("%q, %v (within %s)", line, err, patience)
			}
			if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			if err := cmd.Wait(); err != nil {
				t.Errorf("the end: %v", err)
			}
		})
	}
}
