package metrics_test

import (
	"bufio"
	"errors"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"github.com/lictor-dev/lictor/edge/metrics"
	"github.com/lictor-dev/lictor/edge/observe"
	"github.com/lictor-dev/lictor/runtime/decision"
	"github.com/lictor-dev/lictor/runtime/live"
	"github.com/lictor-dev/lictor/runtime/wasm"
)

const evaluation = "/access/v1/evaluation"

// newMetrics returns metrics that follow a state with everything in it.
func newMetrics(status *live.Status) *metrics.Metrics {
	m := metrics.New("v1.2.3", []string{evaluation, "/v1/check"})
	m.Follow(metrics.State{
		Status:      func() live.Status { return *status },
		Ready:       func() bool { return status.Ready() },
		Connections: func() map[string]int { return map[string]int{"data": 3, "admin": 1} },
		AccessLog:   func() metrics.Lines { return metrics.Lines{Written: 10, Dropped: 2, Failed: 1} },
		DecisionLog: func() metrics.Lines { return metrics.Lines{Written: 20, Dropped: 4, Failed: 3} },
		Conditions:  func(f wasm.Failure) uint64 { return 100 + uint64(f) },
		Clock:       func() time.Time { return time.Unix(1060, 0) },
	})
	return m
}

func running() *live.Status {
	return &live.Status{
		Generation: &live.Generation{Revision: "r1", Epoch: 7, LoadedAt: time.Unix(1000, 0)},
		Refused:    []live.Refusal{{Path: "/b.tar.gz", Reason: "truncated"}},
	}
}

// scrape returns what a collector of metrics reads, without comments and without what is not Lictor's.
func scrape(t *testing.T, m *metrics.Metrics) []string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/metrics", nil))
	var lines []string
	for s := bufio.NewScanner(w.Body); s.Scan(); {
		if strings.HasPrefix(s.Text(), "lictor_") {
			lines = append(lines, s.Text())
		}
	}
	return lines
}

// moved returns the lines of after that before does not have, durations left out.
func moved(before, after []string) (lines []string) {
	for _, line := range after {
		if !strings.Contains(strings.Join(before, "\n"), line) && !strings.Contains(line, "duration_seconds") {
			lines = append(lines, line)
		}
	}
	return lines
}

func TestObserve(t *testing.T) {
	t.Parallel()
	allowed := [decision.CodeCount]uint32{decision.Allowed: 1}
	tests := []struct {
		name string
		a    observe.Answered
		want []string
	}{
		{"allow", observe.Answered{Route: evaluation, Status: 200, Decided: allowed}, []string{
			`lictor_decisions_total{code="allowed",result="allow"} 1`,
			`lictor_requests_total{route="/access/v1/evaluation",status="200"} 1`,
		}},
		{"batch", observe.Answered{Route: "/v1/check", Status: 200, Decided: [decision.CodeCount]uint32{decision.Allowed: 3, decision.NoGrant: 40, decision.DeniedByPolicy: 1}}, []string{
			`lictor_decisions_total{code="allowed",result="allow"} 3`,
			`lictor_decisions_total{code="denied_by_policy",result="deny"} 1`,
			`lictor_decisions_total{code="no_grant",result="deny"} 40`,
			`lictor_requests_total{route="/v1/check",status="200"} 1`,
		}},
		{"no route", observe.Answered{Status: 404}, []string{`lictor_requests_total{route="unmatched",status="404"} 1`}},
		{"a route nobody announced", observe.Answered{Route: "/secret", Status: 200}, []string{`lictor_requests_total{route="unmatched",status="200"} 1`}},
		{"a status that is none", observe.Answered{Route: evaluation, Status: 1000}, []string{`lictor_requests_total{route="/access/v1/evaluation",status="0"} 1`}},
		{"nothing of the caller", observe.Answered{Route: evaluation, Method: "POST", Status: 400, Caller: "c", Revision: "r", RequestID: []byte("id")}, []string{`lictor_requests_total{route="/access/v1/evaluation",status="400"} 1`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := newMetrics(running())
			before := scrape(t, m)
			m.Observe(&tt.a)
			if diff := cmp.Diff(tt.want, moved(before, scrape(t, m))); diff != "" {
				t.Errorf("lines that changed (-want +got):\n%s", diff)
			}
		})
	}
}

// TestLatency puts a duration into the bucket of its route.
func TestLatency(t *testing.T) {
	t.Parallel()
	m := newMetrics(running())
	m.Observe(&observe.Answered{Route: evaluation, Status: 200, Took: 40 * time.Microsecond})
	lines := strings.Join(scrape(t, m), "\n")
	for _, want := range []string{
		`lictor_request_duration_seconds_bucket{route="/access/v1/evaluation",le="2.5e-05"} 0`,
		`lictor_request_duration_seconds_bucket{route="/access/v1/evaluation",le="5e-05"} 1`,
		`lictor_request_duration_seconds_sum{route="/access/v1/evaluation"} 4e-05`,
		`lictor_request_duration_seconds_count{route="/v1/check"} 0`,
	} {
		if !strings.Contains(lines, want) {
			t.Errorf("no line %s in\n%s", want, lines)
		}
	}
}

// TestLanes adds up what was counted in all lanes, of requests with one decision and of others.
func TestLanes(t *testing.T) {
	t.Parallel()
	m := newMetrics(running())
	allowed := [decision.CodeCount]uint32{decision.Allowed: 1}
	for lane := range uint32(100) {
		m.Observe(&observe.Answered{Route: evaluation, Status: 200, Took: 40 * time.Microsecond, Decided: allowed, Lane: lane})
		m.Observe(&observe.Answered{Route: evaluation, Status: 200, Took: time.Minute, Decided: [decision.CodeCount]uint32{decision.NoGrant: 1}, Lane: lane * lane})
		m.Observe(&observe.Answered{Route: evaluation, Status: 200, Took: 40 * time.Microsecond, Decided: [decision.CodeCount]uint32{decision.Allowed: 2}, Lane: lane})
		m.Observe(&observe.Answered{Route: evaluation, Status: 500, Took: time.Millisecond, Decided: allowed, Lane: lane})
	}
	lines := strings.Join(append(scrape(t, m), ""), "\n")
	for _, want := range []string{
		`lictor_decisions_total{code="allowed",result="allow"} 400`,
		`lictor_decisions_total{code="no_grant",result="deny"} 100`,
		`lictor_requests_total{route="/access/v1/evaluation",status="200"} 300`,
		`lictor_requests_total{route="/access/v1/evaluation",status="500"} 100`,
		`lictor_request_duration_seconds_bucket{route="/access/v1/evaluation",le="2.5e-05"} 0`,
		`lictor_request_duration_seconds_bucket{route="/access/v1/evaluation",le="5e-05"} 200`,
		`lictor_request_duration_seconds_bucket{route="/access/v1/evaluation",le="1"} 300`,
		`lictor_request_duration_seconds_bucket{route="/access/v1/evaluation",le="+Inf"} 400`,
		`lictor_request_duration_seconds_sum{route="/access/v1/evaluation"} 6000.108`,
	} {
		if !strings.Contains(lines, want+"\n") {
			t.Errorf("no line %s in\n%s", want, lines)
		}
	}
}

// TestState reads what runs at every scrape: a revision that runs no more is gone.
func TestState(t *testing.T) {
	t.Parallel()
	status := running()
	m := newMetrics(status)
	constant := []string{
		`lictor_access_log_lines_total{result="dropped"} 2`,
		`lictor_access_log_lines_total{result="failed"} 1`,
		`lictor_access_log_lines_total{result="written"} 10`,
		`lictor_build_info{version="v1.2.3"} 1`,
		`lictor_condition_failures_total{reason="aborted"} 102`,
		`lictor_condition_failures_total{reason="builtin"} 104`,
		`lictor_condition_failures_total{reason="busy"} 101`,
		`lictor_condition_failures_total{reason="closed"} 107`,
		`lictor_condition_failures_total{reason="deadline"} 100`,
		`lictor_condition_failures_total{reason="malformed"} 105`,
		`lictor_condition_failures_total{reason="too_large"} 106`,
		`lictor_condition_failures_total{reason="trapped"} 103`,
		`lictor_decision_log_lines_total{result="dropped"} 4`,
		`lictor_decision_log_lines_total{result="failed"} 3`,
		`lictor_decision_log_lines_total{result="written"} 20`,
	}
	connections := []string{`lictor_open_connections{listener="admin"} 1`, `lictor_open_connections{listener="data"} 3`}
	check := func(want []string) {
		t.Helper()
		var got []string
		for _, line := range scrape(t, m) {
			if !strings.HasPrefix(line, "lictor_decisions") && !strings.HasPrefix(line, "lictor_request") && !strings.HasPrefix(line, "lictor_bundle_events") {
				got = append(got, line)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("state (-want +got):\n%s", diff)
		}
	}
	expected := func(revision, age, epoch, refused string) []string {
		lines := append([]string(nil), constant...)
		if revision != "" {
			lines = append(lines, "lictor_generation_age_seconds "+age, "lictor_generation_epoch "+epoch, `lictor_generation_info{revision="`+revision+`"} 1`)
		}
		held := "0"
		if revision == "r2" {
			held = "1"
		}
		lines = append(lines, "lictor_generation_pinned "+held, "lictor_generation_restored "+held)
		lines = append(lines, connections...)
		ready := "1"
		if revision == "" {
			ready = "0"
		}
		return append(lines, "lictor_ready "+ready, "lictor_refused_bundles "+refused)
	}
	check(expected("r1", "60", "7", "1"))
	status.Generation = &live.Generation{Revision: "r2", Epoch: 8, LoadedAt: time.Unix(1059, 0)}
	status.Refused, status.Restored, status.Pinned = nil, true, &live.Pin{}
	check(expected("r2", "1", "8", "0"))
	status.Generation, status.Restored, status.Pinned = nil, false, nil
	check(expected("", "", "", "0"))
}

func TestNotify(t *testing.T) {
	t.Parallel()
	m := newMetrics(running())
	before := scrape(t, m)
	m.Notify(live.Event{Kind: live.Refused, Path: "/secret", Err: errors.New("secret")})
	m.Notify(live.Event{Kind: live.WatchFailed})
	want := []string{`lictor_bundle_events_total{kind="refused"} 1`, `lictor_bundle_events_total{kind="watch_failed"} 1`}
	if diff := cmp.Diff(want, moved(before, scrape(t, m))); diff != "" {
		t.Errorf("lines that changed (-want +got):\n%s", diff)
	}
	if !strings.Contains(strings.Join(before, "\n"), `lictor_bundle_events_total{kind="refused"} 0`) {
		t.Error("no refusal is not written as 0")
	}
}

// TestLint holds names and help texts to the conventions of Prometheus.
func TestLint(t *testing.T) {
	t.Parallel()
	m := newMetrics(running())
	m.Observe(&observe.Answered{Route: evaluation, Status: 200})
	families, err := m.Gatherer().Gather()
	if err != nil {
		t.Fatal(err)
	}
	problems, err := promlint.NewWithMetricFamilies(families).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
	names := map[string]bool{}
	for _, f := range families {
		names[f.GetName()] = true
	}
	if !names["go_goroutines"] || !names["process_start_time_seconds"] || len(names) < 20 {
		t.Errorf("metrics are missing: %v", names)
	}
}

// TestNegotiation answers in the format that is asked for.
func TestNegotiation(t *testing.T) {
	t.Parallel()
	m := newMetrics(running())
	tests := []struct{ accept, want, end string }{
		{"", "text/plain", "\n"},
		{"application/openmetrics-text;version=1.0.0", "application/openmetrics-text", "# EOF\n"},
	}
	for _, tt := range tests {
		w, r := httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), "GET", "/metrics", nil)
		r.Header.Set("Accept", tt.accept)
		r.Header.Set("Accept-Encoding", "gzip")
		m.Handler().ServeHTTP(w, r)
		if got := w.Header().Get("Content-Type"); !strings.HasPrefix(got, tt.want) || !strings.HasSuffix(w.Body.String(), tt.end) {
			t.Errorf("accepting %q: %s, want %s and %q at the end", tt.accept, got, tt.want, tt.end)
		}
	}
}

// TestHammer observes and collects at the same time, and counts everything once.
func TestHammer(t *testing.T) {
	t.Parallel()
	m := newMetrics(running())
	const observers, each = 4, 2000
	var all sync.WaitGroup
	for range observers {
		all.Go(func() {
			for i := range each {
				m.Observe(&observe.Answered{Route: evaluation, Status: 200 + i%3, Decided: [decision.CodeCount]uint32{decision.NoGrant: 2}})
			}
		})
	}
	for range 20 {
		scrape(t, m)
	}
	all.Wait()
	lines := strings.Join(scrape(t, m), "\n") + "\n"
	for _, want := range []string{
		`lictor_decisions_total{code="no_grant",result="deny"} 16000`,
		`lictor_request_duration_seconds_count{route="/access/v1/evaluation"} 8000`,
		`lictor_requests_total{route="/access/v1/evaluation",status="202"} 2664`,
	} {
		if !strings.Contains(lines, want+"\n") {
			t.Errorf("no line %s in\n%s", want, lines)
		}
	}
}
