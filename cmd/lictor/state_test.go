package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/lictor-dev/lictor/bundles"
	"github.com/lictor-dev/lictor/cmd/internal/state"
	"github.com/lictor-dev/lictor/compiler"
)

// issue returns a function that gives the same policy as bundles whose revision says their epoch.
func issue(t *testing.T) func(epoch uint64) []byte {
	t.Helper()
	result, err := compiler.Compile(t.Context(), fstest.MapFS{"main.yaml": {Data: []byte(readers)}}, compiler.Options{})
	if err != nil || result.Bundle == nil {
		t.Fatal(err, result.Diagnostics)
	}
	b, err := bundles.Open(bytes.NewReader(result.Bundle), bundles.Options{AllowUnsigned: true})
	if err != nil {
		t.Fatal(err)
	}
	draft := bundles.Draft{Source: b.Manifest.Source, Entrypoints: b.Manifest.Entrypoints, Agreement: b.Manifest.Agreement, Parts: map[string][]byte{}}
	for _, m := range b.Members() {
		if m.Name != bundles.ManifestName {
			draft.Parts[m.Name] = m.Bytes
		}
	}
	return func(epoch uint64) []byte {
		d := draft
		d.Epoch, d.Revision = epoch, revisionOf(epoch)
		var out bytes.Buffer
		if err := d.Write(&out); err != nil {
			t.Error(err)
		}
		return out.Bytes()
	}
}

func revisionOf(epoch uint64) string { return "r" + strconv.FormatUint(epoch, 10) }

// process is a lictor serve in a process of its own.
type process struct {
	cmd    *exec.Cmd
	listen string
	log    *bytes.Buffer // complete when it has ended
}

// serving starts an edge and waits until it has tried to load what there is.
func serving(t *testing.T, bundle, dir string) *process {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	e := &process{cmd: exec.CommandContext(ctx, program), log: &bytes.Buffer{}}
	e.cmd.Args = []string{
		"lictor", "serve", "--bundle", bundle, "--allow-unsigned", "--state", dir, "--json",
		"--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0",
	}
	e.cmd.Stderr = e.log
	out, err := e.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := e.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var addresses struct{ Listen string }
	if err := json.NewDecoder(bufio.NewReader(out)).Decode(&addresses); err != nil {
		_ = e.cmd.Wait()
		t.Fatalf("the edge did not start: %v\n%s", err, e.log)
	}
	e.listen = addresses.Listen
	return e
}

// kill ends the edge as a power cut would, and returns what it logged.
func (e *process) kill(t *testing.T) string {
	t.Helper()
	if err := e.cmd.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = e.cmd.Wait() // it says that it was killed
	return e.log.String()
}

var asker = http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}

// epoch returns the epoch that the edge answers from, 0 for none.
func (e *process) epoch() (uint64, error) {
	response, err := asker.Post("http://"+e.listen+"/v1/check", "", strings.NewReader(`{"subject":"lisa","permission":"newsletter:read"}`))
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return 0, err
	}
	if response.StatusCode == http.StatusServiceUnavailable {
		return 0, nil
	}
	return strconv.ParseUint(strings.TrimPrefix(response.Header.Get("Lictor-Revision"), "r"), 10, 64)
}

// await waits until the edge answers from an epoch.
func (e *process) await(t *testing.T, want uint64) {
	t.Helper()
	limit := time.After(patience)
	for {
		got, err := e.epoch()
		if err != nil {
			t.Fatal(err)
		}
		if got == want {
			return
		}
		select {
		case <-limit:
			t.Fatalf("epoch %d answers, want %d", got, want)
		case <-time.After(time.Millisecond):
		}
	}
}

// lictor runs a verb and returns the first edge of what it says.
func lictor(t *testing.T, args ...string) (first struct {
	Revision string
	Pinned   bool
	Switched float64 `json:"switched_ms"`
	Trouble  string
}, pinned bool,
) {
	t.Helper()
	cmd, out := background(t, append(args, "--json")...)
	var said struct {
		Pinned bool
		Edges  []json.RawMessage
	}
	err := json.NewDecoder(out).Decode(&said)
	if err := errors.Join(err, cmd.Wait()); err != nil || len(said.Edges) != 1 {
		t.Fatalf("%v: %v, %d edges", args, err, len(said.Edges))
	}
	if err := json.Unmarshal(said.Edges[0], &first); err != nil {
		t.Fatal(err)
	}
	return first, said.Pinned
}

// refused runs a verb that does not work out, and returns its exit status and what it says.
func refused(t *testing.T, args ...string) (status int, said string) {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, program)
	cmd.Args = append([]string{"lictor"}, args...)
	out, _ := cmd.CombinedOutput() // the status says the same
	return cmd.ProcessState.ExitCode(), string(out)
}

// TestRollbackUnderServe goes back, further back, and forward again while an edge answers.
func TestRollbackUnderServe(t *testing.T) {
	t.Parallel()
	dir, bundle := t.TempDir(), filepath.Join(t.TempDir(), "b.tar.gz")
	issued := issue(t)
	write(t, bundle, string(issued(1)))
	e := serving(t, bundle, dir)
	for epoch := uint64(2); epoch <= 3; epoch++ {
		write(t, bundle, string(issued(epoch)))
		e.await(t, epoch)
	}
	steps := []struct {
		args    []string
		epoch   uint64
		pinned  bool
		publish uint64 // afterwards, which changes nothing
	}{
		{args: []string{"rollback"}, epoch: 2, pinned: true, publish: 4},
		{args: []string{"rollback"}, epoch: 1, pinned: true},
		{args: []string{"pin", "r3"}, epoch: 3, pinned: true},
		{args: []string{"pin"}, epoch: 3, pinned: true},
		{args: []string{"unpin"}, epoch: 4},
		{args: []string{"rollback", "--to", "r1"}, epoch: 1, pinned: true},
		{args: []string{"unpin"}, epoch: 4},
	}
	for _, step := range steps {
		before, err := e.epoch()
		if err != nil {
			t.Fatal(err)
		}
		said, pinned := lictor(t, append(step.args, "--state", dir)...)
		if said.Revision != revisionOf(step.epoch) || said.Pinned != step.pinned || pinned != step.pinned || said.Trouble != "" ||
			(said.Switched > 0) != (before != step.epoch) {
			t.Errorf("%v: %+v, %v", step.args, said, pinned)
		}
		if got, err := e.epoch(); got != step.epoch || err != nil {
			t.Errorf("%v: epoch %d answers, %v, want %d", step.args, got, err, step.epoch)
		}
		if step.publish > 0 {
			write(t, bundle, string(issued(step.publish)))
		}
	}
	source, err := state.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	list, err := source.Generations()
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range list {
		if g.Revision == "r1" {
			write(t, source.Path(g.ID), "damaged")
		}
	}
	if status, said := refused(t, "pin", "r1", "--state", dir); status != 3 || !strings.Contains(said, "hint: it stays pinned") {
		t.Errorf("pin of what is damaged: status %d, %s", status, said)
	}
	if got, err := e.epoch(); got != 4 || err != nil {
		t.Errorf("epoch %d answers, %v", got, err)
	}
	e.kill(t)
}

// TestKilledWhileReloading kills an edge at a random moment of a reload and starts another one on its state folder
// without any source: it must be ready, with the old or the new bundle, and never with one older than what was answered
// from. What is ready is what is killed next.
func TestKilledWhileReloading(t *testing.T) {
	t.Parallel()
	tries := uint64(100)
	if testing.Short() {
		tries = 10
	}
	seed := uint64(time.Now().UnixNano())
	random := rand.New(rand.NewPCG(seed, 0))
	dir, bundle := t.TempDir(), filepath.Join(t.TempDir(), "b.tar.gz")
	issued := issue(t)
	write(t, bundle, string(issued(1)))
	e := serving(t, bundle, dir)
	kept, taken := 0, 0
	for epoch := uint64(2); epoch <= tries+1; epoch++ {
		running, err := e.epoch()
		if err != nil {
			t.Fatal(err)
		}
		served := e.killAt(t, bundle, issued(epoch), time.Duration(random.Int64N(int64(120*time.Millisecond))))
		if err := os.Remove(bundle); err != nil {
			t.Fatal(err)
		}
		e = serving(t, bundle, dir)
		got, err := e.epoch()
		if err != nil || got != running && got != epoch || got < served {
			t.Fatalf("seed %d, try %d: epoch %d answers, %v; %d ran, %d answered; log:\n%s", seed, epoch-1, got, err, running, served, e.log)
		}
		if got == epoch {
			taken++
		} else {
			kept++
		}
	}
	if log := e.kill(t); strings.Contains(log, "state failed") {
		t.Errorf("the state folder is damaged:\n%s", log)
	}
	intact(t, dir)
	t.Logf("the old bundle was ready %d times, the new one %d times", kept, taken)
	if !testing.Short() && (kept == 0 || taken == 0) {
		t.Errorf("%d old and %d new bundles: no try hit a reload", kept, taken)
	}
}

// killAt publishes a bundle and kills the edge after a while. It returns the highest epoch that was answered from.
func (e *process) killAt(t *testing.T, path string, content []byte, after time.Duration) uint64 {
	t.Helper()
	var served atomic.Uint64
	asked := make(chan struct{})
	write(t, path, string(content))
	killed := time.After(after)
	go func() {
		defer close(asked)
		for {
			epoch, err := e.epoch()
			if err != nil {
				return // it is dead
			}
			served.Store(max(served.Load(), epoch))
		}
	}()
	<-killed
	e.kill(t)
	<-asked
	return served.Load()
}

// intact checks that everything in a state folder can be believed, and that nothing is left of those who died.
func intact(t *testing.T, dir string) {
	t.Helper()
	source, err := state.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := source.Tidy(); err != nil {
		t.Error(err)
	}
	list, err := source.Generations()
	if err != nil || len(list) == 0 {
		t.Errorf("stored: %v, %v", list, err)
	}
	for _, g := range list {
		file, err := source.Open(g.ID)
		if err != nil {
			t.Fatal(err)
		}
		b, err := bundles.Open(file, bundles.Options{AllowUnsigned: true})
		if err := errors.Join(err, file.Close()); err != nil || b.ID != g.ID {
			t.Errorf("%s: %v", g.Revision, err)
		}
	}
	files, err := os.ReadDir(filepath.Join(source.Dir(), "generations"))
	if err != nil || len(files) != 2*len(list) {
		t.Errorf("%d files for %d generations, %v", len(files), len(list), err)
	}
}
