package accesslog_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lictor-dev/lictor/edge/accesslog"
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

// lines is a writer that keeps what it gets.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// written returns what a log writes for requests.
func written(t *testing.T, text bool, requests ...*observe.Answered) string {
	t.Helper()
	var to lines
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
	var to lines
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

// TestFlushWhenIdle wants a line to be written although nothing follows it.
func TestFlushWhenIdle(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var to lines
		l := accesslog.New(accesslog.Options{Writer: &to})
		for n := 1; n <= 3; n++ {
			synctest.Wait()
			l.Observe(full())
			<-time.After(50 * time.Millisecond)
			if got := strings.Count(to.String(), "\n"); got != n {
				t.Errorf("%d lines after %d requests", got, n)
			}
		}
		finish(t, l)
	})
}

// stuck is a writer that does not return before it is let go.
type stuck struct{ begun, release chan struct{} }

func (s stuck) Write(p []byte) (int, error) {
	s.begun <- struct{}{}
	<-s.release
	return len(p), nil
}

// TestStuckWriter drops what does not fit, exactly, and gives up at the end without losing count.
func TestStuckWriter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var told lines
		to := stuck{make(chan struct{}), make(chan struct{})}
		l := accesslog.New(accesslog.Options{Writer: to, Capacity: 10, Log: slog.New(slog.NewTextHandler(&told, nil))})
		l.Observe(full())
		<-to.begun // with one line
		const more = 100
		for range more {
			l.Observe(full())
		}
		if diff := cmp.Diff(accesslog.Counts{Accepted: 17, Dropped: 84}, l.Counts()); diff != "" {
			t.Errorf("counts (-want +got):\n%s", diff)
		}
		<-time.After(150 * time.Second) // of the bubble
		if got := strings.Count(told.String(), "dropped=84 failed=0"); got != 1 {
			t.Errorf("the operator is told\n%s", told.String())
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err := l.Close(ctx)
		if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "17 lines of the access log") {
			t.Errorf("error %v", err)
		}
		l.Observe(full())
		close(to.release)
		<-to.begun
		synctest.Wait()
		if diff := cmp.Diff(accesslog.Counts{Accepted: 17, Dropped: 85, Written: 17}, l.Counts()); diff != "" {
			t.Errorf("counts (-want +got):\n%s", diff)
		}
	})
}

// failing writes the given number of bytes of each batch, as a full disk does.
type failing struct {
	room int
	text bytes.Buffer
}

func (f *failing) Write(p []byte) (int, error) {
	if f.room >= len(p) {
		return f.text.Write(p)
	}
	n, _ := f.text.Write(p[:f.room])
	f.room = 1 << 20
	return n, errors.New("no space left on device")
}

// TestFailingWriter counts what is lost; what comes after is whole.
func TestFailingWriter(t *testing.T) {
	t.Parallel()
	size := len(written(t, false, full()))
	for _, room := range []int{0, 10, size, size + 10} {
		synctest.Test(t, func(t *testing.T) {
			to := &failing{room: room}
			l := accesslog.New(accesslog.Options{Writer: to})
			for range 2 {
				l.Observe(full())
				l.Observe(full())
				<-time.After(time.Second)
			}
			finish(t, l)
			lost := uint64(2 - room/size)
			if diff := cmp.Diff(accesslog.Counts{Accepted: 4, Written: 4 - lost, Failed: lost}, l.Counts()); diff != "" {
				t.Errorf("room %d: counts (-want +got):\n%s", room, diff)
			}
			whole := 0
			for line := range strings.Lines(to.text.String()) {
				if json.Valid([]byte(line)) {
					whole++
				}
			}
			if uint64(whole) != 4-lost {
				t.Errorf("room %d: %d whole lines in\n%s", room, whole, to.text.String())
			}
		})
	}
}

// TestHammer observes from many goroutines, into a ring too small for them, and closes meanwhile: each request is
// accepted or dropped, and each one accepted is one line.
func TestHammer(t *testing.T) {
	t.Parallel()
	for _, capacity := range []int{1, 16, 8192} {
		var to lines
		l := accesslog.New(accesslog.Options{Writer: &to, Capacity: capacity})
		const observers, each = 8, 3000
		var all sync.WaitGroup
		half := make(chan struct{})
		for n := range observers {
			all.Go(func() {
				for i := range each {
					l.Observe(full())
					if n == 0 && i == each/2 {
						close(half)
					}
				}
			})
		}
		<-half
		finish(t, l)
		all.Wait()
		c := l.Counts()
		if c.Accepted+c.Dropped != observers*each || c.Written != c.Accepted || c.Failed != 0 {
			t.Errorf("capacity %d: counts %+v", capacity, c)
		}
		text := to.String()
		if n := uint64(strings.Count(text, "\n")); n != c.Accepted {
			t.Errorf("capacity %d: %d lines, %d accepted", capacity, n, c.Accepted)
		}
		one := written(t, false, full())
		for line := range strings.Lines(text) {
			if line != one {
				t.Fatalf("capacity %d: line %q", capacity, line)
			}
		}
	}
}

// TestObserveAllocates wants a request to cost no allocation.
func TestObserveAllocates(t *testing.T) {
	l := accesslog.New(accesslog.Options{Writer: io.Discard})
	a := full()
	for range 2 * accesslog.DefaultCapacity {
		l.Observe(a)
	}
	if n := testing.AllocsPerRun(5000, func() { l.Observe(a) }); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
	finish(t, l)
}
