package main

import (
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/lictor-dev/lictor/compiler"
)

// TestDeadStderr wants an edge that logs to its standard error to go on answering, from new bundles too, and to end when it is
// told to, when nobody reads that any more: neither when it was closed nor when it is full.
func TestDeadStderr(t *testing.T) {
	t.Parallel()
	var bundles []string
	for epoch := range uint64(3) {
		result, err := compiler.Compile(t.Context(), fstest.MapFS{"main.yaml": {Data: []byte(readers)}},
			compiler.Options{Epoch: epoch, Revision: "r" + strconv.FormatUint(epoch, 10)})
		if err != nil || result.Bundle == nil {
			t.Fatal(err, result.Diagnostics)
		}
		bundles = append(bundles, string(result.Bundle))
	}
	for name, closed := range map[string]bool{"closed": true, "not read": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bundle := filepath.Join(t.TempDir(), "b.tar.gz")
			write(t, bundle, bundles[0])
			reader, writer, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer reader.Close()
			cmd, out := backgroundTo(t, writer, "serve", "--poll", "10ms", "--bundle", bundle, "--allow-unsigned", "--json",
				"--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--decision-log", "stderr", "--access-log", "stderr")
			writer.Close()
			var address struct{ Listen string }
			if err := json.NewDecoder(out).Decode(&address); err != nil {
				t.Fatal(err)
			}
			if closed {
				reader.Close()
			}
			for range 10 {
				checkMany(t, address.Listen)
			}
			for n, text := range bundles[1:] {
				write(t, bundle, text)
				for limit := time.Now().Add(patience); checkMany(t, address.Listen) != "r"+strconv.Itoa(n+1); {
					if time.Now().After(limit) {
						t.Fatalf("bundle %d is not taken up", n+1)
					}
				}
			}
			begun := time.Now()
			defer time.AfterFunc(patience, func() { _ = cmd.Process.Kill() }).Stop()
			for _, signal := range []os.Signal{syscall.SIGHUP, syscall.SIGTERM} {
				if err := cmd.Process.Signal(signal); err != nil {
					t.Fatal(err)
				}
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

// TestErrorToFullStderr wants an edge that cannot serve to end, and to say so by its status, also where its standard error is
// full and nobody reads it.
func TestErrorToFullStderr(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	if err := writer.SetWriteDeadline(time.Now().Add(100 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if n, err := writer.Write(make([]byte, 8<<20)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("a pipe takes %d bytes: %v", n, err)
	}
	cmd, _ := backgroundTo(t, writer, "serve", "--bundle", "b.tar.gz", "--allow-unsigned", "--listen", taken.Addr().String(), "--admin", "127.0.0.1:0")
	writer.Close()
	kill := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
	defer kill.Stop()
	err = cmd.Wait()
	if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() != 3 {
		t.Errorf("the end: %v, want the status 3", err)
	}
}

// checkMany asks for many permissions in one question and returns the revision that answered.
func checkMany(t *testing.T, address string) string {
	t.Helper()
	const many = 2000
	client := http.Client{Timeout: patience}
	body := `{"subject":"lisa","permissions":["newsletter:read"` + strings.Repeat(`,"newsletter:read"`, many-1) + `]}`
	response, err := client.Post("http://"+address+"/v1/check", "", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var answer struct {
		Revision string
		Results  []any
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil || len(answer.Results) != many || response.StatusCode != http.StatusOK {
		t.Fatalf("%d, %d results, %v", response.StatusCode, len(answer.Results), err)
	}
	return answer.Revision
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
