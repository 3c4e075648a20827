package serve_test

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/lictor-dev/lictor/cmd/internal/serve"
	"github.com/lictor-dev/lictor/compiler"
)

// hasMetric waits until a line is in the metrics.
func (r *running) hasMetric(line string) {
	r.t.Helper()
	eventually(r.t, line, func() bool {
		_, body := r.get("/metrics")
		return strings.Contains(body, "\n"+line+"\n")
	})
}

// many asks for so many permissions in one question, each of which is a decision.
func (r *running) many(n int) {
	r.t.Helper()
	body := `{"subject":"lisa","permissions":["newsletter:read"` + strings.Repeat(`,"newsletter:read"`, n-1) + `]}`
	response, err := client.Post(r.listen+"/v1/check", "application/json", strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		r.t.Errorf("%d decisions at once: status %d", n, response.StatusCode)
	}
}

// TestDecisionLogFile writes a line for each decision to a file, and to a new one when the file is moved away. Nothing that
// was answered is missing at the end.
func TestDecisionLogFile(t *testing.T) {
	dir := t.TempDir()
	path, log := filepath.Join(dir, "b.tar.gz"), filepath.Join(dir, "decisions.log")
	put(t, path, bundle(t, compiler.Options{Revision: "r1", Epoch: 1}))
	c := configured(path)
	c.DecisionLog = log
	r := run(t, c)
	r.wait(`"bundle loaded"`, `"r1"`)
	r.expect(200, "r1")
	r.hasMetric(`lictor_decision_log_lines_total{result="written"} 1`)
	if err := os.Rename(log, log+".1"); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	r.wait(`"reloaded"`, `"decision log"`)
	r.many(3)
	if err := r.end(); err != nil {
		t.Error(err)
	}
	before, after := logged(t, log+".1"), logged(t, log)
	if len(before) != 1 || len(after) != 3 {
		t.Fatalf("%d lines before and %d after, want 1 and 3", len(before), len(after))
	}
	line := after[2]
	if line["msg"] != "decision" || line["subject_id"] != "lisa" || line["permission"] != "newsletter:read" || line["decision"] != "allow" || line["revision"] != "r1" {
		t.Errorf("line %v", line)
	}
	if info, err := os.Stat(log); err != nil || info.Mode().Perm()&0o007 != 0 {
		t.Errorf("mode %v, %v: others may read it", info.Mode(), err)
	}
}

// TestDecisionLogStderr writes lines among those of the log, as JSON whatever those are.
func TestDecisionLogStderr(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "b.tar.gz")
	put(t, path, bundle(t, compiler.Options{Revision: "r1", Epoch: 1}))
	c := configured(path)
	c.DecisionLog = "stderr"
	r := run(t, c)
	r.expect(200, "r1")
	r.wait(`"msg":"decision"`, `"subject_id":"lisa"`)
	r.hasMetric(`lictor_decision_log_lines_total{result="written"} 1`)
	if _, body := r.get("/metrics"); strings.Contains(body, "access_log") {
		t.Error("there is no access log, and metrics of one")
	}
}

// TestDecisionLogNowhere does not start with a decision log that can never be written, and leaves no access log open.
func TestDecisionLogNowhere(t *testing.T) {
	t.Parallel()
	c := configured("b.tar.gz")
	c.AccessLog = filepath.Join(t.TempDir(), "access.log")
	c.DecisionLog = filepath.Join(t.TempDir(), "missing", "decisions.log")
	var out bytes.Buffer
	err := serve.Run(t.Context(), c, &out, &out)
	if err == nil || !strings.Contains(err.Error(), "decisions.log") {
		t.Errorf("error %v", err)
	}
}

// TestDeadLogs starts with logs that nobody reads or that have no room, answers everything, counts what is lost, and ends
// as soon as it promises to.
func TestDeadLogs(t *testing.T) {
	t.Parallel()
	const decisions = 10_000 // more than pipe and ring hold
	pipe := func(t *testing.T) string {
		t.Helper()
		path := filepath.Join(t.TempDir(), "pipe")
		if err := syscall.Mkfifo(path, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	tests := []struct {
		name string
		path func(*testing.T) string
		lost string
	}{
		{"no reader", pipe, "failed"},
		{"full disk", func(*testing.T) string { return "/dev/full" }, "failed"},
		{"reader that does not read", func(t *testing.T) string {
			t.Helper()
			path := pipe(t)
			r, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { r.Close() })
			return path
		}, "dropped"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "b.tar.gz")
			put(t, path, bundle(t, compiler.Options{Revision: "r1", Epoch: 1}))
			c := configured(path)
			c.DecisionLog, c.AccessLog = tt.path(t), tt.path(t)
			r := run(t, c)
			r.wait(`"bundle loaded"`, `"r1"`)
			r.many(decisions)
			r.many(decisions)
			eventually(t, "the loss of lines", func() bool {
				_, body := r.get("/metrics")
				_, rest, found := strings.Cut(body, `lictor_decision_log_lines_total{result="`+tt.lost+`"} `)
				return found && rest[0] != '0'
			})
			r.expect(200, "r1")
			begun := time.Now()
			if err := r.end(); err != nil {
				t.Error(err)
			}
			if took := time.Since(begun); took > 10*time.Second { // 2 s, and what the machine takes
				t.Errorf("the end took %s", took)
			}
		})
	}
}

// TestFullDecisionLog says at once, and not only after a minute, that lines cannot be written, and why.
func TestFullDecisionLog(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "b.tar.gz")
	put(t, path, bundle(t, compiler.Options{Revision: "r1", Epoch: 1}))
	c := configured(path)
	c.DecisionLog = "/dev/full"
	r := run(t, c)
	r.expect(200, "r1")
	begun := time.Now()
	r.wait(`"lines of the decision log were lost"`, `"failed":1`, `"error":"write /dev/full: no space left on device"`)
	if took := time.Since(begun); took > 30*time.Second { // 10 ms, and what the machine takes
		t.Errorf("it took %s", took)
	}
}

// TestDecisionLogComesBack writes to a pipe as soon as somebody reads it.
func TestDecisionLogComesBack(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path, log := filepath.Join(dir, "b.tar.gz"), filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(log, 0o600); err != nil {
		t.Fatal(err)
	}
	put(t, path, bundle(t, compiler.Options{Revision: "r1", Epoch: 1}))
	c := configured(path)
	c.DecisionLog = log
	r := run(t, c)
	r.wait(`"bundle loaded"`, `"r1"`)
	r.expect(200, "r1")
	r.hasMetric(`lictor_decision_log_lines_total{result="failed"} 1`)
	reader, err := os.OpenFile(log, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	r.expect(200, "r1")
	r.hasMetric(`lictor_decision_log_lines_total{result="written"} 1`)
	line := make([]byte, 4096)
	if n, err := reader.Read(line); err != nil || !strings.Contains(string(line[:n]), `"subject_id":"lisa"`) {
		t.Errorf("%v, %q", err, line[:n])
	}
}
