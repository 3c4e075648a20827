package proxy_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// answer is what a client gets.
type answer struct {
	Status    int
	Challenge string
	Body      string
}

// arrival is what upstream answers with: what it was sent.
func upstream(w http.ResponseWriter, r *http.Request) {
	_, _ = io.WriteString(w, strings.Join([]string{
		r.Method, r.RequestURI, r.Header.Get("X-Lictor-Revision"), r.Header.Get("X-Lictor-Subject"),
	}, "|"))
}

// front starts a server of h in front of upstream.
func front(t *testing.T, h *host) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(h.middleware(http.HandlerFunc(upstream)))
	t.Cleanup(server.Close)
	return server
}

// send writes a request as it stands, since clients make paths regular, and returns the answer.
func send(t testing.TB, server *httptest.Server, target string, headers ...string) answer {
	t.Helper()
	connection, err := net.DialTimeout("tcp", server.Listener.Addr().String(), 10*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	if err := connection.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	lines := append([]string{target + " HTTP/1.1", "Host: shop.example", "Connection: close"}, headers...)
	if _, err := io.WriteString(connection, strings.Join(lines, "\r\n")+"\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(connection), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{response.StatusCode, response.Header.Get("WWW-Authenticate"), string(body)}
}

// The answers to requests that do not pass.
var (
	nobody      = answer{Status: 401, Challenge: `Bearer realm="shop"`}
	forbidden   = answer{Status: 403}
	unavailable = answer{Status: 503}
	trapped     = answer{Status: 500}
)

func passed(what string) answer { return answer{200, "", what} }

func TestModule(t *testing.T) {
	t.Parallel()
	h := newHost(t, settings{config: inline(bundle(t, draft{})).with(object{
		"www_authenticate": `Bearer realm="shop"`,
		"upstream_headers": object{"X-Lictor-Revision": "revision", "X-Lictor-Subject": "subject"},
	}).text(t)})
	server := front(t, h)
	long := strings.Repeat("a", 5000)
	tests := []struct {
		name    string
		target  string
		headers []string
		want    answer
		log     string // of the rule and the reason
	}{
		{"for everybody", "GET /login", nil, passed("GET|/login|r1|"), ""},
		{"for everybody, with a query", "GET /login?next=/newsletters", nil, passed("GET|/login?next=/newsletters|r1|"), ""},
		{"what a client forged", "GET /login", []string{"X-Lictor-Subject: admin", "x-lictor-revision: r9"}, passed("GET|/login|r1|"), ""},
		{"allowed", "GET /newsletters", []string{"X-User: rosa"}, passed("GET|/newsletters|r1|rosa"), ""},
		{"allowed in the midst of a query", "GET /newsletters?a=/../", []string{"X-User: rosa"}, passed("GET|/newsletters?a=/../|r1|rosa"), ""},
		{"nobody", "GET /newsletters", nil, nobody, "401 by the rule at rules.yaml:24: not_authenticated"},
		{"nobody, said so", "GET /newsletters", []string{"X-User:"}, nobody, "401 by the rule at rules.yaml:24: not_authenticated"},
		{"stranger", "GET /newsletters", []string{"X-User: mallory"}, forbidden, "403 by the rule at rules.yaml:24: not_satisfied"},
		{"another type", "GET /newsletters", []string{"X-User: bot"}, forbidden, "403 by the rule at rules.yaml:24: not_satisfied"},
		{"inactive", "GET /newsletters", []string{"X-User: gone"}, forbidden, "403 by the rule at rules.yaml:24: not_satisfied"},
		{"two subjects", "GET /newsletters", []string{"X-User: rosa", "X-User: rosa"}, nobody, "401 by the rule at rules.yaml:24: not_authenticated"},
		{"two subjects in one", "GET /newsletters", []string{"X-User: rosa, rosa"}, forbidden, "403 by the rule at rules.yaml:24: not_satisfied"},
		{"no text", "GET /newsletters", []string{"X-User: rosa\xff"}, nobody, "401 by the rule at rules.yaml:24: not_authenticated"},
		{"empty organisation", "GET /newsletters", []string{"X-User: rosa", "X-Organisation:"}, nobody, "401 by the rule at rules.yaml:24: not_authenticated"},
		{"two organisations", "GET /newsletters", []string{"X-User: rosa", "X-Organisation: SNPP", "X-Organisation: SNPP"}, nobody, "401 by the rule at rules.yaml:24: not_authenticated"},
		{"not any more", "PUT /newsletters/7", []string{"X-User: late"}, forbidden, "403 by the rule at rules.yaml:29: not_satisfied"},
		{"in the organisation", "POST /newsletters/7/print", []string{"X-User: homer", "X-Organisation: SNPP"}, passed("POST|/newsletters/7/print|r1|homer"), ""},
		{"in no organisation", "POST /newsletters/7/print", []string{"X-User: homer"}, forbidden, "403 by the rule at rules.yaml:33: not_satisfied"},
		{"in another organisation", "POST /newsletters/7/print", []string{"X-User: homer", "X-Organisation: MOE"}, forbidden, "403 by the rule at rules.yaml:33: not_satisfied"},
		{"either, by role", "PUT /newsletters/7", []string{"X-User: adam"}, passed("PUT|/newsletters/7|r1|adam"), ""},
		{"either, by both", "PUT /newsletters/7", []string{"X-User: edna"}, passed("PUT|/newsletters/7|r1|edna"), ""},
		{"either, by neither", "PUT /newsletters/7", []string{"X-User: rosa"}, forbidden, "403 by the rule at rules.yaml:29: not_satisfied"},
		{"both", "DELETE /newsletters/7", []string{"X-User: ada"}, passed("DELETE|/newsletters/7|r1|ada"), ""},
		{"both, without the role", "DELETE /newsletters/7", []string{"X-User: direct"}, forbidden, "403 by the rule at rules.yaml:31: not_satisfied"},
		{"variable", "GET /newsletters/%2A", []string{"X-User: direct"}, passed("GET|/newsletters/%2A|r1|direct"), ""},
		{"another variable", "GET /newsletters/a,b", []string{"X-User: direct"}, forbidden, "403 by the rule at rules.yaml:28: not_satisfied"},
		{"variable by escapes", "GET /newsletters/%37", []string{"X-User: rosa"}, passed("GET|/newsletters/%37|r1|rosa"), ""},
		{"no such path", "GET /nowhere", []string{"X-User: ada"}, forbidden, "403: no_route"},
		{"no such path, for nobody", "GET /nowhere", nil, nobody, "401: no_route"},
		{"no such method", "PATCH /newsletters/7", []string{"X-User: ada"}, forbidden, "403: no_route"},
		{"method in lower case", "get /login", nil, forbidden, "403: bad_method"},
		{"long method", strings.Repeat("G", 100) + " /login", nil, forbidden, "403: no_method"},
		{"dot segments", "GET /newsletters/../login", nil, forbidden, "403: bad_path"},
		{"hidden dot segments", "GET /newsletters/%2e%2E/login", nil, forbidden, "403: bad_path"},
		{"two slashes", "GET //login", nil, forbidden, "403: bad_path"},
		{"slash at the end", "GET /login/", nil, nobody, "401: no_route"},
		{"hidden slash", "GET /newsletters/a%2Fb", []string{"X-User: rosa"}, forbidden, "403: bad_path"},
		{"backslash", "GET /newsletters/a%5Cb", []string{"X-User: rosa"}, forbidden, "403: bad_path"},
		{"escape in an escape", "GET /newsletters/%2537", []string{"X-User: rosa"}, forbidden, "403: bad_path"},
		{"parameter", "GET /login;a=b", nil, forbidden, "403: bad_path"},
		{"long path", "GET /newsletters/" + long, []string{"X-User: rosa"}, forbidden, "403: bad_path"},
		{"longer path", "GET /newsletters/" + strings.Repeat(long, 20), []string{"X-User: rosa"}, forbidden, "403: no_path"},
		{"long query", "GET /login?" + long, nil, passed("GET|/login?" + long + "|r1|"), ""},
		{"absolute target", "GET http://shop.example/login", nil, passed("GET|http://shop.example/login|r1|"), ""},
		{"long subject", "GET /newsletters", []string{"X-User: " + strings.Repeat(long, 2)}, forbidden, "403 by the rule at rules.yaml:24: not_satisfied"},
		{"longer subject", "GET /newsletters", []string{"X-User: " + strings.Repeat(long, 20)}, unavailable, "503: header_fault"},
	}
	h.log()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, send(t, server, tt.target, tt.headers...)); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
			var want []line
			if tt.log != "" {
				want = []line{{0, "lictor: refused with " + tt.log}}
			}
			if diff := cmp.Diff(want, h.log(), cmp.AllowUnexported(line{})); diff != "" {
				t.Errorf("log (-want +got):\n%s", diff)
			}
		})
	}
	if len(h.traps) > 0 {
		t.Errorf("traps: %v", h.traps)
	}
}
