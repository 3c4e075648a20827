package serve_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/lictor-dev/lictor/cmd/internal/serve"
	"github.com/lictor-dev/lictor/compiler"
)

// eventually looks until it finds, or ends the test.
func eventually(t *testing.T, what string, look func() bool) {
	t.Helper()
	limit, ticker := time.After(patience), time.NewTicker(5*time.Millisecond)
	defer ticker.Stop()
	for !look() {
		select {
		case <-ticker.C:
		case <-limit:
			t.Fatalf("%s did not come within %s", what, patience)
		}
	}
}

// TestMetrics counts what is asked and what becomes of bundles.
func TestMetrics(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "b.tar.gz")
	put(t, path, bundle(t, compiler.Options{Revision: "r1", Epoch: 4}))
	r := run(t, configured(path))
	r.wait(`"bundle loaded"`, `"r1"`)
	r.expect(200, "r1")
	// expect wants lines, and none that is after a "!": how often a change is noticed is not for sure.
	expect := func(lines ...string) {
		t.Helper()
		eventually(t, strings.Join(lines, " and "), func() bool {
			status, body := r.get("/metrics")
			found := status == 200
			for _, line := range lines {
				line, unwanted := strings.CutPrefix(line, "!")
				found = found && strings.Contains(body, "\n"+line+"\n") != unwanted
			}
			return found
		})
	}
	expect(
		`lictor_decisions_total{code="allowed",result="allow"} 1`,
		`lictor_requests_total{route="/v1/check",status="200"} 1`,
		`lictor_request_duration_seconds_count{route="/v1/check"} 1`,
		`lictor_bundle_events_total{kind="loaded"} 1`,
		`lictor_bundle_events_total{kind="refused"} 0`,
		`lictor_generation_info{revision="r1"} 1`,
		`lictor_generation_epoch 4`,
		`lictor_ready 1`,
		`lictor_refused_bundles 0`,
		`lictor_open_connections{listener="admin"} 1`,
	)
	put(t, path, []byte("no bundle"))
	r.wait(`"bundle refused"`)
	expect(`!lictor_bundle_events_total{kind="refused"} 0`, `lictor_refused_bundles 1`, `lictor_ready 1`, `lictor_generation_info{revision="r1"} 1`)
	put(t, path, bundle(t, compiler.Options{Revision: "r2", Epoch: 5}))
	r.wait(`"bundle loaded"`, `"r2"`)
	expect(`lictor_bundle_events_total{kind="loaded"} 2`, `lictor_refused_bundles 0`, `lictor_generation_info{revision="r2"} 1`)
	if _, body := r.get("/metrics"); strings.Contains(body, `"r1"`) || strings.Contains(body, "lisa") || strings.Contains(body, "access_log") {
		t.Errorf("metrics hold what they should not:\n%s", body)
	}
	if status, _ := r.get("/debug/pprof/heap"); status != 404 {
		t.Errorf("profiles without being asked for: %d", status)
	}
	if err := r.end(); err != nil {
		t.Error(err)
	}
}

// TestAccessLogFile writes a line for each request to a file, and to a new one when the file is moved away. Nothing that was
// answered is missing at the end.
func TestAccessLogFile(t *testing.T) {
	dir := t.TempDir()
	path, access := filepath.Join(dir, "b.tar.gz"), filepath.Join(dir, "access.log")
	put(t, path, bundle(t, compiler.Options{Revision: "r1", Epoch: 1}))
	c := configured(path)
	c.AccessLog = access
	r := run(t, c)
	r.wait(`"bundle loaded"`, `"r1"`)
	r.expect(200, "r1")
	eventually(t, "the first line", func() bool { return len(logged(t, access)) == 1 })
	if err := os.Rename(access, access+".1"); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	r.wait(`"reloaded"`, `"access log"`)
	r.expect(200, "r1")
	r.expect(200, "r1")
	if err := r.end(); err != nil {
		t.Error(err)
	}
	before, after := logged(t, access+".1"), logged(t, access)
	if len(before) != 1 || len(after) != 2 {
		t.Fatalf("%d lines before and %d after, want 1 and 2", len(before), len(after))
	}
	line := after[1]
	if line["route"] != "/v1/check" || line["status"] != 200.0 || line["code"] != "allowed" || line["revision"] != "r1" || line["msg"] != "request" {
		t.Errorf("line %v", line)
	}
	if text, err := os.ReadFile(access); err != nil || bytes.Contains(text, []byte("lisa")) {
		t.Errorf("a subject is in the access log: %s, %v", text, err)
	}
}

// logged returns the lines of a log, nil when there is none.
func logged(t *testing.T, path string) (lines []map[string]any) {
	t.Helper()
	text, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return nil
	} else if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		var members map[string]any
		if err := json.Unmarshal([]byte(line), &members); err != nil {
			t.Fatalf("line %q: %v", line, err)
		}
		lines = append(lines, members)
	}
	return lines
}

// TestAccessLogStderr writes access lines among those of the log.
func TestAccessLogStderr(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "b.tar.gz")
	put(t, path, bundle(t, compiler.Options{Revision: "r1", Epoch: 1}))
	c := configured(path)
	c.AccessLog = "stderr"
	r := run(t, c)
	r.expect(200, "r1")
	r.wait(`"msg":"request"`, `"route":"/v1/check"`)
	eventually(t, "the count of lines", func() bool {
		_, body := r.get("/metrics")
		return strings.Contains(body, `lictor_access_log_lines_total{result="written"} 1`)
	})
}

// TestAccessLogNowhere does not start with an access log that cannot be written.
func TestAccessLogNowhere(t *testing.T) {
	t.Parallel()
	c := configured("b.tar.gz")
	c.AccessLog = filepath.Join(t.TempDir(), "missing", "access.log")
	var out bytes.Buffer
	err := serve.Run(t.Context(), c, &out, &out)
	if err == nil || !strings.Contains(err.Error(), "access.log") {
		t.Errorf("error %v", err)
	}
}
