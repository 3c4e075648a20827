package accesslog_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lictor-dev/lictor/edge/accesslog"
	"github.com/lictor-dev/lictor/edge/lines"
	"github.com/lictor-dev/lictor/edge/observe"
	"github.com/lictor-dev/lictor/runtime/decision"
)

// patience is how long anything may take before a test fails.
const patience = time.Minute

// full is a request with everything that a line can have.
func full() *observe.Answered {
	return &observe.Answered{
		Route: "/access/v1/evaluation", Method: "POST", Status: 200, Caller: "gateway", Revision: "r1",
		RequestID: []byte("7f3a"), Start: time.Unix(1_800_000_000, 123_456_000), Took: 1800, BodyBytes: 181, SentBytes: 66,
		Decided: [decision.CodeCount]uint32{decision.NoGrant: 1},
	}
}

// kept is a writer that keeps what it gets.
type kept struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *kept) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *kept) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// written returns what a log writes for requests.
func written(t *testing.T, text bool, requests ...*observe.Answered) string {
	t.Helper()
	var to kept
	l := accesslog.New(accesslog.Options{Writer: &to, Text: text})
	for _, a := range requests {
		l.Observe(a)
	}
	finish(t, l)
	return to.String()
}

// finish closes a log that has nothing to wait for.
func finish(t *testing.T, l *accesslog.Log) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), patience)
	defer cancel()
	if err := l.Close(ctx); err != nil {
		t.Fatal(err)
	}
}

// TestLine wants the very line that a handler of log/slog writes for the same members.
func TestLine(t *testing.T) {
	t.Parallel()
	base := []any{"route", "/access/v1/evaluation", "method", "POST", "status", 200, "took_ns", 1800}
	tail := []any{"revision", "r1", "received", 181, "sent", 66}
	with := func(middle ...any) []any { return append(append(append([]any(nil), base...), middle...), tail...) }
	tests := []struct {
		name   string
		change func(*observe.Answered)
		want   []any
	}{
		{"one decision", func(*observe.Answered) {}, with("request_id", "7f3a", "caller", "gateway", "allowed", 0, "denied", 1, "code", "no_grant")},
		{"an allow", func(a *observe.Answered) { a.Decided = [decision.CodeCount]uint32{decision.Allowed: 1} }, with("request_id", "7f3a", "caller", "gateway", "allowed", 1, "denied", 0, "code", "allowed")},
		{"many decisions", func(a *observe.Answered) {
			a.Decided = [decision.CodeCount]uint32{decision.Allowed: 3, decision.NoGrant: 2, decision.SubjectInactive: 1}
		}, with("request_id", "7f3a", "caller", "gateway", "allowed", 3, "denied", 3)},
		{"no decision", func(a *observe.Answered) { a.Decided = [decision.CodeCount]uint32{} }, with("request_id", "7f3a", "caller", "gateway")},
		{"nobody says who", func(a *observe.Answered) { a.Caller, a.RequestID = "", nil }, with("allowed", 0, "denied", 1, "code", "no_grant")},
		{"a caller with a name that needs quotes", func(a *observe.Answered) { a.Caller = `the "é" = gateway\` }, with("request_id", "7f3a", "caller", `the "é" = gateway\`, "allowed", 0, "denied", 1, "code", "no_grant")},
		{"a caller with a foreign name", func(a *observe.Answered) { a.Caller = `évaluation` }, with("request_id", "7f3a", "caller", `évaluation`, "allowed", 0, "denied", 1, "code", "no_grant")},
		{"not found", func(a *observe.Answered) {
			*a = observe.Answered{Status: 404, Start: a.Start, Took: 1}
		}, []any{"status", 404, "took_ns", 1, "received", 0, "sent", 0}},
		{"a nanosecond", func(a *observe.Answered) { a.Start = time.Unix(1_800_000_000, 1) }, with("request_id", "7f3a", "caller", "gateway", "allowed", 0, "denied", 1, "code", "no_grant")},
		{"a time before 1970, elsewhere", func(a *observe.Answered) {
			a.Start = time.Unix(-5, 120_000_000).In(time.FixedZone("", 3600))
		}, with("request_id", "7f3a", "caller", "gateway", "allowed", 0, "denied", 1, "code", "no_grant")},
		{"a whole second", func(a *observe.Answered) { a.Start = time.Unix(1_800_000_000, 0) }, with("request_id", "7f3a", "caller", "gateway", "allowed", 0, "denied", 1, "code", "no_grant")},
	}
	for _, tt := range tests {
		for _, text := range []bool{false, true} {
			a := full()
			tt.change(a)
			var want strings.Builder
			handler := slog.Handler(slog.NewJSONHandler(&want, nil))
			if text {
				handler = slog.NewTextHandler(&want, nil)
			}
			record := slog.NewRecord(a.Start.UTC(), slog.LevelInfo, "request", 0)
			record.Add(tt.want...)
			if err := handler.Handle(t.Context(), record); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want.String(), written(t, text, a)); diff != "" {
				t.Errorf("%s: line (-want +got):\n%s", tt.name, diff)
			}
		}
	}
}

// TestTimes wants the time of each line to be its own, although the date is written anew only when it changes.
func TestTimes(t *testing.T) {
	t.Parallel()
	var all []*observe.Answered
	var want []time.Time
	for _, n := range []int64{0, 1, 999_999_999, 1_000_000_000, 1_000_000_001, 500, 86_400_000_000_000, 86_400_000_000_000} {
		a := full()
		a.Start = time.Unix(1_800_000_000, n)
		all, want = append(all, a), append(want, a.Start.UTC())
	}
	var got []time.Time
	for line := range strings.Lines(written(t, false, all...)) {
		var members struct{ Time time.Time }
		if err := json.Unmarshal([]byte(line), &members); err != nil {
			t.Fatal(err)
		}
		got = append(got, members.Time)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("times (-want +got):\n%s", diff)
	}
}

// TestHostileRequestID wants one line of one member, whatever the caller sends.
func TestHostileRequestID(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, id, want string }{
		{"quotes", `a"b\c`, `a"b\c`},
		{"a line of its own", "a\r\n{\"level\":\"ERROR\"}", `a??{"level":"ERROR"}`},
		{"control", "a\x00\x1b[31m\x7f", "a??[31m?"},
		{"not UTF-8", "a\xff\xc3", "a??"},
		{"letters of others", "é", "??"},
		{"a member of text", "a status=200", "a?status=200"},
		{"long", strings.Repeat("x", 1000), strings.Repeat("x", 64)},
		{"none", "", ""},
		{"long of others", strings.Repeat("é", 1000), strings.Repeat("?", 64)},
	}
	for _, tt := range tests {
		a := full()
		a.RequestID = []byte(tt.id)
		line := written(t, false, a)
		var got struct {
			RequestID string `json:"request_id"`
			Level     string
		}
		if err := json.Unmarshal([]byte(line), &got); err != nil || got.RequestID != tt.want || got.Level != "INFO" || strings.Count(line, "\n") != 1 {
			t.Errorf("%s: %q, %v", tt.name, line, err)
		}
		if text := written(t, true, a); strings.Count(text, "\n") != 1 || strings.Count(text, " status=") != 1 {
			t.Errorf("%s: %q", tt.name, text)
		}
	}
}

// TestKeepsNothing changes the request as soon as it was observed, as the server does.
func TestKeepsNothing(t *testing.T) {
	t.Parallel()
	var to kept
	l := accesslog.New(accesslog.Options{Writer: &to})
	a := full()
	l.Observe(a)
	copy(a.RequestID, "next")
	*a = observe.Answered{}
	finish(t, l)
	if got := to.String(); !strings.Contains(got, `"request_id":"7f3a"`) {
		t.Errorf("line %s", got)
	}
}

// TestObserveAllocates wants a request to cost no allocation.
func TestObserveAllocates(t *testing.T) {
	l := accesslog.New(accesslog.Options{Writer: io.Discard})
	a := full()
	for range 2 * lines.DefaultCapacity {
		l.Observe(a)
	}
	if n := testing.AllocsPerRun(5000, func() { l.Observe(a) }); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
	finish(t, l)
}
