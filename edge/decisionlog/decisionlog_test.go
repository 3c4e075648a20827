package decisionlog_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/edge/decisionlog"
	"github.com/lictor-dev/lictor/edge/lines"
	"github.com/lictor-dev/lictor/edge/observe"
	"github.com/lictor-dev/lictor/runtime/decision"
)

// patience is how long anything may take before a test fails.
const patience = time.Minute

// request is one that was answered, with everything that a line takes from it.
func request() *observe.Answered {
	return &observe.Answered{
		Route: "/access/v1/evaluation", Method: "POST", Status: 200, Caller: "gateway", Revision: "r1",
		RequestID: []byte("7f3a"), Start: time.Unix(1_800_000_000, 123_456_000), Took: 1800, BodyBytes: 181, SentBytes: 66,
	}
}

// named is a decision about the names of action and resource.
func named() observe.Decision {
	return observe.Decision{
		SubjectType: "user", SubjectID: "homer", Organisation: "SNPP", Action: "read", ResourceType: "newsletter", ResourceID: "17",
		Code: decision.Allowed, Policies: []policy.ID{3},
	}
}

// permitted is a decision about a permission.
func permitted() observe.Decision {
	return observe.Decision{SubjectType: "user", SubjectID: "homer", Permission: "newsletter:read", Code: decision.NoGrant}
}

// kept is a writer that keeps what it gets.
type kept struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (k *kept) Write(p []byte) (int, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.text.Write(p)
}

// finish closes a log that has nothing to wait for.
func finish(tb testing.TB, l *decisionlog.Log) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := l.Close(ctx); err != nil {
		tb.Fatal(err)
	}
}

// written returns what a log writes for the decisions of a request.
func written(tb testing.TB, a *observe.Answered, made ...observe.Decision) string {
	tb.Helper()
	var to kept
	l := decisionlog.New(decisionlog.Options{Writer: &to, Capacity: len(made)})
	l.ObserveDecisions(a, made)
	finish(tb, l)
	return to.text.String()
}

// TestLine wants the whole line, member by member and in this order.
func TestLine(t *testing.T) {
	t.Parallel()
	const (
		head = `{"time":"2027-01-15T08:00:00.123456Z","level":"INFO","msg":"decision","request_id":"7f3a","caller":"gateway","revision":"r1","subject_type":"user","subject_id":"homer"`
		tail = `,"took_ns":1800}` + "\n"
	)
	tests := []struct {
		name   string
		change func(*observe.Decision)
		want   string
	}{
		{"names", func(*observe.Decision) {}, `,"organisation":"SNPP","action":"read","resource_type":"newsletter","resource_id":"17","decision":"allow","code":"allowed","policies":[3]`},
		{"another namespace, an attribute", func(d *observe.Decision) { d.Namespace, d.Attribute = "shop", "title" }, `,"organisation":"SNPP","action":"read","resource_type":"shop/newsletter","resource_id":"17","attribute":"title","decision":"allow","code":"allowed","policies":[3]`},
		{"a permission", func(d *observe.Decision) {
			*d = observe.Decision{SubjectType: "user", SubjectID: "homer", Permission: "newsletter:read,write:17", Code: decision.DeniedByPolicy, Policies: []policy.ID{2, 40, 4_000_000_000}}
		}, `,"permission":"newsletter:read,write:17","decision":"deny","code":"denied_by_policy","policies":[2,40,4000000000]`},
		{"a permission with an attribute", func(d *observe.Decision) {
			*d = observe.Decision{SubjectType: "user", SubjectID: "homer", Permission: "card:read", Attribute: "e:mail", Code: decision.NoGrant}
		}, `,"permission":"card:read","attribute":"e:mail","decision":"deny","code":"no_grant","policies":[]`},
		{"a role", func(d *observe.Decision) {
			*d = observe.Decision{SubjectType: "user", SubjectID: "homer", Organisation: "SNPP", Role: "editor", Code: decision.Allowed}
		}, `,"organisation":"SNPP","role":"editor","decision":"allow","code":"allowed","policies":[]`},
	}
	for _, tt := range tests {
		d := named()
		tt.change(&d)
		if diff := cmp.Diff(head+tt.want+tail, written(t, request(), d)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
	for code := range decision.Code(decision.CodeCount) {
		d := named()
		d.Code = code
		want := fmt.Sprintf(`"decision":%q,"code":%q`, map[bool]string{true: "allow", false: "deny"}[code == decision.Allowed], code)
		if line := written(t, request(), d); !strings.Contains(line, want) {
			t.Errorf("%s is not in %s", want, line)
		}
	}
	if line, want := written(t, &observe.Answered{Start: request().Start}, observe.Decision{}),
		`{"time":"2027-01-15T08:00:00.123456Z","level":"INFO","msg":"decision","decision":"deny","code":"no_grant","policies":[],"took_ns":0}`+"\n"; line != want {
		t.Errorf("of nothing: %s", line)
	}
}

// TestBatch wants a line for each decision, in their order, and the slots of a ring to keep nothing of what was there before.
func TestBatch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var to kept
		l := decisionlog.New(decisionlog.Options{Writer: &to, Capacity: 4})
		for round := range 6 {
			permission, long := permitted(), named()
			long.SubjectID, long.Policies = strings.Repeat("x", 1000), make([]policy.ID, 100)
			long.Attribute, long.Namespace = "title", "shop"
			role := observe.Decision{Role: "editor", Code: decision.Allowed}
			l.ObserveDecisions(request(), []observe.Decision{long, role, permission})
			<-time.After(patience) // of the bubble's clock
			if got, want := l.Counts().Written, uint64(3*round+3); got != want {
				t.Fatalf("%d lines are written, want %d", got, want)
			}
		}
		finish(t, l)
		n := 0
		for line := range strings.Lines(to.text.String()) {
			if short := written(t, request(), permitted()); n%3 == 2 && line != short {
				t.Errorf("line %d is %s, want %s", n, line, short)
			}
			n++
		}
		if n != 18 {
			t.Errorf("%d lines", n)
		}
	})
}

// everywhere puts a text wherever a caller has one.
func everywhere(text string) (*observe.Answered, []observe.Decision) {
	a := request()
	a.RequestID, a.Caller, a.Revision = []byte(text), text, text
	n := observe.Decision{
		SubjectType: text, SubjectID: text, Organisation: text, Action: text, Namespace: text, ResourceType: text, ResourceID: text, Attribute: text,
		Policies: make([]policy.ID, min(len(text), 1000)),
	}
	p := observe.Decision{SubjectType: text, SubjectID: text, Organisation: text, Permission: text, Attribute: text}
	r := observe.Decision{SubjectType: text, SubjectID: text, Organisation: text, Role: text}
	return a, []observe.Decision{n, p, r}
}

// TestBounds wants each text to be cut where it is said to be, between two characters, and to be named then.
func TestBounds(t *testing.T) {
	t.Parallel()
	bounds := map[string]int{
		"request_id": 64, "caller": 128, "revision": 128, "subject_type": 64, "subject_id": 256, "organisation": 128, "permission": 512, "role": 512,
		"action": 128, "resource_id": 256, "attribute": 128,
	}
	a, made := everywhere(strings.Repeat("x", 5000))
	for line := range strings.Lines(written(t, a, made...)) {
		var members map[string]any
		if err := json.Unmarshal([]byte(line), &members); err != nil {
			t.Fatal(err)
		}
		var cut []string
		for _, name := range members["cut"].([]any) {
			cut = append(cut, name.(string))
		}
		for name, bound := range bounds {
			if text, ok := members[name].(string); ok && (len(text) != bound || !strings.Contains(strings.Join(cut, " "), name)) {
				t.Errorf("%s has %d bytes, cut are %v", name, len(text), cut)
			}
		}
		if typ, ok := members["resource_type"].(string); ok && (typ != strings.Repeat("x", 64)+"/"+strings.Repeat("x", 128) || len(members["policies"].([]any)) != 16 || len(cut) != 11) {
			t.Errorf("line %s", line)
		}
	}
	for name, bound := range bounds {
		if name == "request_id" {
			continue // it holds no letters of others
		}
		for _, text := range []string{strings.Repeat("x", bound), strings.Repeat("x", bound-1) + "é"} {
			a, made := everywhere(text)
			found := false
			for line := range strings.Lines(written(t, a, made...)) {
				var members map[string]any
				if err := json.Unmarshal([]byte(line), &members); err != nil {
					t.Fatal(err)
				}
				got, there := members[name].(string)
				cut := strings.Contains(fmt.Sprint(members["cut"]), name)
				found = found || there
				if there && (got != text[:2*bound-len(text)] || cut != (len(text) > bound)) {
					t.Errorf("%s of %d bytes, cut %v: %s", name, len(got), cut, line)
				}
			}
			if !found {
				t.Errorf("no line has %s", name)
			}
		}
	}
}

// TestHostile wants one line of JSON that says what it should and nothing else, whatever callers say.
func TestHostile(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"a\r\n{\"level\":\"ERROR\",\"decision\":\"allow\"}", `","decision":"allow","x":"`, "\x00\x1b]0;title\a\x7f", "\xff\xfe\xc3", "\u2028\u2029\u0085\u202e\u2066",
		"\\", "\\\"", "\\u000a", "<script>", strings.Repeat("\n", 5000), strings.Repeat("\u202e", 5000), "😀\U000e0041",
	} {
		a, made := everywhere(text)
		all := written(t, a, made...)
		if strings.Count(all, "\n") != len(made) || !utf8.ValidString(all) || len(all) > len(made)*12_000 {
			t.Fatalf("%q: %d bytes\n%s", text, len(all), all)
		}
		for line := range strings.Lines(all) {
			d := json.NewDecoder(strings.NewReader(line))
			var members map[string]any
			if err := d.Decode(&members); err != nil || members["decision"] != "deny" || members["level"] != "INFO" || members["msg"] != "decision" {
				t.Errorf("%q: %v\n%s", text, err, line)
			}
			if n := strings.Count(line, `"decision":`); n != 1 {
				t.Errorf("%q: %d decisions in %s", text, n, line)
			}
			for _, c := range strings.TrimSuffix(line, "\n") {
				if c < ' ' || c >= 0x7f && c < 0xa0 || c >= 0x2028 && c <= 0x202e || c >= 0x2066 && c <= 0x2069 {
					t.Errorf("%q: %U in %s", text, c, line)
				}
			}
			if id, _ := members["request_id"].(string); strings.ContainsFunc(id, func(c rune) bool { return c <= ' ' || c >= 0x7f }) {
				t.Errorf("%q: request %q", text, id)
			}
			if id, _ := members["subject_id"].(string); utf8.ValidString(text) && !strings.HasPrefix(text, id) {
				t.Errorf("%q became %q", text, id)
			}
		}
	}
}

// FuzzLine wants JSON in one line of bounded length.
func FuzzLine(f *testing.F) {
	f.Add("a", "b\n\x00\xff")
	f.Add(strings.Repeat("é", 300), "\u202e")
	f.Fuzz(func(t *testing.T, one, other string) {
		a, made := everywhere(one)
		made[0].SubjectID, made[1].Permission, made[2].Role = other, other, other
		all := written(t, a, made...)
		if n := strings.Count(all, "\n"); n < 2 || n > 3 || len(all) > 40_000 {
			t.Fatalf("%d lines, %d bytes", n, len(all))
		}
		for line := range strings.Lines(all) {
			if !json.Valid([]byte(line)) || strings.Count(line, `"decision":"deny"`) != 1 {
				t.Errorf("line %s", line)
			}
		}
	})
}

// TestKeepsNothing changes what was observed as soon as it was, as the server does.
func TestKeepsNothing(t *testing.T) {
	t.Parallel()
	var to kept
	l := decisionlog.New(decisionlog.Options{Writer: &to})
	a, made := request(), []observe.Decision{named()}
	l.ObserveDecisions(a, made)
	copy(a.RequestID, "next")
	made[0].Policies[0] = 99
	*a, made[0] = observe.Answered{}, observe.Decision{}
	finish(t, l)
	if diff := cmp.Diff(written(t, request(), named()), to.text.String()); diff != "" {
		t.Errorf("line (-want +got):\n%s", diff)
	}
}

// TestLosesLines counts what does not fit while the writer is stuck, and what cannot be written.
func TestLosesLines(t *testing.T) {
	t.Parallel()
	file, err := lines.OpenFile("/dev/full")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	full := decisionlog.New(decisionlog.Options{Writer: file})
	full.ObserveDecisions(request(), []observe.Decision{named(), named()})
	finish(t, full)
	if diff := cmp.Diff(lines.Counts{Accepted: 2, Failed: 2}, full.Counts()); diff != "" {
		t.Errorf("a full disk (-want +got):\n%s", diff)
	}
	to := make(blocked)
	stuck := decisionlog.New(decisionlog.Options{Writer: to, Capacity: 64})
	stuck.ObserveDecisions(request(), make([]observe.Decision, 10_000))
	if c := stuck.Counts(); c.Accepted+c.Dropped != 10_000 || c.Dropped == 0 {
		t.Errorf("counts %+v", c)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := stuck.Close(ended); err == nil || !strings.Contains(err.Error(), "lines of the decision log") {
		t.Errorf("error %v", err)
	}
	close(to)
}

// blocked is a writer that does not return before it is closed.
type blocked chan struct{}

func (b blocked) Write(p []byte) (int, error) {
	<-b
	return len(p), nil
}

// TestHammer observes from many goroutines, into a ring too small for them: each decision is accepted or dropped, and each
// one accepted is one whole line.
func TestHammer(t *testing.T) {
	t.Parallel()
	var to kept
	l := decisionlog.New(decisionlog.Options{Writer: &to, Capacity: 32})
	const observers, each = 8, 1000
	var all sync.WaitGroup
	for n := range observers {
		all.Go(func() {
			d := named()
			d.SubjectID = strings.Repeat(string(rune('a'+n)), 10*(n+1))
			for range each {
				l.ObserveDecisions(request(), []observe.Decision{d, d, d})
			}
		})
	}
	all.Wait()
	finish(t, l)
	c := l.Counts()
	if c.Accepted+c.Dropped != 3*observers*each || c.Written != c.Accepted || c.Failed != 0 {
		t.Errorf("counts %+v", c)
	}
	n := uint64(0)
	for line := range strings.Lines(to.text.String()) {
		var members struct {
			SubjectID string `json:"subject_id"`
		}
		if err := json.Unmarshal([]byte(line), &members); err != nil {
			t.Fatal(err)
		}
		id := members.SubjectID
		if want := 10 * (int(id[0]-'a') + 1); len(id) != want || strings.Count(id, id[:1]) != want {
			t.Fatalf("subject %q", id)
		}
		n++
	}
	if n != c.Written {
		t.Errorf("%d lines, %d written", n, c.Written)
	}
}

// TestObserveAllocates wants a decision to cost no allocation.
func TestObserveAllocates(t *testing.T) {
	var to discard
	l := decisionlog.New(decisionlog.Options{Writer: to})
	a, made := request(), []observe.Decision{named(), named()}
	for range decisionlog.DefaultCapacity {
		l.ObserveDecisions(a, made)
	}
	if n := testing.AllocsPerRun(5000, func() { l.ObserveDecisions(a, made) }); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
	finish(t, l)
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }
