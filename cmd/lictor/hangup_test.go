package main

import (
	"bufio"
	"context"
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

	"github.com/lictor-dev/lictor/cmd/internal/serve/callers"
	"github.com/lictor-dev/lictor/compiler"
)

// TestServeHangup makes a running edge, which looks at its files once a day, read them again, whether they are good or
// not, and end only when it is told to.
func TestServeHangup(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	key, other := callers.NewKey(), callers.NewKey()
	write(t, in("callers.yaml"), "callers: {a: {sha256: "+callers.DigestOf(key)+"}}\n")
	write(t, in("edge.yaml"), "allow_unsigned: true\nlisten: 127.0.0.1:0\nadmin: {listen: 127.0.0.1:0}\npoll: 24h\njson: true\n"+
		"bundle: "+in("b.tar.gz")+"\ncallers: {file: "+in("callers.yaml")+"}\n")

	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, program)
	cmd.Args = []string{"lictor", "serve", "--config", in("edge.yaml")}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	log, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var address struct{ Listen string }
	if err := json.NewDecoder(out).Decode(&address); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(log)
	// hangup sends the signal and waits for a line with each of the texts, in their order.
	hangup := func(texts ...string) {
		t.Helper()
		if err := cmd.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		for _, text := range texts {
			for !strings.Contains(lines.Text(), text) {
				if !lines.Scan() {
					t.Fatalf("no %q in the log within %s", text, patience)
				}
			}
		}
	}
	asks := func(key string) int {
		t.Helper()
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+address.Listen+"/v1/check", strings.NewReader(`{"subject":"lisa","permission":"newsletter:read"}`))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", "Bearer "+key)
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		_, _ = io.Copy(io.Discard, response.Body)
		return response.StatusCode
	}
	const callersAgain, bundleAgain, callersKept, bundleKept = `"msg":"reloaded","what":"callers"`, `"msg":"reloaded","what":"bundle"`,
		`"msg":"not reloaded, the one before stays","what":"callers"`, `"msg":"not reloaded, the one before stays","what":"bundle"`
	hangup(callersAgain, bundleKept)
	if got := asks(key); got != 503 {
		t.Errorf("without a bundle: %d", got)
	}
	result, err := compiler.Compile(ctx, fstest.MapFS{"main.yaml": {Data: []byte(readers)}}, compiler.Options{})
	if err != nil || result.Bundle == nil {
		t.Fatal(err, result.Diagnostics)
	}
	write(t, in("b.tar.gz"), string(result.Bundle))
	write(t, in("callers.yaml"), "callers: {a: {sha256: "+key+"}}\n")
	hangup(callersKept, bundleAgain)
	if got := asks(key); got != 200 {
		t.Errorf("with a bundle: %d", got)
	}
	write(t, in("b.tar.gz"), "rubbish")
	write(t, in("callers.yaml"), "callers: {a: {sha256: "+callers.DigestOf(other)+"}}\n")
	hangup(callersAgain, bundleKept)
	if old, now := asks(key), asks(other); old != 401 || now != 200 {
		t.Errorf("after another key: %d and %d", old, now)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for lines.Scan() {
		if strings.Contains(lines.Text(), key) {
			t.Error("the key is in the log")
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("the end: %v", err)
	}
}
