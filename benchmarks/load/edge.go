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
	late := time.AfterFunc(patience, func() { _ = e.command.Process.Kill() })
	defer late.Stop()
	_ = e.command.Process.Signal(syscall.SIGTERM)
	_ = e.command.Wait() // it has served its purpose
}

// await waits until the edge runs a revision.
func (e *running) await(ctx context.Context, revision string) error {
	deadline := time.After(patience)
	for {
		runs, err := e.revision(ctx)
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

func (e *running) revision(ctx context.Context) (string, error) {
	text, err := e.get(ctx, "/v1/generation")
	if err != nil {
		return "", err
	}
	var says struct{ Revision string }
	err = json.Unmarshal([]byte(text), &says)
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

// clockTick is the unit that the kernel tells times in, whatever its own.
const clockTick = time.Second / 100

// cpu returns how long the edge has worked so far (utime and stime of proc_pid_stat(5)).
func (e *running) cpu() (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", e.command.Process.Pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(text), ") ") // the name may hold spaces
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0, fmt.Errorf("stat of process %d: %q", e.command.Process.Pid, text)
	}
	user, err := strconv.Atoi(fields[11])
	if err != nil {
		return 0, err
	}
	system, err := strconv.Atoi(fields[12])
	return time.Duration(user+system) * clockTick, err
}

// ownCPU returns how long this process has worked so far.
func ownCPU() (time.Duration, error) {
	var u syscall.Rusage
	err := syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), err
}

// logged is what became of the lines of a decision log.
type logged struct {
	decisions, written, lost int
	there                    int // lines that are where they were written to; 0 where nobody can tell
}

// logged waits until every decision is accounted for, or until nothing changes any more.
func (e *running) logged(ctx context.Context, to *sink) (*logged, error) {
	var l logged
	for settled := 0; settled < 20; {
		text, err := e.get(ctx, "/metrics")
		if err != nil {
			return nil, err
		}
		now := logged{
			decisions: sum(text, `lictor_decisions_total{`),
			written:   sum(text, `lictor_decision_log_lines_total{result="written"}`),
			lost:      sum(text, `lictor_decision_log_lines_total{result="dropped"}`) + sum(text, `lictor_decision_log_lines_total{result="failed"}`),
		}
		if settled++; now != l {
			l, settled = now, 0
		}
		if l.written+l.lost == l.decisions {
			break
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(pause):
		}
	}
	if to.count == nil {
		return &l, nil
	}
	var err error
	l.there, err = to.count()
	return &l, err
}

// sum adds the values of the series whose lines begin in a way.
func sum(text, begin string) (total int) {
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, begin) {
			value, _ := strconv.ParseFloat(strings.TrimSpace(line[strings.LastIndexByte(line, ' ')+1:]), 64)
			total += int(value)
		}
	}
	return total
}

// get asks the edge what operators ask.
func (e *running) get(ctx context.Context, path string) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+e.admin+path, nil)
	if err != nil {
		return "", err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	return string(text), err
}
