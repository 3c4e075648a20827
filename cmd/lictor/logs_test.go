package main

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/lictor-dev/lictor/compiler"
)

// TestDeadStderr wants an edge that logs to its standard error to go on answering, and to end when it is told to, when
// nobody reads that any more: neither when it was closed nor when it is full.
func TestDeadStderr(t *testing.T) {
	t.Parallel()
	result, err := compiler.Compile(t.Context(), fstest.MapFS{"main.yaml": {Data: []byte(readers)}}, compiler.Options{})
	if err != nil || result.Bundle == nil {
		t.Fatal(err, result.Diagnostics)
	}
	for name, closed := range map[string]bool{"closed": true, "not read": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bundle := filepath.Join(t.TempDir(), "b.tar.gz")
			write(t, bundle, string(result.Bundle))
			reader, writer, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer reader.Close()
			cmd, out := backgroundTo(t, writer, "serve", "--bundle", bundle, "--allow-unsigned", "--json",
				"--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--decision-log", "stderr", "--access-log", "stderr")
			writer.Close()
			var address struct{ Listen string }
			if err := json.NewDecoder(out).Decode(&address); err != nil {
				t.Fatal(err)
			}
			if closed {
				reader.Close()
			}
			client := http.Client{Timeout: patience}
			const each = 2000
			for range 10 {
				body := `{"subject":"lisa","permissions":["newsletter:read"` + strings.Repeat(`,"newsletter:read"`, each-1) + `]}`
				response, err := client.Post("http://"+address.Listen+"/v1/check", "", strings.NewReader(body))
				if err != nil {
					t.Fatal(err)
				}
				if n, err := io.Copy(io.Discard, response.Body); err != nil || n < each || response.StatusCode != http.StatusOK {
					t.Fatalf("%d, %d bytes, %v", response.StatusCode, n, err)
				}
				response.Body.Close()
			}
			begun := time.Now()
			if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			if err := cmd.Wait(); err != nil {
				t.Errorf("the end: %v", err)
			}
			if took := time.Since(begun); took > 20*time.Second { // 2 s, and what the machine takes
				t.Errorf("the end took %s", took)
			}
		})
	}
}

// backgroundTo is background with a standard error.
func backgroundTo(t *testing.T, stderr *os.File, args ...string) (*exec.Cmd, io.Reader) {
	t.Helper()
	cmd, out := command(t, args...)
	cmd.Stderr = stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, out
}
