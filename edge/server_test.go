package edge_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/edge"
	"github.com/lictor-dev/lictor/edge/exchange"
	"github.com/lictor-dev/lictor/edge/observe"
	"github.com/lictor-dev/lictor/runtime/decision"
)

func TestRoutes(t *testing.T) {
	t.Parallel()
	e := start(t, edge.Options{Source: newSource(newGeneration(t, "r1"))})
	tests := []struct {
		plane, method, path string
		status              int
		allow, body         string
	}{
		{"data", "GET", evaluation, 405, "POST", `"method not allowed"`},
		{"data", "HEAD", evaluation, 405, "POST", ``},
		{"data", "OPTIONS", evaluation, 405, "POST", `"method not allowed"`},
		{"data", "PUT", "/v1/check", 405, "POST", `{"error":"method not allowed"}`},
		{"data", "POST", "/", 404, "", `{"error":"not found"}`},
		{"data", "POST", "/access/v1/evaluation/", 404, "", `{"error":"not found"}`},
		{"data", "POST", "//access/v1/evaluation", 404, "", `{"error":"not found"}`},
		{"data", "POST", "/x/../access/v1/evaluation", 404, "", `{"error":"not found"}`},
		{"data", "POST", "/access/v1%2Fevaluation", 404, "", `{"error":"not found"}`},
		{"data", "GET", "/healthz", 404, "", `{"error":"not found"}`},
		{"data", "GET", "/v1/generation", 404, "", `{"error":"not found"}`},
		{"admin", "POST", evaluation, 404, "", `{"error":"not found"}`},
		{"admin", "POST", "/healthz", 405, "GET, HEAD", `{"error":"method not allowed"}`},
		{"admin", "GET", "/healthz", 200, "", `{"status":"ok"}`},
		{"admin", "HEAD", "/healthz", 200, "", ""},
		{"admin", "GET", "/readyz", 200, "", `{"ready":true,"revision":"r1"}`},
		{"admin", "GET", "/v1/generation", 200, "", `{"revision":"r1","epoch":7,"since":"2027-01-15T07:59:00Z","age_seconds":60,"signed":false}`},
		{"admin", "GET", "/v1/generation?x=1", 200, "", `{"revision":"r1","epoch":7,"since":"2027-01-15T07:59:00Z","age_seconds":60,"signed":false}`},
	}
	for _, tt := range tests {
		t.Run(tt.plane+" "+tt.method+" "+tt.path, func(t *testing.T) {
			t.Parallel()
			c := map[string]*http.Client{"data": e.data, "admin": e.admin}[tt.plane]
			got := send(t, c, tt.method, tt.path, "", "X-Request-ID: 7")
			if got.Status != tt.status || got.Body != tt.body || got.Header.Get("Allow") != tt.allow {
				t.Errorf("%d %q, Allow %q", got.Status, got.Body, got.Header.Get("Allow"))
			}
			if got.Header.Get("Lictor-Revision") != "r1" || got.Header.Get("X-Request-ID") != "7" || got.Header.Get("Server") != "" {
				t.Errorf("headers %v", got.Header)
			}
		})
	}
}

func TestNoGeneration(t *testing.T) {
	t.Parallel()
	e := start(t, edge.Options{Source: newSource(nil)})
	tests := []struct {
		client             *http.Client
		method, path, want string
		status             int
	}{
		{e.data, "POST", evaluation, `"no good bundle to answer from"`, 503},
		{e.data, "POST", "/v1/check", `{"error":"no good bundle to answer from"}`, 503},
		{e.admin, "GET", "/healthz", `{"status":"ok"}`, 200},
		{e.admin, "GET", "/readyz", `{"ready":false,"reason":"no good bundle to answer from"}`, 503},
		{e.admin, "GET", "/v1/generation", `{"error":"no good bundle to answer from"}`, 503},
	}
	for _, tt := range tests {
		t.Run(tt.path, func(t *testing.T) {
			t.Parallel()
			got := send(t, tt.client, tt.method, tt.path, "", typeJSON)
			if got.Status != tt.status || got.Body != tt.want {
				t.Errorf("%d %q, want %d %q", got.Status, got.Body, tt.status, tt.want)
			}
			if asked := tt.status == 503 && tt.path != "/v1/generation"; (got.Header.Get("Retry-After") == "1") != asked {
				t.Errorf("Retry-After %q", got.Header.Get("Retry-After"))
			}
			if _, ok := got.Header["Lictor-Revision"]; ok {
				t.Error("a revision without a generation")
			}
		})
	}
}

// broken is an engine that cannot answer: it returns an error, or panics when it has none.
type broken struct{ err error }

func (b broken) Decide(*decision.Request) (decision.Decision, error) {
	if b.err == nil {
		panic("BUG: secret of the engine")
	}
	return decision.Decision{Allowed: true, Code: decision.Allowed}, b.err
}

func (b broken) Deciding(r *decision.Request, dst []policy.ID) (decision.Decision, []policy.ID, error) {
	d, err := b.Decide(r)
	return d, dst, err
}

func (b broken) HasRole(*decision.Request, string) (bool, error) { return true, b.err }

// confused is an engine whose answer contradicts itself.
type confused struct{ broken }

func (confused) Decide(*decision.Request) (decision.Decision, error) {
	return decision.Decision{Allowed: true}, nil
}

func TestBrokenEngine(t *testing.T) {
	t.Parallel()
	generation := func(engine decision.Engine) *exchange.Generation {
		g := newGeneration(t, "r1")
		g.Engine = engine
		return g
	}
	tests := []struct {
		name       string
		engine     decision.Engine
		path, body string
		status     int
		want       string
	}{
		{"error", broken{errors.New("secret")}, evaluation, question(), 500, `"internal error"`},
		{"panic", broken{}, evaluation, question(), 500, `"internal error"`},
		{"error in a check", broken{errors.New("secret")}, "/v1/check", `{"subject":"homer","permission":"a"}`, 500, `{"error":"internal error"}`},
		{"error in a role check", broken{errors.New("secret")}, "/v1/check", `{"subject":"homer","roles":["a"]}`, 500, `{"error":"internal error"}`},
		{"error in a batch", broken{errors.New("secret")}, "/v1/check", `[{"subject":"homer","permission":"a"}]`, 500, `{"error":"internal error"}`},
		{
			"contradiction in a check",
			confused{},
			"/v1/check", `{"subject":"homer","permission":"a"}`, 200,
			`{"allowed":false,"results":[{"permission":"a","decision":"DENY","reason":{"code":"no_grant"}}],"revision":"r1"}`,
		},
		{"contradiction", confused{}, evaluation, question(), 200, `{"decision":false,"context":{"reason":"no_grant","revision":"r1"}}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newSource(generation(tt.engine))
			e := start(t, edge.Options{Source: s})
			got := post(t, e, tt.path, tt.body, "X-Request-ID: 7")
			if got.Status != tt.status || got.Body != tt.want || got.Header.Get("X-Request-ID") != "7" {
				t.Errorf("%d %q %v", got.Status, got.Body, got.Header)
			}
			s.Store(newGeneration(t, "r2"))
			if got := post(t, e, evaluation, question()); got.Status != 200 {
				t.Errorf("afterwards: %d %q", got.Status, got.Body)
			}
		})
	}
}

// faltering is an engine that panics after so many decisions.
type faltering struct {
	broken
	left int
}

func (f *faltering) Deciding(r *decision.Request, dst []policy.ID) (decision.Decision, []policy.ID, error) {
	if f.left--; f.left < 0 {
		return f.broken.Deciding(r, dst)
	}
	return decision.Decision{}, dst, nil
}

// TestPanicCountsNothing wants decisions that nobody is told of to be neither counted nor recorded.
func TestPanicCountsNothing(t *testing.T) {
	t.Parallel()
	var n notebook
	var r recorder
	g := newGeneration(t, "r1")
	g.Engine = &faltering{left: 1}
	e := start(t, edge.Options{Source: newSource(g), Observers: []observe.Observer{&n}, DecisionObservers: []observe.DecisionObserver{&r}})
	got := post(t, e, "/v1/check", `{"subject":"homer","permissions":["a","b"]}`)
	if got.Status != 500 || len(n.notes) != 1 || n.notes[0].Status != 500 || n.notes[0].Decided != [decision.CodeCount]uint32{} || len(r.made) > 0 {
		t.Errorf("%d, told %+v and %+v", got.Status, n.notes, r.made)
	}
}

// TestBrokenHTTP sends bytes that never become a request.
func TestBrokenHTTP(t *testing.T) {
	t.Parallel()
	e := start(t, edge.Options{Source: newSource(newGeneration(t, "r1")), MaxBody: 1000, MaxHeader: 2000})
	head := "POST " + evaluation + " HTTP/1.1\r\nHost: edge\r\nContent-Type: application/json\r\nX-Request-ID: 7\r\n"
	tests := []struct {
		name, request string
		status        int
		body          string
	}{
		{"no HTTP", "hello\r\n\r\n", 400, `{"error":"malformed request"}`},
		{"body too large", head + "Content-Length: 1001\r\n\r\n", 413, `{"error":"body too large"}`},
		{"chunks too large", head + "Transfer-Encoding: chunked\r\n\r\n3e9\r\n" + strings.Repeat(" ", 1001) + "\r\n0\r\n\r\n", 413, `{"error":"body too large"}`},
		{"two lengths", head + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", 400, `{"error":"Transfer-Encoding beside Content-Length, or other than chunked"}`},
		{"two lengths, the other way round", head + "transfer-encoding: chunked\r\ncontent-length: 2\r\n\r\n2\r\n{}\r\n0\r\n\r\n", 400, `{"error":"Transfer-Encoding beside Content-Length, or other than chunked"}`},
		{"two lengths of nothing", head + "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n", 400, `{"error":"Transfer-Encoding beside Content-Length, or other than chunked"}`},
		{"no length", head + "Transfer-Encoding: identity\r\n\r\n", 400, `{"error":"Transfer-Encoding beside Content-Length, or other than chunked"}`},
		{"no chunks", head + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, `"the body is empty"`},
		{"chunks", head + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", 400, `"subject is missing"`},
		{"bad chunk", head + "Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400, `{"error":"malformed request"}`},
		{"bad length", head + "Content-Length: x\r\n\r\n", 400, `{"error":"malformed request"}`},
		{"head too large", head + "A: " + strings.Repeat("a", 2000) + "\r\n\r\n", 431, `{"error":"request head too large"}`},
		{"HTTP/1.0", strings.Replace(head, "HTTP/1.1", "HTTP/1.0", 1) + "Content-Length: 2\r\n\r\n{}", 400, `"subject is missing"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := written(t, e.dial, tt.request)
			if got.Status != tt.status || got.Body != tt.body || got.Header.Get("Lictor-Revision") != "r1" {
				t.Errorf("%d %q %v", got.Status, got.Body, got.Header)
			}
		})
	}
}

// TestShutdown asks a question that has begun when the shutdown does, and expects its answer.
func TestShutdown(t *testing.T) {
	t.Parallel()
	g := newGeneration(t, "r1")
	slow := &waiting{Engine: g.Engine, entered: make(chan struct{}), leave: make(chan struct{})}
	g.Engine = slow
	e := start(t, edge.Options{Source: newSource(g)})
	answered := make(chan answer, 1)
	go func() { answered <- try(t.Context(), e.data, "POST", evaluation, question(), typeJSON) }()
	await(t, slow.entered, "the question")
	if got := send(t, e.admin, "GET", "/readyz", ""); got.Status != 200 {
		t.Errorf("before: %d", got.Status)
	}
	shut := make(chan error, 1)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	go func() { shut <- e.server.Shutdown(ctx) }()
	deadline := time.Now().Add(patience)
	for send(t, e.admin, "GET", "/readyz", "").Status != 503 {
		if time.Now().After(deadline) {
			t.Error("still ready while draining")
			break
		}
	}
	close(slow.leave)
	if got := await(t, answered, "the answer"); got.err != nil || got.Status != 200 || got.Header.Get("Lictor-Revision") != "r1" {
		t.Errorf("answer %d, %v", got.Status, got.err)
	}
	e.admin.CloseIdleConnections()
	if err := await(t, shut, "the end"); err != nil {
		t.Errorf("shutdown: %v", err)
	}
}

// TestShutdownDeadline gives up waiting for a question that never ends.
func TestShutdownDeadline(t *testing.T) {
	t.Parallel()
	g := newGeneration(t, "r1")
	slow := &waiting{Engine: g.Engine, entered: make(chan struct{}), leave: make(chan struct{})}
	g.Engine = slow
	e := start(t, edge.Options{Source: newSource(g)})
	answered := make(chan answer, 1)
	go func() { answered <- try(t.Context(), e.data, "POST", evaluation, question(), typeJSON) }()
	await(t, slow.entered, "the question")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := e.server.Shutdown(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("shutdown: %v", err)
	}
	close(slow.leave)
	await(t, answered, "the answer")
}

// waiting is an engine that tells when a question has come and waits before it answers.
type waiting struct {
	decision.Engine
	entered, leave chan struct{}
}

func (w *waiting) Decide(r *decision.Request) (decision.Decision, error) {
	close(w.entered)
	<-w.leave
	return w.Engine.Decide(r)
}

func TestNewWithoutSource(t *testing.T) {
	t.Parallel()
	defer func() {
		if diff := cmp.Diff(any("BUG: edge.New without a source"), recover()); diff != "" {
			t.Errorf("panic (-want +got):\n%s", diff)
		}
	}()
	edge.New(edge.Options{})
}
