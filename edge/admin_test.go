package edge_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lictor-dev/lictor/bundles"
	"github.com/lictor-dev/lictor/edge"
	"github.com/lictor-dev/lictor/edge/observe"
	"github.com/lictor-dev/lictor/runtime/live"
)

// TestExplain answers an operator with reasons that callers of the data listener may not ask for.
func TestExplain(t *testing.T) {
	t.Parallel()
	var n notebook
	e := start(t, edge.Options{Source: newSource(newTableGeneration(t)), Observers: []observe.Observer{&n}, MaxBody: 2000})
	const one = `{"subject":"homer","permission":"newsletter:read"}`
	tests := []struct {
		name, body string
		status     int
		want       string
	}{
		{"one", one, 200, `"reason":{"code":"allowed","text":"`},
		{"explain said", strings.Replace(one, "}", `,"explain":true}`, 1), 200, `"policies":[{"id":`},
		{"explain denied", strings.Replace(one, "}", `,"explain":false}`, 1), 200, `"policies":[{"id":`},
		{"a deny", strings.Replace(one, "read", "burn", 1), 200, `"missing":`},
		{"a batch", "[" + one + "," + one + ",1]", 200, `{"error":"`},
		{"malformed", `{"subject":"homer"}`, 400, `{"error":"exactly one of permission, permissions and roles must be given"}`},
		{"empty", ``, 400, `{"error":"the body is empty"}`},
		{"too large", strings.Repeat(" ", 3000) + one, 413, `{"error":"body too large"}`},
	}
	for _, tt := range tests {
		got := written(t, e.call, request("/v1/explain", tt.body))
		if got.Status != tt.status || !strings.Contains(got.Body, tt.want) {
			t.Errorf("%s: %d %s, want %d with %s", tt.name, got.Status, got.Body, tt.status, tt.want)
		}
	}
	batch := send(t, e.admin, "POST", "/v1/explain", "["+one+","+one+"]").Body
	if n := strings.Count(batch, `"text":`); n != 2 {
		t.Errorf("%d explanations in %s", n, batch)
	}
	if got := send(t, e.admin, "GET", "/v1/explain", ""); got.Status != 405 || got.Header.Get("Allow") != "POST" {
		t.Errorf("GET: %d %v", got.Status, got.Header)
	}
	if len(n.notes) != 0 {
		t.Errorf("observers were told of %d questions of an operator", len(n.notes))
	}
	if got := post(t, e, "/v1/check", strings.Replace(one, "}", `,"explain":true}`, 1)); got.Status != 403 {
		t.Errorf("a caller gets %d %s", got.Status, got.Body)
	}
	if got := post(t, e, "/v1/check", one); strings.Contains(got.Body, "text") {
		t.Errorf("a caller gets %s", got.Body)
	}
}

// TestExplainWithoutGeneration says that there is nothing to answer from.
func TestExplainWithoutGeneration(t *testing.T) {
	t.Parallel()
	e := start(t, edge.Options{Source: newSource(nil)})
	if got := send(t, e.admin, "POST", "/v1/explain", `{}`); got.Status != 503 {
		t.Errorf("%d %s", got.Status, got.Body)
	}
}

// TestGeneration tells an operator all that stands about what runs.
func TestGeneration(t *testing.T) {
	t.Parallel()
	id, other := bundles.Digest{1}, bundles.Digest{2}
	at := time.Unix(now-10, 0)
	g := newGeneration(t, "r1")
	g.Bundle = &bundles.Bundle{ID: id}
	runs := &live.Generation{Revision: "r1", Epoch: 7, ID: id, Path: "/b/r1.tar.gz"}
	head := `{"revision":"r1","epoch":7,"since":"2027-01-15T07:59:00Z","age_seconds":60,"id":"` + id.String() + `","signed":false`
	tests := []struct {
		name   string
		status live.Status
		want   string
	}{
		{"all is well", live.Status{Generation: runs}, head + `,"path":"/b/r1.tar.gz"}`},
		{"the status speaks of another one", live.Status{Generation: &live.Generation{ID: other, Path: "/b/r2.tar.gz"}, Restored: true}, head + `}`},
		{"restored", live.Status{Generation: runs, Restored: true, SourceAway: true}, head + `,"path":"/b/r1.tar.gz","restored":true,"source_away":true}`},
		{"pinned", live.Status{
			Generation: runs, Pinned: &live.Pin{ID: id, Revision: "r1", At: at},
			Waiting: &live.Generation{Revision: "r2", Epoch: 8, ID: other, Path: "/b/r2.tar.gz"},
		}, head + `,"path":"/b/r1.tar.gz","pinned":{"revision":"r1","id":"` + id.String() + `","at":"2027-01-15T07:59:50Z"},"waiting":{"revision":"r2","epoch":8,"id":"` + other.String() + `","path":"/b/r2.tar.gz"}}`},
		{"trouble", live.Status{
			Generation: runs, PinTrouble: "gone", StateTrouble: "no space left",
			Refused: []live.Refusal{{Path: "/b/r3.tar.gz", Reason: "truncated", At: at}},
		}, head + `,"path":"/b/r1.tar.gz","pin_trouble":"gone","state_trouble":"no space left","refused":[{"path":"/b/r3.tar.gz","reason":"truncated","at":"2027-01-15T07:59:50Z"}]}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := start(t, edge.Options{Source: newSource(g), Status: func() live.Status { return tt.status }})
			if diff := cmp.Diff(tt.want, send(t, e.admin, "GET", "/v1/generation", "").Body); diff != "" {
				t.Errorf("generation (-want +got):\n%s", diff)
			}
			_, details, _ := strings.Cut(tt.want, `"signed":false`)
			details = strings.Replace(details, `,"path":"/b/r1.tar.gz"`, "", 1)
			if diff := cmp.Diff(`{"ready":true,"revision":"r1"`+details, send(t, e.admin, "GET", "/readyz", "").Body); diff != "" {
				t.Errorf("readiness (-want +got):\n%s", diff)
			}
		})
	}
}

// TestMetricsRoute answers /metrics with what was given to answer it, for operators only.
func TestMetricsRoute(t *testing.T) {
	t.Parallel()
	metrics := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/x-"+r.Header.Get("Accept"))
		_, _ = io.WriteString(w, "lictor_ready 1\n")
	})
	e := start(t, edge.Options{Source: newSource(newGeneration(t, "r1")), Metrics: metrics})
	got := send(t, e.admin, "GET", "/metrics", "", "Accept: tea")
	if got.Status != 200 || got.Body != "lictor_ready 1" || got.Header.Get("Content-Type") != "text/x-tea" {
		t.Errorf("%+v", got)
	}
	if got := send(t, e.admin, "HEAD", "/metrics", ""); got.Status != 200 || got.Body != "" || got.Header.Get("Content-Length") != "15" {
		t.Errorf("HEAD: %+v", got)
	}
	if got := send(t, e.admin, "POST", "/metrics", ""); got.Status != 405 || got.Header.Get("Allow") != "GET, HEAD" {
		t.Errorf("POST: %+v", got)
	}
	var n notebook
	broken := start(t, edge.Options{
		Source: newSource(newGeneration(t, "r1")), Observers: []observe.Observer{&n},
		Metrics: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("broken") }),
	})
	for range 2 {
		if got := send(t, broken.admin, "GET", "/metrics", ""); got.Status != 500 || strings.Contains(got.Body, "broken") || len(n.notes) != 0 {
			t.Errorf("a panic: %+v, observed %v", got, n.notes)
		}
	}
	without := start(t, edge.Options{Source: newSource(newGeneration(t, "r1"))})
	if got := send(t, without.admin, "GET", "/metrics", ""); got.Status != 404 {
		t.Errorf("without metrics: %+v", got)
	}
}

// TestProfiling answers profiles when it is on, also those that take longer than an answer may take to be written.
func TestProfiling(t *testing.T) {
	t.Parallel()
	e := start(t, edge.Options{Source: newSource(newGeneration(t, "r1")), Profiling: true, WriteTimeout: 200 * time.Millisecond, Clock: time.Now})
	for path, compressed := range map[string]bool{
		"/debug/pprof/": false, "/debug/pprof/symbol": false, "/debug/pprof/goroutine": true, "/debug/pprof/heap": true,
		"/debug/pprof/allocs": true, "/debug/pprof/block": true, "/debug/pprof/mutex": true, "/debug/pprof/threadcreate": true,
		"/debug/pprof/profile?seconds=1": true,
	} {
		status, body := raw(t, e.admin, path)
		_, err := gzip.NewReader(bytes.NewReader(body))
		if status != 200 || len(body) == 0 || (err == nil) != compressed {
			t.Errorf("%s: %d with %d bytes, %v", path, status, len(body), err)
		}
	}
	if status, body := raw(t, e.admin, "/debug/pprof/goroutine?debug=2"); status != 200 || !bytes.Contains(body, []byte("goroutine ")) {
		t.Errorf("goroutines: %d %.100s", status, body)
	}
	off := start(t, edge.Options{Source: newSource(newGeneration(t, "r1"))})
	for _, path := range []string{"/debug/pprof/", "/debug/pprof/heap", "/debug/pprof/profile", "/debug/pprof/cmdline"} {
		if status, _ := raw(t, off.admin, path); status != 404 {
			t.Errorf("%s when it is off: %d", path, status)
		}
	}
	if status, _ := raw(t, e.admin, "/debug/pprof/cmdline"); status != 404 {
		t.Errorf("the command line: %d", status)
	}
}

// raw sends one request whose answer is no text.
func raw(t *testing.T, c *http.Client, path string) (int, []byte) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://edge"+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := c.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, body
}

// TestProfilingEndsWithTheServer wants a profile that would take minutes not to hold up the end.
func TestProfilingEndsWithTheServer(t *testing.T) {
	t.Parallel()
	e := start(t, edge.Options{Source: newSource(newGeneration(t, "r1")), Profiling: true})
	ended := make(chan answer, 1)
	go func() {
		ended <- try(context.WithoutCancel(t.Context()), e.admin, "GET", "/debug/pprof/trace?seconds=600", "")
	}()
	for { // until the trace runs
		if _, body := raw(t, e.admin, "/debug/pprof/goroutine?debug=2"); bytes.Contains(body, []byte("pprof.Trace(")) {
			break
		}
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), patience/2)
	defer cancel()
	if err := e.server.Shutdown(ctx); err != nil {
		t.Error(err)
	}
	await(t, ended, "the end of the trace")
}

// TestReportsAreJSON wants every answer of the admin listener that is ours to be one JSON object.
func TestReportsAreJSON(t *testing.T) {
	t.Parallel()
	e := start(t, edge.Options{Source: newSource(newGeneration(t, "r1"))})
	for _, path := range []string{"/healthz", "/readyz", "/v1/generation", "/v1/explain", "/metrics", "/"} {
		got := send(t, e.admin, "GET", path, "")
		var object map[string]any
		if err := json.Unmarshal([]byte(got.Body), &object); err != nil || got.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s: %s %v", path, got.Body, err)
		}
		head := send(t, e.admin, "HEAD", path, "")
		if head.Status != got.Status || head.Body != "" {
			t.Errorf("HEAD %s: %d %q, GET answers %d", path, head.Status, head.Body, got.Status)
		}
	}
}
