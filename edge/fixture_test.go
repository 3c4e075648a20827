package edge_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/valyala/fasthttp/fasthttputil"

	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/tables"
	"github.com/lictor-dev/lictor/bundles/value"
	"github.com/lictor-dev/lictor/edge"
	"github.com/lictor-dev/lictor/edge/exchange"
	"github.com/lictor-dev/lictor/runtime/conformance"
	"github.com/lictor-dev/lictor/runtime/table"
)

const now = 1_800_000_000

// newModel returns a policy with a subject of each kind: homer edits and, in SNPP, administers; service
// bot-7 reads; burns is not active. Everybody reads profiles; locked newsletters cannot be deleted.
func newModel(tb testing.TB) *policy.Model {
	tb.Helper()
	m := &policy.Model{
		Namespace:     "default",
		Files:         []string{"policy.yaml"},
		Organisations: []policy.Organisation{{Code: "SNPP"}},
		Holders: []policy.Holder{
			{Name: "editor", Closure: []policy.HolderIndex{0, 2}},
			{Name: "member", Closure: []policy.HolderIndex{1}, Birthright: policy.Birthright{Types: []string{"user"}}},
			{Name: "reader", Closure: []policy.HolderIndex{2}},
			{Kind: policy.Entitlement, Name: "ADMIN", Closure: []policy.HolderIndex{3}},
		},
		Conditions: []policy.Condition{{
			Text: "resource.properties.locked == true",
			Expr: policy.Call{Op: policy.Equal, Args: []policy.Expr{
				policy.Ref{Root: policy.ResourceProperties, Path: []string{"locked"}},
				policy.Literal{Value: value.AppendBool(nil, true)},
			}},
		}},
		Subjects: []policy.Subject{
			{ID: "bot-7", Type: "service", Assignments: []policy.Assignment{{Holder: 2, Validity: policy.Always}}},
			{ID: "burns", Type: "user", Inactive: true, Assignments: []policy.Assignment{{Holder: 0, Validity: policy.Always}}},
			{ID: "homer", Type: "user", Assignments: []policy.Assignment{
				{Holder: 0, Validity: policy.Always},
				{Holder: 3, Validity: policy.Validity{Organisation: 0, From: 0, To: now + 1}},
			}},
		},
	}
	add := func(holder int32, text string, effect policy.Effect, condition policy.ConditionID) {
		p, err := m.Grammar().Parse(text)
		if err != nil {
			tb.Fatal(err)
		}
		owner := policy.OwnedByRole
		if m.Holders[holder].Kind == policy.Entitlement {
			owner = policy.OwnedByEntitlement
		}
		m.Policies = append(m.Policies, policy.Policy{
			Owner: owner, OwnerIndex: holder, Permission: p, Effect: effect, Condition: condition, Validity: policy.Always,
			Place: policy.Place{Line: int32(len(m.Policies)) + 10},
		})
	}
	add(0, "newsletter:write,delete", policy.Allow, 0)
	add(0, "newsletter:delete", policy.Deny, 1)
	add(1, "profile:read", policy.Allow, 0)
	add(1, "card:read:*:e%3Amail", policy.Allow, 0)
	add(2, "newsletter:read", policy.Allow, 0)
	add(3, "organisation:update", policy.Allow, 0)
	m.Number()
	return m
}

// subjects answers SubjectType from a model.
type subjects struct{ model *policy.Model }

func (s subjects) SubjectType(id string) (string, bool) {
	for i := range s.model.Subjects {
		if s.model.Subjects[i].ID == id {
			return s.model.Subjects[i].Type, true
		}
	}
	return "", false
}

func newGeneration(tb testing.TB, revision string) *exchange.Generation {
	tb.Helper()
	m := newModel(tb)
	reference := conformance.NewReference(m)
	return &exchange.Generation{
		Revision: revision, Epoch: 7, Since: time.Unix(now-60, 0),
		Grammar: permission.Grammar{Namespace: "default"}, Engine: reference, Subjects: subjects{m}, Searcher: reference,
	}
}

// newTableGeneration is newGeneration on the native engine, as revision r1.
func newTableGeneration(tb testing.TB) *exchange.Generation {
	tb.Helper()
	return tableGeneration(tb, newModel(tb))
}

// tableGeneration runs a model on the native engine, as revision r1.
func tableGeneration(tb testing.TB, model *policy.Model) *exchange.Generation {
	tb.Helper()
	data, err := tables.Build(model)
	if err != nil {
		tb.Fatal(err)
	}
	opened, err := tables.Open(data)
	if err != nil {
		tb.Fatal(err)
	}
	engine, err := table.New(opened)
	if err != nil {
		tb.Fatal(err)
	}
	g := newGeneration(tb, "r1")
	g.Grammar, g.Engine, g.Subjects, g.Catalog, g.Searcher = engine.Grammar(), engine, engine, engine, engine
	return g
}

// swappable is a generation that can be swapped.
type swappable struct {
	atomic.Pointer[exchange.Generation]
}

func (s *swappable) Current() *exchange.Generation { return s.Load() }

func newSource(g *exchange.Generation) *swappable {
	s := new(swappable)
	s.Store(g)
	return s
}

// patience is how long anything may take before a test fails.
const patience = time.Minute

// await returns what arrives, or ends the test when nothing does.
func await[T any](tb testing.TB, from <-chan T, what string) (arrived T) {
	tb.Helper()
	select {
	case arrived = <-from:
	case <-time.After(patience):
		tb.Fatalf("%s did not come within %s", what, patience)
	}
	return arrived
}

// edgeAt is a running edge with a client for each listener.
type edgeAt struct {
	server      *edge.Server
	data, admin *http.Client
	dial, call  func() (net.Conn, error) // a connection to either
}

// start serves both listeners in memory until the test ends.
func start(tb testing.TB, options edge.Options) *edgeAt {
	tb.Helper()
	if options.Clock == nil {
		options.Clock = func() time.Time { return time.Unix(now, 0) }
	}
	s := edge.New(options)
	data, admin := fasthttputil.NewInmemoryListener(), fasthttputil.NewInmemoryListener()
	served := make(chan error, 2)
	go func() { served <- s.ServeData(data) }()
	go func() { served <- s.ServeAdmin(admin) }()
	e := &edgeAt{server: s, data: client(data), admin: client(admin), dial: data.Dial, call: admin.Dial}
	tb.Cleanup(func() {
		e.data.CloseIdleConnections()
		e.admin.CloseIdleConnections()
		data.Close()
		admin.Close()
		for range 2 {
			if err := await(tb, served, "the end of serving"); err != nil {
				tb.Errorf("serve: %v", err)
			}
		}
	})
	return e
}

func client(ln *fasthttputil.InmemoryListener) *http.Client {
	return &http.Client{Timeout: patience, Transport: &http.Transport{
		DialContext:        func(context.Context, string, string) (net.Conn, error) { return ln.Dial() },
		DisableCompression: true,
	}}
}

// answer is what came back, without the newline that ends it.
type answer struct {
	Status int
	Header http.Header
	Body   string
	err    error
}

// send sends one request; a header without ": " is ignored.
func send(tb testing.TB, c *http.Client, method, path, body string, headers ...string) answer {
	tb.Helper()
	got := try(tb.Context(), c, method, path, body, headers...)
	if got.err != nil {
		tb.Fatal(got.err)
	}
	return got
}

// try is send for goroutines that may not end a test.
func try(ctx context.Context, c *http.Client, method, path, body string, headers ...string) (got answer) {
	request, err := http.NewRequestWithContext(ctx, method, "http://edge"+path, strings.NewReader(body))
	if err != nil {
		return answer{err: err}
	}
	for _, h := range headers {
		name, text, ok := strings.Cut(h, ": ")
		if !ok {
			continue
		}
		request.Header[name] = append(request.Header[name], text)
	}
	response, err := c.Do(request)
	if err != nil {
		return answer{err: err}
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	line, ended := strings.CutSuffix(string(text), "\n")
	if err == nil && len(text) > 0 && !ended {
		err = fmt.Errorf("an answer without a newline at its end: %q", text)
	}
	return answer{response.StatusCode, response.Header, line, err}
}

// written sends bytes over a connection of its own. An edge that refuses may answer and close before it has read them all, and
// a client of net/http that still writes then drops the answer.
func written(tb testing.TB, dial func() (net.Conn, error), request string) answer {
	tb.Helper()
	c, err := dial()
	if err != nil {
		tb.Fatal(err)
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		tb.Fatal(err)
	}
	go func() { _, _ = io.WriteString(c, request) }()
	response, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		tb.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, response.ContentLength))
	line, ended := strings.CutSuffix(string(body), "\n")
	if err != nil || !ended {
		tb.Fatalf("%v: %q", err, body)
	}
	return answer{Status: response.StatusCode, Header: response.Header, Body: line}
}

// request returns a POST with its length, as it is sent.
func request(path, body string, headers ...string) string {
	lines := append([]string{"POST " + path + " HTTP/1.1", "Host: edge", typeJSON}, headers...)
	lines = append(lines, "Content-Length: "+strconv.Itoa(len(body)), "", body)
	return strings.Join(lines, "\r\n")
}

const typeJSON = "Content-Type: application/json"

// post asks one question of the data listener.
func post(tb testing.TB, e *edgeAt, path, body string, headers ...string) answer {
	tb.Helper()
	return send(tb, e.data, "POST", path, body, append([]string{typeJSON}, headers...)...)
}
