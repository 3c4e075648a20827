package benchmarks_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/open-policy-agent/opa/v1/logging"
	"github.com/open-policy-agent/opa/v1/runtime"
	"github.com/valyala/fasthttp"

	"github.com/lictor-dev/lictor/benchmarks/peers/lictor"
	"github.com/lictor-dev/lictor/benchmarks/peers/opa"
	asked "github.com/lictor-dev/lictor/benchmarks/workload"
	"github.com/lictor-dev/lictor/edge"
	"github.com/lictor-dev/lictor/edge/exchange"
	"github.com/lictor-dev/lictor/edge/metrics"
	"github.com/lictor-dev/lictor/edge/observe"
)

// httpWorkload is what is asked over HTTP.
const httpWorkload = "rbac-1000"

// served is a server in the comparison with OPA's, and its clients.
type served struct {
	name    string
	ask     func(*asked.Request) []byte // the request as it is sent
	deny    string                      // what is in the body of an answer that denies
	allow   string                      // and of one that allows
	clients []*client
	rates   []float64 // requests a second, turn by turn
	answers int64     // to all of them
	pid     int
	before  time.Duration // what the processor had given to the process when it was first asked
}

// BenchmarkHTTPPeers measures requests a second over loopback: an edge, OPA's own server, on the policy that somebody who knows
// OPA would write and on Lictor's bundle, and a server that answers a constant. All are asked the same in turns of 10 ms each, in an order that
// changes, by 16 clients with one request under way each; every answer is read and is the workload's. Reported are medians of
// the requests a second in each turn, and of their ratio to OPA's in the same turn; and the time that the processor gave to the server's
// process for a request, in which the clients have next to no part, and how often that goes into what it gave to OPA's.
//
// Every server is a process of its own, and the clients are this one. All share the machine's cores: in its turn a server and
// the clients do, so that what clients take is in every rate, while the other servers wait. The edge and OPA's servers keep
// their metrics of every request, and log neither requests nor decisions.
func BenchmarkHTTPPeers(b *testing.B) {
	servers := serveAll(b)
	for b.Loop() {
		takeTurns(b, servers, slice)
	}
	b.ReportMetric(0, "ns/op")
	base := servers[slices.IndexFunc(servers, func(s *served) bool { return s.name == baseline })]
	for _, s := range servers {
		b.ReportMetric(median(s.rates), s.name+"/s")
		b.ReportMetric(median(ratios(s, servers)), s.name+"/"+baseline)
		if took := s.perAnswer(b); took > 0 {
			b.ReportMetric(took, s.name+"-ns/answer")
			b.ReportMetric(base.perAnswer(b)/took, s.name+"/"+baseline+"-cpu")
		}
	}
}

// TestHTTPPeers wants the answers of all servers to be the workload's, and the edge to serve several times as many as OPA's
// server: far fewer times than are measured, so that only a change crosses it.
func TestHTTPPeers(t *testing.T) {
	servers := serveAll(t)
	for range 40 {
		takeTurns(t, servers, slice)
	}
	for _, s := range servers {
		t.Logf("%s: %.0f requests/s, %.1f times OPA's server", s.name, median(s.rates), median(ratios(s, servers)))
		if got := median(ratios(s, servers)); s.name == "lictor-edge" && got < 3 {
			t.Errorf("the edge serves %.1f times as many requests as OPA's server, at least 3 are wanted", got)
		}
	}
}

// baseline is the server that the others are compared with.
const baseline = "opa-server"

// perAnswer is how many nanoseconds the processor gave to the server's process for one answer, 0 where the system does not tell.
func (s *served) perAnswer(tb testing.TB) float64 {
	tb.Helper()
	return float64(spent(tb, s.pid)-s.before) / float64(s.answers)
}

// ratios are those of the rates of s to those of OPA's server.
func ratios(s *served, servers []*served) []float64 {
	var of []float64
	for _, base := range servers {
		if base.name == baseline {
			for i := range s.rates {
				of = append(of, s.rates[i]/base.rates[i])
			}
		}
	}
	return of
}

// serveAll starts the servers and compares their answers to all requests.
func serveAll(tb testing.TB) []*served {
	tb.Helper()
	w, err := asked.New(httpWorkload)
	if err != nil {
		tb.Fatal(err)
	}
	servers := []*served{
		{name: "constant", ask: evaluationOf, deny: `"decision":true`, allow: `"decision":true`},
		{name: "lictor-edge", ask: evaluationOf, deny: `"decision":false`, allow: `"decision":true`},
		{name: "opa-server", ask: dataOf, deny: `{"result":false}`, allow: `{"result":true}`},
		{name: "opa-server-lictor-bundle", ask: entrypointOf, deny: `{"result":false}`, allow: `{"result":true}`},
	}
	for _, s := range servers {
		address, pid := startServer(tb, "TestPeer", s.name)
		s.connect(tb, address, w)
		for range w.Requests {
			if err := s.clients[0].next(); err != nil {
				tb.Fatalf("%s: %v", s.name, err)
			}
		}
		s.pid, s.before = pid, spent(tb, pid)
	}
	return servers
}

// TestPeer is a server of BenchmarkHTTPPeers in its own process, until its input ends. In any other process it is nothing.
func TestPeer(t *testing.T) {
	name := os.Getenv(rivalVariable)
	if name == "" {
		return
	}
	w, err := asked.New(httpWorkload)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Println(startPeer(t, name, w))
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		t.Error(err)
	}
}

// startPeer starts a server by its name and returns its address.
func startPeer(tb testing.TB, name string, w *asked.Workload) string {
	tb.Helper()
	switch name {
	case "constant":
		return serve(tb, (&fasthttp.Server{Handler: constant, NoDefaultServerHeader: true, NoDefaultContentType: true}).Serve)
	case "lictor-edge":
		return serve(tb, edgeOf(tb, w).ServeData)
	case "opa-server":
		return serveOPA(tb, opa.Document, w)
	case "opa-server-lictor-bundle":
		return serveOPA(tb, opa.BundleDocument, w)
	}
	tb.Fatalf("no server is called %q", name)
	return ""
}

// serve answers on an address that it returns until the test ends.
func serve(tb testing.TB, server func(net.Listener) error) string {
	tb.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	var done sync.WaitGroup
	done.Go(func() {
		if err := server(ln); err != nil {
			tb.Error(err)
		}
	})
	tb.Cleanup(func() {
		ln.Close()
		done.Wait()
	})
	return ln.Addr().String()
}

// edgeOf returns an edge with metrics, as lictor-edge has them.
func edgeOf(tb testing.TB, w *asked.Workload) *edge.Server {
	tb.Helper()
	m, err := lictor.Model(w.Policy)
	if err != nil {
		tb.Fatal(err)
	}
	e := engine(tb, m)
	counted := []observe.Observer{metrics.New("benchmark", edge.DataPaths())}
	return edge.New(edge.Options{Observers: counted, Source: fixed{&exchange.Generation{
		Revision: httpWorkload, Grammar: e.Grammar(), Engine: e, Subjects: e, Catalog: e,
	}}})
}

// serveOPA runs what "opa run --server" runs, with its metrics, and without the log of requests, which it would write unless it
// is told not to, and the log of decisions, which it would not.
func serveOPA(tb testing.TB, document func(*asked.Workload) (map[string][]byte, error), w *asked.Workload) string {
	tb.Helper()
	files, err := document(w)
	if err != nil {
		tb.Fatal(err)
	}
	folder := tb.TempDir()
	for name, text := range files {
		path := filepath.Join(folder, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, text, 0o600)); err != nil {
			tb.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	params := runtime.NewParams()
	params.Addrs, params.Paths = &[]string{"127.0.0.1:0"}, []string{folder}
	params.Logger, params.ConsoleLogger = logging.NewNoOpLogger(), logging.NewNoOpLogger()
	params.GracefulShutdownPeriod = 10
	server, err := runtime.NewRuntime(ctx, params)
	if err != nil {
		cancel()
		tb.Fatal(err)
	}
	var done sync.WaitGroup
	done.Go(func() {
		if err := server.Serve(ctx); err != nil {
			tb.Error(err)
		}
	})
	tb.Cleanup(func() {
		cancel()
		done.Wait()
	})
	look := time.NewTicker(time.Millisecond) // it does not say when it listens
	defer look.Stop()
	for end := time.After(time.Minute); len(server.Addrs()) == 0; {
		select {
		case <-look.C:
		case <-end:
			tb.Fatal("the server of OPA does not start")
		}
	}
	return server.Addrs()[0]
}

// evaluationOf is a request to an edge, and entrypointOf the same to OPA's server with Lictor's bundle.
func evaluationOf(r *asked.Request) []byte { return post("/access/v1/evaluation", evaluation(r)) }

func entrypointOf(r *asked.Request) []byte {
	return post("/v1/data/lictor/authz/allow", map[string]any{"input": evaluation(r)})
}

func evaluation(r *asked.Request) map[string]any {
	return map[string]any{
		"subject": map[string]string{"type": "user", "id": r.Subject}, "action": map[string]string{"name": r.Action},
		"resource": map[string]string{"type": r.Resource, "id": r.Instance},
	}
}

// dataOf is a request to OPA's server with a policy of its own.
func dataOf(r *asked.Request) []byte {
	return post("/v1/data/authz/allow", map[string]any{"input": map[string]string{
		"subject": r.Subject, "resource": r.Resource, "action": r.Action, "instance": r.Instance,
	}})
}

func post(path string, body any) []byte {
	text, err := json.Marshal(body)
	if err != nil {
		panic("BUG: " + err.Error())
	}
	return fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", path, len(text), text)
}

// client asks over one connection, one request after the other.
type client struct {
	conn      net.Conn
	questions []sent
	at        int // the next question
	answer    []byte
}

// sent is a request as it is sent, and what is in the body of its answer.
type sent struct{ request, want []byte }

// connect makes the clients, each of which begins with another question.
func (s *served) connect(tb testing.TB, address string, w *asked.Workload) {
	tb.Helper()
	questions := make([]sent, len(w.Requests))
	for i := range w.Requests {
		questions[i] = sent{s.ask(&w.Requests[i]), []byte(s.deny)}
		if w.Requests[i].Allowed {
			questions[i].want = []byte(s.allow)
		}
	}
	for i := range connections {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			tb.Fatal(err)
		}
		tb.Cleanup(func() { conn.Close() })
		s.clients = append(s.clients, &client{conn, questions, i * len(questions) / connections, make([]byte, 4096)})
	}
}

// next asks the next question and reads the answer.
func (c *client) next() error {
	q := &c.questions[c.at]
	if c.at++; c.at == len(c.questions) {
		c.at = 0
	}
	if _, err := c.conn.Write(q.request); err != nil {
		return err
	}
	got, size := 0, len(c.answer)
	head := -1 // bytes before the body, once known
	for got < size {
		n, err := c.conn.Read(c.answer[got:])
		if err != nil {
			return err
		}
		if got += n; head < 0 {
			if end := bytes.Index(c.answer[:got], []byte("\r\n\r\n")); end >= 0 {
				head = end + 4
				size = head + contentLength(c.answer[:head])
			}
		}
	}
	if !bytes.HasPrefix(c.answer, []byte("HTTP/1.1 200")) || head < 0 || !bytes.Contains(c.answer[head:got], q.want) {
		return fmt.Errorf("%w: %.300q to %.300q", errAnswer, c.answer[:got], q.request)
	}
	return nil
}

// contentLength returns the length of the body below a head, 0 where it does not say.
func contentLength(head []byte) int {
	const name = "\r\nContent-Length: "
	start := bytes.Index(head, []byte(name))
	if start < 0 {
		return 0
	}
	n := 0
	for _, digit := range head[start+len(name):] {
		if digit < '0' || digit > '9' {
			break
		}
		n = 10*n + int(digit-'0')
	}
	return n
}

// takeTurns lets every server be asked for d, one after the other.
func takeTurns(tb testing.TB, servers []*served, d time.Duration) {
	tb.Helper()
	for _, i := range rand.Perm(len(servers)) {
		s := servers[i]
		var done sync.WaitGroup
		var answers atomic.Int64
		start := time.Now()
		for _, c := range s.clients {
			done.Go(func() {
				n, err := c.until(start.Add(d))
				if answers.Add(n); err != nil {
					tb.Errorf("%s: %v", s.name, err)
				}
			})
		}
		done.Wait()
		s.answers += answers.Load()
		s.rates = append(s.rates, float64(answers.Load())/time.Since(start).Seconds())
	}
}

// until asks until the time has come and returns how many answers came.
func (c *client) until(end time.Time) (n int64, err error) {
	if err := c.conn.SetDeadline(end.Add(time.Minute)); err != nil {
		return 0, err
	}
	for time.Now().Before(end) {
		if err := c.next(); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}
