package proxy_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lictor-dev/lictor/runtime/proxy"
)

// exchange is a request in memory. It is 200 until it is refused.
type exchange struct {
	method, uri string
	headers     http.Header
	status      int
	challenge   string
	fault       error // what every question for the request gives
	panics      bool  // what it does instead
}

func (a asked) exchange() *exchange {
	x := &exchange{method: a.method, uri: a.uri, headers: http.Header{}, status: 200}
	for name, value := range map[string]string{"X-User": a.user, "X-Organisation": a.organisation} {
		if value != "" {
			x.headers.Set(name, value)
		}
	}
	return x
}

func (x *exchange) fail() error {
	if x.panics {
		panic("rosa's secret")
	}
	return x.fault
}

func (x *exchange) Method() (string, error)              { return x.method, x.fail() }
func (x *exchange) URI() (string, error)                 { return x.uri, x.fail() }
func (x *exchange) Header(name string) ([]string, error) { return x.headers.Values(name), x.fail() }
func (x *exchange) SetHeader(name, value string)         { x.headers.Set(name, value) }
func (x *exchange) RemoveHeader(name string)             { x.headers.Del(name) }

func (x *exchange) Refuse(status int, challenge string) { x.status, x.challenge = status, challenge }

// newGate returns a gate of a configuration, at a time when all subjects are what they are.
func newGate(t testing.TB, config object, log func(proxy.Level, string)) *proxy.Gate {
	t.Helper()
	gate, err := proxy.New([]byte(config.text(t)), proxy.Environment{
		Log: log, Now: func() time.Time { return time.Date(2026, time.March, 1, 0, 0, 0, 0, time.UTC) },
	})
	if err != nil {
		t.Fatal(err)
	}
	return gate
}

func TestGatePrefix(t *testing.T) {
	t.Parallel()
	var log string
	gate := newGate(t, inline(bundle(t, draft{})).with(object{"strip_prefix": "/api/v1"}), func(_ proxy.Level, text string) { log = text })
	tests := []struct {
		uri    string
		want   int
		reason string
	}{
		{"/api/v1/login", 200, ""},
		{"/api/v1/login?x", 200, ""},
		{"/api/v1?x=/login", 401, "no_route"},
		{"/api/v1", 401, "no_route"},
		{"/api/v1/", 401, "no_route"},
		{"/login", 403, "other_prefix"},
		{"/api/v1login", 403, "other_prefix"},
		{"/api/v2/login", 403, "other_prefix"},
		{"/API/v1/login", 403, "other_prefix"},
		{"/api/%761/login", 403, "other_prefix"},
		{"/api/v1/../login", 403, "bad_path"},
		{"/api/v1//login", 403, "bad_path"},
		{"/x/../api/v1/login", 403, "other_prefix"},
		{"?/api/v1/login", 403, "no_path"},
		{"", 403, "no_path"},
		{"*", 403, "no_path"},
		{"http://shop.example/api/v1/login", 403, "no_path"},
	}
	for _, tt := range tests {
		t.Run(tt.uri, func(t *testing.T) {
			x := asked{method: "GET", uri: tt.uri}.exchange()
			if pass := gate.Handle(x); pass != (tt.want == 200) || x.status != tt.want {
				t.Errorf("passes: %v, status %d, want %d", pass, x.status, tt.want)
			}
			if !strings.HasSuffix(log, tt.reason) {
				t.Errorf("log %q, want the reason %q", log, tt.reason)
			}
		})
	}
}

// TestGateUpstream wants upstream to see what is known, and nothing that the client says about it.
func TestGateUpstream(t *testing.T) {
	t.Parallel()
	gate := newGate(t, inline(bundle(t, draft{revision: "r7"})).with(object{"upstream_headers": object{
		"X-Revision": "revision", "X-Rule": "rule", "X-Subject": "subject", "X-Type": "subject_type", "X-Org": "organisation",
	}}), nil)
	tests := []struct {
		name string
		ask  asked
		want http.Header
	}{
		{"nobody", asked{method: "GET", uri: "/login"}, http.Header{"X-Revision": {"r7"}, "X-Rule": {"rules.yaml:23"}}},
		{"somebody", asked{method: "POST", uri: "/newsletters/1/print", user: "homer", organisation: "SNPP"}, http.Header{
			"X-User": {"homer"}, "X-Organisation": {"SNPP"}, "X-Revision": {"r7"}, "X-Rule": {"rules.yaml:33"}, "X-Subject": {"homer"},
			"X-Type": {"user"}, "X-Org": {"SNPP"},
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			x := tt.ask.exchange()
			for _, name := range []string{"X-Revision", "X-Rule", "X-Subject", "X-Type", "X-Org"} {
				x.headers[name] = []string{"forged", "twice"}
			}
			if !gate.Handle(x) {
				t.Fatalf("status %d", x.status)
			}
			if diff := cmp.Diff(tt.want, x.headers); diff != "" {
				t.Errorf("headers (-want +got):\n%s", diff)
			}
		})
	}
}

// TestGateOddNames wants names of files and types that are no text of a header to stay out of headers and of the log's lines.
func TestGateOddNames(t *testing.T) {
	t.Parallel()
	files := fstest.MapFS{"a\r\nX-Evil: 1.yaml": {Data: []byte(newsletter)}}
	var lines []string
	gate := newGate(t, inline(bundle(t, draft{files: files})).with(object{
		"subject_type": "user\nX-Evil: 1", "upstream_headers": object{"X-Rule": "rule", "X-Type": "subject_type"},
	}), func(_ proxy.Level, text string) { lines = append(lines, text) })
	x := asked{method: "GET", uri: "/login", user: "homer"}.exchange()
	x.headers["X-Rule"] = []string{"forged"}
	if !gate.Handle(x) {
		t.Fatalf("status %d", x.status)
	}
	if diff := cmp.Diff(http.Header{"X-User": {"homer"}}, x.headers); diff != "" {
		t.Errorf("headers (-want +got):\n%s", diff)
	}
	lines = nil
	if gate.Handle(asked{method: "PUT", uri: "/newsletters/1", user: "homer"}.exchange()) {
		t.Error("it passed")
	}
	want := []string{`refused with 403 by the rule at "a\r\nX-Evil: 1.yaml:29": not_satisfied`}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
}

// TestGateConnection wants no client to keep from upstream what it is to see.
func TestGateConnection(t *testing.T) {
	t.Parallel()
	var log string
	gate := newGate(t, inline(bundle(t, draft{})).with(object{"upstream_headers": object{"X-Subject": "subject"}}),
		func(_ proxy.Level, text string) { log = text })
	for _, tt := range []struct {
		connection []string
		want       int
	}{
		{nil, 200},
		{[]string{"keep-alive, Upgrade", ""}, 200},
		{[]string{"X-Subjects"}, 200},
		{[]string{"x-subject"}, 403},
		{[]string{"close", "keep-alive,\tX-Subject ,"}, 403},
		{[]string{"X-User"}, 403},
		{[]string{"X-Organisation"}, 403},
	} {
		x := asked{method: "GET", uri: "/login", user: "homer"}.exchange()
		x.headers["Connection"] = tt.connection
		if pass := gate.Handle(x); pass != (tt.want == 200) || x.status != tt.want {
			t.Errorf("%q: passed %t, status %d, want %d", tt.connection, pass, x.status, tt.want)
		}
		if tt.want == 403 && log != "refused with 403: hop_by_hop" {
			t.Errorf("%q: log %q", tt.connection, log)
		}
	}
}

// TestGateFaults wants whatever goes wrong with a request to keep it out, and nothing of it in the log.
func TestGateFaults(t *testing.T) {
	t.Parallel()
	var log []string
	gate := newGate(t, inline(bundle(t, draft{})), func(_ proxy.Level, text string) { log = append(log, text) })
	tests := []struct {
		name   string
		change func(*exchange)
		status int
		log    string
	}{
		{"a host that knows nothing", func(x *exchange) { x.fault = errors.New("rosa's secret") }, 403, "refused with 403: no_method"},
		{"a panic", func(x *exchange) { x.panics = true }, 503, "BUG: panic with string"},
		{"a header with a NUL", func(x *exchange) { x.headers["X-User"] = []string{"ro\x00sa"} }, 401, "not_authenticated"},
		{"a header with a space", func(x *exchange) { x.headers["X-User"] = []string{"rosa "} }, 401, "not_authenticated"},
		{"no method", func(x *exchange) { x.method = "" }, 403, "bad_method"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			x := asked{method: "GET", uri: "/newsletters", user: "rosa"}.exchange()
			tt.change(x)
			log = nil
			if pass := gate.Handle(x); pass || x.status != tt.status {
				t.Errorf("passes: %v, status %d, want %d", pass, x.status, tt.status)
			}
			if len(log) != 1 || !strings.HasSuffix(log[0], tt.log) {
				t.Errorf("log %q, want %q", log, tt.log)
			}
			if x := (asked{method: "GET", uri: "/newsletters", user: "rosa"}).exchange(); !gate.Handle(x) {
				t.Errorf("afterwards: status %d", x.status)
			}
		})
	}
}

// TestGateWithoutSubjects wants nobody to be authenticated where no header is configured to say so.
func TestGateWithoutSubjects(t *testing.T) {
	t.Parallel()
	gate := newGate(t, inline(bundle(t, draft{})).with(object{"subject_header": nil}), nil)
	for uri, want := range map[string]int{"/login": 200, "/newsletters": 401} {
		x := asked{method: "GET", uri: uri, user: "rosa"}.exchange()
		if gate.Handle(x); x.status != want {
			t.Errorf("%s: %d, want %d", uri, x.status, want)
		}
	}
}

// TestGateOpenRoutes wants paths that no rule binds to pass where the definitions say so, and faults to be kept out all the same.
func TestGateOpenRoutes(t *testing.T) {
	t.Parallel()
	gate := newGate(t, inline(bundle(t, draft{
		definitions: strings.Replace(newsletter, "roles:", "options: {unmatched_routes: allow}\nroles:", 1),
	})).with(object{"strip_prefix": "/api"}), nil)
	for uri, want := range map[string]int{
		"/api/nowhere": 200, "/api/newsletters": 401, "/nowhere": 403, "/api/../nowhere": 403, "/api/nowhere//x": 403, "/api/%zz": 403,
	} {
		x := asked{method: "GET", uri: uri}.exchange()
		if gate.Handle(x); x.status != want {
			t.Errorf("%s: %d, want %d", uri, x.status, want)
		}
	}
}

// TestGateZero wants a gate that nobody has set up to let nothing pass.
func TestGateZero(t *testing.T) {
	t.Parallel()
	broken, err := proxy.New([]byte("{}"), proxy.Environment{})
	if err == nil {
		t.Error("an empty configuration is accepted")
	}
	for _, gate := range []*proxy.Gate{{}, broken} {
		x := asked{method: "GET", uri: "/login"}.exchange()
		if gate.Handle(x) || x.status != 503 {
			t.Errorf("status %d", x.status)
		}
	}
}
