package proxy_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/lictor-dev/lictor/bundles"
	"github.com/lictor-dev/lictor/bundles/tables"
	"github.com/lictor-dev/lictor/runtime/decision"
	"github.com/lictor-dev/lictor/runtime/proxy"
	"github.com/lictor-dev/lictor/runtime/route"
	"github.com/lictor-dev/lictor/runtime/table"
)

// asked is a request of these tests.
type asked struct {
	method, uri, user, organisation string
}

func (a asked) String() string {
	return fmt.Sprintf("%s %q by %q in %q", a.method, a.uri, a.user, a.organisation)
}

// rules decide without any proxy.
type rules struct {
	matcher *route.Matcher
	engine  *table.Engine
}

func openRules(t testing.TB, content []byte) rules {
	t.Helper()
	b, err := bundles.Open(bytes.NewReader(content), bundles.Options{AllowUnsigned: true})
	if err != nil {
		t.Fatal(err)
	}
	opened, err := tables.Open(b.Tables().Bytes())
	if err != nil {
		t.Fatal(err)
	}
	engine, err := table.New(opened)
	if err != nil {
		t.Fatal(err)
	}
	return rules{route.New(opened), engine}
}

func (r rules) status(a asked, now time.Time) int {
	path, _, _ := strings.Cut(a.uri, "?")
	return r.matcher.Decide(r.engine, &route.Request{
		Method: a.method, Path: path, Authenticated: a.user != "", Subject: decision.Subject{Type: "user", ID: a.user},
		Organisation: a.organisation, Now: now.Unix(),
	}).Status.HTTP()
}

// generate makes a request of pieces that mean something here, regular and hostile ones.
func generate(r *rand.Rand) asked {
	pick := func(from ...string) string { return from[r.IntN(len(from))] }
	segment := func() string {
		return pick("newsletters", "newsletters", "newsletters", "login", "print", "7", "7", "8", "a,b", "*", "%2A", "%37", "a%2Fb", "..", ".", "%2e%2e",
			"%", "%2", "%zz", "%00", "\\", "a;b", "ü", "%C3%BC", "%FF", "\xff", "", "a b", "#", "{id}", strings.Repeat("x", 200))
	}
	a := asked{
		method:       pick("GET", "GET", "GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "get", "X-Y", "G T"),
		user:         pick("", "rosa", "edna", "ada", "adam", "direct", "gone", "late", "homer", "bot", "mallory", "rosa,ada", "*"),
		organisation: pick("", "", "SNPP", "MOE"),
	}
	if r.IntN(3) > 0 {
		a.method = pick("GET", "GET", "PUT", "DELETE", "POST")
		a.uri = pick("/login", "/newsletters", "/newsletters/7", "/newsletters/8", "/newsletters/7/print", "/newsletters/%2A", "/newsletters/%37")
		return a
	}
	for range 1 + r.IntN(3) {
		a.uri += "/" + segment()
	}
	a.uri += pick("", "", "", "", "/", "//", "?", "?a=/../b", "?#")
	if r.IntN(50) == 0 {
		a.uri = pick("*", "login", "http://shop.example/login", "?", strings.Repeat("/a", 3000))
	}
	return a
}

// TestModuleAgrees wants the module, the gate without WebAssembly and the rules themselves to answer alike.
func TestModuleAgrees(t *testing.T) {
	t.Parallel()
	const requests, seed = 5000, 4
	content := bundle(t, draft{})
	config := inline(content).text(t)
	now := time.Date(2026, time.March, 1, 0, 0, 0, 0, time.UTC)
	h := newHost(t, settings{config: config, clock: func() time.Time { return now }})
	gate, err := proxy.New([]byte(config), proxy.Environment{Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	want, seen := openRules(t, content), map[int]int{}
	source := rand.New(rand.NewPCG(seed, seed))
	for range requests {
		a := generate(source)
		x := a.exchange()
		gate.Handle(x)
		wanted := want.status(a, now)
		seen[wanted]++
		if got := h.ask(a); got != wanted || x.status != wanted {
			t.Fatalf("seed %d: %s: the module answers %d, the gate %d, the rules %d", seed, a, got, x.status, wanted)
		}
	}
	for _, status := range []int{200, 401, 403} {
		if seen[status] < requests/50 {
			t.Errorf("%d of %d requests have the status %d: %v", seen[status], requests, status, seen)
		}
	}
}

// ask has the module answer, without a server before it, which would refuse some of these.
func (h *host) ask(a asked) int {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Method = a.method
	for name, value := range map[string]string{"X-User": a.user, "X-Organisation": a.organisation} {
		if value != "" {
			r.Header.Set(name, value)
		}
	}
	w := httptest.NewRecorder()
	i := <-h.pool
	h.serve(i, &visit{w: w, r: r, uri: a.uri}, http.HandlerFunc(upstream))
	h.pool <- i
	return w.Code
}
