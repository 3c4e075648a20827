package serve_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/lictor-dev/lictor/cmd/internal/cli"
	"github.com/lictor-dev/lictor/cmd/internal/serve"
	"github.com/lictor-dev/lictor/cmd/internal/serve/config"
	"github.com/lictor-dev/lictor/compiler"
)

// bundle compiles a policy in which every user may read.
func bundle(t *testing.T, o compiler.Options) []byte {
	t.Helper()
	files := fstest.MapFS{"main.yaml": {Data: []byte(
		"lictor: v1\nroles:\n  reader: {birthright: {types: [user]}, permissions: [\"newsletter:read\"]}\n")}}
	result, err := compiler.Compile(t.Context(), files, o)
	if err != nil || result.Bundle == nil {
		t.Fatal(err, result.Diagnostics)
	}
	return result.Bundle
}

// put replaces a file by renaming, as publishers should.
func put(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := cli.WriteFile(path, func(w io.Writer) error { _, err := w.Write(content); return err }); err != nil {
		t.Fatal(err)
	}
}

// running is a serve command in the background.
type running struct {
	t             *testing.T
	listen, admin string
	lines         chan string // of the log
	stop          context.CancelFunc
	done          chan error
}

// configured returns what serves an unsigned bundle on free ports.
func configured(bundle string) serve.Config {
	c := config.Default()
	c.Bundle, c.Trust.AllowUnsigned, c.JSON = bundle, true, true
	c.Listen, c.Admin.Listen = "127.0.0.1:0", "127.0.0.1:0"
	c.Poll = 50 * time.Millisecond
	return c
}

// run starts serving and waits for the line that names the addresses.
func run(t *testing.T, c serve.Config) *running {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	out, outWriter := io.Pipe()
	logged, logWriter := io.Pipe()
	r := &running{t: t, lines: make(chan string, 1000), stop: stop, done: make(chan error, 1)}
	go func() {
		defer close(r.lines)
		for s := bufio.NewScanner(logged); s.Scan(); {
			r.lines <- s.Text()
		}
	}()
	go func() {
		err := serve.Run(ctx, c, outWriter, logWriter)
		outWriter.CloseWithError(errors.Join(io.EOF, err))
		logWriter.Close()
		r.done <- err
	}()
	t.Cleanup(stop)
	starting := time.AfterFunc(patience, func() { outWriter.CloseWithError(errors.New("serving did not begin within " + patience.String())) })
	defer starting.Stop()
	var addresses struct{ Listen, Admin string }
	if err := json.NewDecoder(out).Decode(&addresses); err != nil {
		t.Fatal(err)
	}
	r.listen, r.admin = "http://"+addresses.Listen, "http://"+addresses.Admin
	return r
}

// patience is how long anything may take before a test fails.
const patience = time.Minute

var client = http.Client{Timeout: patience}

// wait reads the log up to a line with all the given texts.
func (r *running) wait(texts ...string) {
	r.t.Helper()
	limit := time.After(patience)
	for {
		select {
		case line, more := <-r.lines:
			if !more {
				r.t.Fatalf("the log ended without %q", texts)
			}
			if holds(line, texts) {
				return
			}
		case <-limit:
			r.t.Fatalf("no %q in the log within %s", texts, patience)
		}
	}
}

func holds(line string, texts []string) bool {
	for _, text := range texts {
		if !strings.Contains(line, text) {
			return false
		}
	}
	return true
}

// end stops serving and returns how it ended.
func (r *running) end() error {
	r.stop()
	select {
	case err := <-r.done:
		return err
	case <-time.After(patience):
		return errors.New("serving did not end within " + patience.String())
	}
}

// ask returns the status and the revision of an answer to a check.
func (r *running) ask() (int, string) {
	r.t.Helper()
	response, err := client.Post(r.listen+"/v1/check", "application/json", strings.NewReader(`{"subject":"lisa","permission":"newsletter:read"}`))
	if err != nil {
		r.t.Fatal(err)
	}
	defer response.Body.Close()
	return response.StatusCode, response.Header.Get("Lictor-Revision")
}

func (r *running) expect(status int, revision string) {
	r.t.Helper()
	if gotStatus, gotRevision := r.ask(); gotStatus != status || gotRevision != revision {
		r.t.Errorf("answer %d from %q, want %d from %q", gotStatus, gotRevision, status, revision)
	}
}

// get returns the status and the body of a question of an operator.
func (r *running) get(path string) (int, string) {
	r.t.Helper()
	response, err := client.Get(r.admin + path)
	if err != nil {
		r.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

// TestReload serves a file that appears late, changes, is damaged, and goes back.
func TestReload(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "b.tar.gz")
	state := t.TempDir()
	c := configured(path)
	c.State = state
	r := run(t, c)
	r.wait(`"bundle refused"`)
	r.expect(503, "")
	if status, body := r.get("/readyz"); status != 503 || !strings.Contains(body, "no good bundle") {
		t.Errorf("readiness %d %s", status, body)
	}
	put(t, path, bundle(t, compiler.Options{Revision: "r1", Epoch: 1}))
	r.wait(`"bundle loaded"`, `"r1"`)
	r.expect(200, "r1")
	put(t, path, bundle(t, compiler.Options{Revision: "r2", Epoch: 2}))
	r.wait(`"bundle loaded"`, `"r2"`)
	r.expect(200, "r2")

	good := bundle(t, compiler.Options{Revision: "r3", Epoch: 3})
	put(t, path, good[:len(good)/2])
	r.wait(`"bundle refused"`, "truncated")
	r.expect(200, "r2")
	if status, body := r.get("/readyz"); status != 200 || !strings.Contains(body, "truncated") {
		t.Errorf("readiness %d %s", status, body)
	}
	put(t, path, bundle(t, compiler.Options{Revision: "r0", Epoch: 1}))
	r.wait(`"bundle refused"`, "epoch 1 is lower than 2")
	r.expect(200, "r2")
	if status, body := r.get("/v1/generation"); status != 200 || !strings.Contains(body, `"revision":"r2","epoch":2`) ||
		!strings.Contains(body, "epoch 1 is lower") {
		t.Errorf("generation %d %s", status, body)
	}
	if err := r.end(); err != nil {
		t.Errorf("the end: %v", err)
	}

	again := run(t, c)
	again.wait(`"bundle refused"`, "epoch 1 is lower than 2")
	again.expect(200, "r2") // as it was stored
	put(t, path, good)
	again.wait(`"bundle loaded"`, `"r3"`)
	again.expect(200, "r3")
	if err := again.end(); err != nil {
		t.Errorf("the end: %v", err)
	}

	c.Bundle = filepath.Join(t.TempDir(), "renamed.tar.gz")
	put(t, c.Bundle, bundle(t, compiler.Options{Revision: "r2", Epoch: 2}))
	renamed := run(t, c)
	renamed.wait(`"bundle refused"`, "epoch 2 is lower than 3")
	renamed.expect(200, "r3")
	if err := renamed.end(); err != nil {
		t.Errorf("the end: %v", err)
	}
}

// TestFolder serves the bundle with the highest epoch of a folder.
func TestFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put(t, filepath.Join(dir, "z.tar.gz"), bundle(t, compiler.Options{Revision: "r1", Epoch: 1}))
	r := run(t, configured(dir))
	r.expect(200, "r1")
	put(t, filepath.Join(dir, "a.tar.gz"), bundle(t, compiler.Options{Revision: "r2", Epoch: 2}))
	r.wait(`"bundle loaded"`, `"r2"`)
	r.expect(200, "r2")
}

// TestDamagedState does not start when it cannot tell which epoch has run.
func TestDamagedState(t *testing.T) {
	t.Parallel()
	dir, state := t.TempDir(), t.TempDir()
	path := filepath.Join(dir, "b.tar.gz")
	put(t, path, bundle(t, compiler.Options{Revision: "r1", Epoch: 1}))
	c := configured(path)
	c.State = state
	if err := run(t, c).end(); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(state, "sources", "*", "epoch.json"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	if err := os.WriteFile(files[0], []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	err = serve.Run(t.Context(), c, io.Discard, io.Discard)
	failure, ok := errors.AsType[*cli.Failure](err)
	if !ok || !strings.Contains(err.Error(), "cannot be believed") || failure.Hint == "" {
		t.Errorf("error %v", err)
	}
}

// TestCallers lets properties of the request count or not, as the operator says.
func TestCallers(t *testing.T) {
	t.Parallel()
	files := fstest.MapFS{"main.yaml": {Data: []byte(`lictor: v1
roles:
  reader:
    birthright: {types: [user]}
    policies: [{permission: "doc:read", decision: ALLOW, when: resource.properties.open == true}]
objects:
  doc: {one: {open: false}, two: {}}
`)}}
	result, err := compiler.Compile(t.Context(), files, compiler.Options{})
	if err != nil || result.Bundle == nil {
		t.Fatal(err, result.Diagnostics)
	}
	path := filepath.Join(t.TempDir(), "b.tar.gz")
	put(t, path, result.Bundle)
	tests := []struct {
		callers  string
		one, two bool
	}{{"overlay", true, true}, {"stored", false, true}, {"ignore", false, false}}
	for _, tt := range tests {
		t.Run(tt.callers, func(t *testing.T) {
			t.Parallel()
			c := configured(path)
			c.Callers.Properties = tt.callers
			r := run(t, c)
			for id, want := range map[string]bool{"one": tt.one, "two": tt.two} {
				body := `{"subject":"lisa","permission":"doc:read:` + id + `","resource":{"properties":{"open":true}}}`
				response, err := client.Post(r.listen+"/v1/check", "application/json", strings.NewReader(body))
				if err != nil {
					t.Fatal(err)
				}
				text, err := io.ReadAll(response.Body)
				response.Body.Close()
				if err != nil || bytes.HasPrefix(text, []byte(`{"allowed":true`)) != want {
					t.Errorf("%s: %s, want %v", id, text, want)
				}
			}
		})
	}
}
