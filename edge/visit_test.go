package edge_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lictor-dev/lictor/edge"
	"github.com/lictor-dev/lictor/edge/caller"
	"github.com/lictor-dev/lictor/edge/observe"
	"github.com/lictor-dev/lictor/runtime/decision"
)

// notebook keeps what it is told.
type notebook struct {
	mu    sync.Mutex
	notes []observe.Answered
}

func (n *notebook) Observe(a *observe.Answered) {
	n.mu.Lock()
	defer n.mu.Unlock()
	kept := *a
	kept.RequestID, kept.Lane = slices.Clone(a.RequestID), 0 // any lane will do
	n.notes = append(n.notes, kept)
}

// TestObserve looks at what an observer is told of requests that end in different ways.
func TestObserve(t *testing.T) {
	t.Parallel()
	at := time.Unix(now, 0)
	tests := []struct {
		name, method, path, body string
		want                     observe.Answered
	}{
		{"allow", "POST", evaluation, question(), observe.Answered{
			Route: evaluation, Method: "POST", Status: 200, Decided: [decision.CodeCount]uint32{decision.Allowed: 1},
		}},
		{"a batch", "POST", "/v1/check", `[{"subject":"homer","permissions":["newsletter:read","a"]},{"subject":"burns","roles":["editor"]},1]`, observe.Answered{
			Route: "/v1/check", Method: "POST", Status: 200,
			Decided: [decision.CodeCount]uint32{decision.Allowed: 1, decision.NoGrant: 2},
		}},
		{"malformed", "POST", "/v1/check", `{`, observe.Answered{Route: "/v1/check", Method: "POST", Status: 400}},
		{"method", "PUT", "/v1/check", `{}`, observe.Answered{Route: "/v1/check", Status: 405}},
		{"path", "GET", "/v1/check/secret", ``, observe.Answered{Status: 404}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var n notebook
			e := start(t, edge.Options{Source: newSource(newTableGeneration(t)), Observers: []observe.Observer{&n}})
			got := send(t, e.data, tt.method, tt.path, tt.body, typeJSON, "X-Request-ID: 7")
			send(t, e.admin, "GET", "/healthz", "")
			tt.want.Revision, tt.want.RequestID, tt.want.Start = "r1", []byte("7"), at
			tt.want.BodyBytes, tt.want.SentBytes = len(tt.body), len(got.Body)+1
			if diff := cmp.Diff([]observe.Answered{tt.want}, n.notes); diff != "" {
				t.Errorf("notes (-want +got):\n%s", diff)
			}
		})
	}
}

// TestServerTiming wants the header when it is asked for, also of a refusal, and not otherwise.
func TestServerTiming(t *testing.T) {
	t.Parallel()
	e := start(t, edge.Options{Source: newSource(newTableGeneration(t))})
	for _, body := range []string{question(), `{`} {
		if got := post(t, e, evaluation, body); got.Header.Get("Server-Timing") != "" {
			t.Errorf("not asked for: %v", got.Header)
		}
		got := post(t, e, evaluation, body, "Lictor-Timing: 1").Header.Get("Server-Timing")
		if want := "read;dur=0.000000, decide;dur=0.000000"; got != want {
			t.Errorf("Server-Timing %q, want %q", got, want)
		}
	}
}

// guests knows the callers by what they send.
type guests map[string]*caller.Caller

func (g guests) Authenticate(authorization []byte) *caller.Caller { return g[string(authorization)] }

// TestAuthenticate turns away who does not prove who it is, before anything else of the question counts.
func TestAuthenticate(t *testing.T) {
	t.Parallel()
	var n notebook
	e := start(t, edge.Options{
		Source: newSource(newTableGeneration(t)), Observers: []observe.Observer{&n},
		Authenticate: guests{"Bearer a": {Name: "gateway"}, "Bearer b": {Name: "console", Explain: true}},
	})
	explain := `{"subject":"homer","permission":"newsletter:read","explain":true}`
	tests := []struct {
		name, path, body, credentials string
		status                        int
		caller                        string
	}{
		{"nobody", evaluation, question(), "", 401, ""},
		{"nobody, malformed", "/v1/check", `{`, "", 401, ""},
		{"somebody else", evaluation, question(), "Authorization: Bearer c", 401, ""},
		{"a caller and nobody", evaluation, question(), "Authorization: Bearer a\nAuthorization: Bearer c", 401, ""},
		{"a caller twice", evaluation, question(), "Authorization: Bearer a\nAuthorization: Bearer a", 401, ""},
		{"a caller", evaluation, question(), "Authorization: Bearer a", 200, "gateway"},
		{"a caller who may not ask why", "/v1/check", explain, "Authorization: Bearer a", 403, "gateway"},
		{"a caller who may", "/v1/check", explain, "Authorization: Bearer b", 200, "console"},
	}
	for _, tt := range tests {
		got := post(t, e, tt.path, tt.body, strings.Split(tt.credentials, "\n")...)
		if got.Status != tt.status {
			t.Errorf("%s: %d %s, want %d", tt.name, got.Status, got.Body, tt.status)
		}
		if challenge := got.Header.Get("WWW-Authenticate"); (challenge != "") != (tt.status == 401) || !strings.HasPrefix(challenge+"Bearer ", "Bearer ") {
			t.Errorf("%s: WWW-Authenticate %q", tt.name, challenge)
		}
		if told := n.notes[len(n.notes)-1].Caller; told != tt.caller {
			t.Errorf("%s: caller %q, want %q", tt.name, told, tt.caller)
		}
	}
	large := `{"subject":"homer","permission":"newsletter:read"}` + strings.Repeat(" ", 65<<10)
	for asked, want := range map[string]int{
		request("/v1/check", large, "Authorization: Bearer a"): 200,
		request("/v1/check", large, "Authorization: Bearer c"): 413,
		request("/v1/check", large):                            413,
	} {
		if got := written(t, e.dial, asked); got.Status != want {
			t.Errorf("%.150q and a large body: %d, want %d", asked, got.Status, want)
		}
	}
	if got := send(t, e.admin, "GET", "/readyz", ""); got.Status != 200 {
		t.Errorf("operators are asked for credentials: %d", got.Status)
	}
}
