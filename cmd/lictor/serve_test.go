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
	"time"

	"github.com/lictor-dev/lictor/cmd/internal/cli"
)

const readers = `lictor: v1
roles:
  reader: {birthright: {types: [user]}, permissions: ["newsletter:read"]}
tests:
  - {name: anybody reads, subject: lisa, permission: "newsletter:read", expect: ALLOW}
`

// patience is how long a process of its own may take; then it is killed, which ends its output.
const patience = 2 * time.Minute

// background starts lictor as a process of its own and returns it with its standard output.
func background(t *testing.T, args ...string) (*exec.Cmd, io.Reader) {
	t.Helper()
	cmd, out := command(t, args...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, out
}

// command returns lictor as a process that is not started yet, and its standard output.
func command(t *testing.T, args ...string) (*exec.Cmd, io.Reader) {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, program)
	cmd.Args = append([]string{"lictor"}, args...) // by this name the test binary is lictor itself
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	return cmd, out
}

// write saves a file by renaming, so that it is never seen half done.
func write(t *testing.T, path, text string) {
	t.Helper()
	if err := cli.WriteFile(path, func(w io.Writer) error { _, err := io.WriteString(w, text); return err }); err != nil {
		t.Fatal(err)
	}
}

// TestServeEndsOnSignals drains and ends with status 0 on either signal.
func TestServeEndsOnSignals(t *testing.T) {
	t.Parallel()
	for _, signal := range []os.Signal{syscall.SIGINT, syscall.SIGTERM} {
		t.Run(signal.String(), func(t *testing.T) {
			t.Parallel()
			cmd, out := background(t, "serve", "--bundle", filepath.Join(t.TempDir(), "b.tar.gz"), "--allow-unsigned",
				"--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0")
			line, err := bufio.NewReader(out).ReadString('\n')
			if err != nil || !strings.HasPrefix(line, "serving on http://127.0.0.1:") {
				t.Fatalf("%q, %v (within %s)", line, err, patience)
			}
			if err := cmd.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			if err := cmd.Wait(); err != nil {
				t.Errorf("the end: %v", err)
			}
		})
	}
}

// TestServeWaits says what it waits for when there is no bundle yet.
func TestServeWaits(t *testing.T) {
	t.Parallel()
	cmd, out := background(t, "serve", "--bundle", filepath.Join(t.TempDir(), "b.tar.gz"), "--allow-unsigned",
		"--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0")
	lines := bufio.NewReader(out)
	for _, want := range []string{"serving on http://", "waiting for a good bundle, answering 503 until then"} {
		if line, err := lines.ReadString('\n'); err != nil || !strings.HasPrefix(line, want) {
			t.Errorf("%q, %v, want %q", line, err, want)
		}
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("the end: %v", err)
	}
}

// save is what dev tells of one.
type save struct {
	Revision, Serving, Listen, Admin string
	Diagnostics                      []json.RawMessage
	Tests                            *tested
}

// TestDev saves good and bad definitions under a running dev, which reaches them over a link.
func TestDev(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "main.yaml")
	write(t, file, readers)
	cmd, out := background(t, "dev", link, "--json", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0")
	saves := json.NewDecoder(out)
	// next skips what dev tells when it meets the same state again, such as after a folder was made.
	next := func(told func(save) bool) save {
		t.Helper()
		for {
			var s save
			if err := saves.Decode(&s); err != nil {
				t.Fatalf("dev told nothing more within %s: %v", patience, err)
			}
			if told(s) {
				return s
			}
		}
	}
	first := next(func(save) bool { return true })
	if first.Revision == "" || first.Serving != first.Revision || first.Tests == nil || first.Tests.Passed != 1 || first.Listen == "" {
		t.Fatalf("at the start: %+v", first)
	}
	write(t, file, readers+"nonsense: 1\n")
	bad := next(func(s save) bool { return len(s.Diagnostics) > 0 })
	if bad.Revision != "" || bad.Serving != first.Revision || len(bad.Diagnostics) != 1 {
		t.Errorf("after a bad save: %+v", bad)
	}
	allowed(t, first.Listen, first.Revision, "newsletter:read", true)
	sub := filepath.Join(dir, "more")
	if err := os.Mkdir(sub, 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, file, strings.ReplaceAll(readers, "newsletter:read", "newsletter:write"))
	good := next(func(s save) bool { return s.Revision != "" && s.Revision != first.Revision })
	if good.Serving != good.Revision || good.Tests.Passed != 1 {
		t.Errorf("after a good save: %+v", good)
	}
	allowed(t, first.Listen, good.Revision, "newsletter:read", false)
	write(t, filepath.Join(sub, "roles.yml"), "lictor: v1\nroles:\n  writer: {permissions: [\"a:b\"]}\n")
	next(func(s save) bool { return s.Revision != "" && s.Revision != good.Revision })
	if text := scrape(t, first.Admin); !strings.Contains(text, "lictor_decisions_total{code=\"allowed\",result=\"allow\"} 1\n") {
		t.Errorf("metrics do not count one decision that allows:\n%s", text)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("the end: %v", err)
	}
}

// scrape returns the metrics of a running edge.
func scrape(t *testing.T, admin string) string {
	t.Helper()
	client := http.Client{Timeout: patience}
	response, err := client.Get("http://" + admin + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// allowed asks a running edge, which must answer from a revision.
func allowed(t *testing.T, address, revision, permission string, want bool) {
	t.Helper()
	client := http.Client{Timeout: patience}
	response, err := client.Post("http://"+address+"/v1/check", "", strings.NewReader(`{"subject":"lisa","permission":"`+permission+`","explain":true}`))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.Header.Get("Lictor-Revision") != revision || strings.HasPrefix(string(body), `{"allowed":true`) != want {
		t.Errorf("%v %s %s, want %v from %s", err, response.Header.Get("Lictor-Revision"), body, want, revision)
	}
}
