package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const module = "github.com/lictor-dev/lictor"

// build builds lictor-edge in its own module, which is the one that this one measures.
func build(ctx context.Context, dir string) (string, error) {
	root, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", module).Output()
	if err != nil {
		return "", err
	}
	program := filepath.Join(dir, "lictor-edge")
	command := exec.CommandContext(ctx, "go", "build", "-o", program, module+"/cmd/lictor-edge")
	command.Dir, command.Stderr = strings.TrimSpace(string(root)), os.Stderr
	return program, command.Run()
}

// running is an edge in a process of its own.
type running struct {
	command     *exec.Cmd
	data, admin string
}

// start starts an edge and waits for the line that says where it listens.
func start(ctx context.Context, program string, arguments []string) (*running, error) {
	arguments = append([]string{"--allow-unsigned", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--json"}, arguments...)
	e := &running{command: exec.CommandContext(ctx, program, arguments...)}
	out, err := e.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := e.command.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		e.stop()
		return nil, fmt.Errorf("the edge says nothing: %w", err)
	}
	var says struct{ Listen, Admin string }
	if err := json.Unmarshal(line, &says); err != nil {
		e.stop()
		return nil, fmt.Errorf("the edge says %q: %w", line, err)
	}
	e.data, e.admin = says.Listen, says.Admin
	return e, nil
}

func (e *running) stop() {
	_ = e.command.Process.Signal(syscall.SIGTERM)
	_ = e.command.Wait() // it has served its purpose
}

// await waits until the edge runs a revision.
func (e *running) await(ctx context.Context, revision string) error {
	deadline := time.After(patience)
	for {
		runs, err := e.revision()
		if err != nil || runs == revision {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-deadline:
			return fmt.Errorf("%s runs after %s, not %s", runs, patience, revision)
		case <-time.After(pause):
		}
	}
}

func (e *running) revision() (string, error) {
	response, err := http.Get("http://" + e.admin + "/v1/generation")
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	var says struct{ Revision string }
	err = json.NewDecoder(io.LimitReader(response.Body, 1<<20)).Decode(&says)
	return says.Revision, err
}

// memory returns how many bytes the edge holds in memory (VmRSS).
func (e *running) memory() (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", e.command.Process.Pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if after, found := strings.CutPrefix(line, "VmRSS:"); found {
			kilobytes, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(after), " kB"), 10, 64)
			return kilobytes << 10, err
		}
	}
	return 0, fmt.Errorf("no VmRSS in the status of process %d", e.command.Process.Pid)
}
