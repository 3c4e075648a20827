package benchmarks_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/lictor-dev/lictor/edge"
	"github.com/lictor-dev/lictor/edge/accesslog"
	"github.com/lictor-dev/lictor/edge/decisionlog"
	"github.com/lictor-dev/lictor/edge/exchange"
	"github.com/lictor-dev/lictor/edge/lines"
	"github.com/lictor-dev/lictor/edge/metrics"
	"github.com/lictor-dev/lictor/edge/observe"
)

// evaluationBody is one AuthZEN evaluation of examples/springfield, and constantAnswer what an edge answers to it.
const (
	evaluationBody = `{"subject":{"type":"user","id":"homer.simpson@springfield.com"},"action":{"name":"read"},` +
		`"resource":{"type":"reactor","id":"sector-7g"},"organisation":"SNPP"}`
	constantAnswer = `{"decision":true,"context":{"reason":"allowed","revision":"springfield"}}` + "\n"
)

const (
	connections = 16                    // to each server, each with one request under way
	slice       = 10 * time.Millisecond // of one server, before it is the next one's turn
)

// BenchmarkHTTP measures requests a second over loopback against a server that answers a constant. Every server is a process
// of its own, as those that are asked over a network are. They take turns, so that whatever slows the machine slows all of
// them, each time in another order, since what one leaves behind, such as lines of its log to be written, slows the next;
// reported are medians: of the requests a second in each turn, and of their ratio to those of the constant in the same turn.
//
// The constant's server does less than an edge does: its answer has no Lictor-Revision, and nothing bounds its requests. The
// bounded one sends the same bytes as an edge and has the same timeouts and limits, by the settings of the HTTP library.
func BenchmarkHTTP(b *testing.B) {
	all := startRivals(b, rivals...)
	for b.Loop() {
		takeTurn(b, all)
	}
	b.ReportMetric(0, "ns/op")
	for _, r := range all {
		b.ReportMetric(median(r.rates), r.name+"/s")
		for _, floor := range all[:2] {
			b.ReportMetric(r.beside(floor), r.name+"/"+floor.name)
		}
	}
}

// TestHTTP wants an edge with metrics to serve most of what a server that answers a constant does: a good deal less than is
// measured, so that only a change crosses it.
func TestHTTP(t *testing.T) {
	const turns, least = 40, 0.70
	all := startRivals(t, "constant", "metrics")
	for range turns {
		takeTurn(t, all)
	}
	got := all[1].beside(all[0])
	t.Logf("%.3f of a constant", got)
	if got < least {
		t.Errorf("an edge serves %.3f of what a constant does, want %.2f", got, least)
	}
}

// takeTurn asks each server for a while.
func takeTurn(tb testing.TB, all []*rival) {
	tb.Helper()
	for _, i := range rand.Perm(len(all)) {
		all[i].run(tb, slice)
	}
}

// rivals are the servers, the floors first.
var rivals = []string{"constant", "bounded", "edge", "metrics", "log", "decisions"}

// rivalVariable makes this program one of the servers.
const rivalVariable = "LICTOR_BENCHMARK_RIVAL"

// TestRival is a server of BenchmarkHTTP in its own process, until its input ends. In any other process it is nothing.
func TestRival(t *testing.T) {
	name := os.Getenv(rivalVariable)
	if name == "" {
		return
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var done sync.WaitGroup
	server := newRival(t, name)
	done.Go(func() {
		if err := server(ln); err != nil {
			t.Error(err)
		}
	})
	fmt.Println(ln.Addr())
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		t.Error(err)
	}
	ln.Close()
	done.Wait()
}

func newRival(tb testing.TB, name string) (serve func(net.Listener) error) {
	tb.Helper()
	counted := func() observe.Observer { return metrics.New("benchmark", edge.DataPaths()) }
	switch name {
	case "constant":
		return (&fasthttp.Server{Handler: constant, NoDefaultServerHeader: true, NoDefaultContentType: true}).Serve
	case "bounded":
		return (&fasthttp.Server{
			Handler: constantRevision, NoDefaultServerHeader: true, NoDefaultContentType: true,
			ReadTimeout: 5 * time.Second, WriteTimeout: 5 * time.Second, IdleTimeout: time.Minute,
			ReadBufferSize: 16 << 10, MaxRequestBodySize: 1 << 20, Concurrency: 16 << 10,
		}).Serve
	case "edge":
		return springfieldEdge(tb).ServeData
	case "metrics":
		return springfieldEdge(tb, counted()).ServeData
	case "log":
		return springfieldEdge(tb, counted(), accessLog(tb)).ServeData
	case "decisions":
		return edge.New(edge.Options{
			Observers: []observe.Observer{counted()}, DecisionObservers: []observe.DecisionObserver{decisionLog(tb)}, Source: alwaysSpringfield(tb),
		}).ServeData
	}
	tb.Fatalf("no server is called %q", name)
	return nil
}

func median(of []float64) float64 {
	sorted := slices.Sorted(slices.Values(of))
	return sorted[len(sorted)/2]
}

func constant(ctx *fasthttp.RequestCtx) {
	ctx.Response.Header.SetContentType("application/json")
	ctx.Response.SetBodyString(constantAnswer)
}

func constantRevision(ctx *fasthttp.RequestCtx) {
	constant(ctx)
	ctx.Response.Header.Set("Lictor-Revision", "springfield")
}

// fixed is a source whose generation never changes.
type fixed struct{ generation *exchange.Generation }

func (f fixed) Current() *exchange.Generation { return f.generation }

// springfieldEdge returns an edge that answers from examples/springfield and tells observers.
func springfieldEdge(tb testing.TB, observers ...observe.Observer) *edge.Server {
	tb.Helper()
	return edge.New(edge.Options{Observers: observers, Source: alwaysSpringfield(tb)})
}

func alwaysSpringfield(tb testing.TB) fixed {
	tb.Helper()
	e := engine(tb, read(tb, "../examples/springfield"))
	return fixed{&exchange.Generation{Revision: "springfield", Grammar: e.Grammar(), Engine: e, Subjects: e, Catalog: e}}
}

// accessLog returns a log in a file, which ends with the benchmark.
func accessLog(tb testing.TB) *accesslog.Log {
	tb.Helper()
	file := logFile(tb)
	l := accesslog.New(accesslog.Options{Writer: file})
	ends(tb, l, file)
	return l
}

// decisionLog is the other log.
func decisionLog(tb testing.TB) *decisionlog.Log {
	tb.Helper()
	file := logFile(tb)
	l := decisionlog.New(decisionlog.Options{Writer: file})
	ends(tb, l, file)
	return l
}

func logFile(tb testing.TB) *lines.File {
	tb.Helper()
	file, err := lines.OpenFile(filepath.Join(tb.TempDir(), "log"))
	if err != nil {
		tb.Fatal(err)
	}
	return file
}

// ends closes a log with the benchmark and wants it to have written every line: to lose them would cost less.
func ends(tb testing.TB, l interface {
	Close(ctx context.Context) error
	Counts() lines.Counts
}, file *lines.File,
) {
	tb.Helper()
	tb.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := errors.Join(l.Close(ctx), file.Close()); err != nil {
			tb.Error(err)
		}
		if c := l.Counts(); c.Written == 0 || c.Dropped+c.Failed > 0 {
			tb.Errorf("a log was not written whole: %+v", c)
		}
	})
}

// rival is a server in the comparison, and its clients.
type rival struct {
	name    string
	clients []net.Conn
	rates   []float64 // requests a second, turn by turn
}

// beside returns the median of the ratios of its rates to those of another one in the same turn.
func (r *rival) beside(floor *rival) float64 {
	ratios := make([]float64, len(r.rates))
	for i := range ratios {
		ratios[i] = r.rates[i] / floor.rates[i]
	}
	return median(ratios)
}

func startRivals(tb testing.TB, names ...string) []*rival {
	tb.Helper()
	all := make([]*rival, len(names))
	for i, name := range names {
		all[i] = startRival(tb, name)
	}
	return all
}

// startRival runs a server until the benchmark ends and connects the clients.
func startRival(tb testing.TB, name string) *rival {
	tb.Helper()
	r := &rival{name: name}
	address, _ := startServer(tb, "TestRival", name)
	for range connections {
		c, err := net.Dial("tcp", address)
		if err != nil {
			tb.Fatal(err)
		}
		tb.Cleanup(func() { c.Close() })
		r.clients = append(r.clients, c)
	}
	return r
}

// startServer runs one of this program's tests as a server in a process of its own, until the benchmark ends, and returns its
// address, which is the first line that it prints.
func startServer(tb testing.TB, test, name string) (address string, pid int) {
	tb.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^"+test+"$", "-test.timeout=1h") // it ends with its input
	cmd.Env, cmd.Stderr = append(os.Environ(), rivalVariable+"="+name), os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		tb.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if err = cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	printed := bufio.NewReader(out)
	tb.Cleanup(func() {
		in.Close()
		rest, err := io.ReadAll(printed)
		if err := errors.Join(err, cmd.Wait()); err != nil {
			tb.Errorf("%s: %v\n%s", name, err, rest)
		}
	})
	line, err := printed.ReadString('\n')
	if err != nil {
		tb.Fatalf("%s: %v", name, err)
	}
	return strings.TrimSpace(line), cmd.Process.Pid
}

// run has every client ask again and again for d.
func (r *rival) run(tb testing.TB, d time.Duration) {
	tb.Helper()
	request := fmt.Appendf(nil, "POST /access/v1/evaluation HTTP/1.1\r\nHost: edge\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
		len(evaluationBody), evaluationBody)
	var done sync.WaitGroup
	var served atomic.Int64
	start := time.Now()
	for _, c := range r.clients {
		done.Go(func() {
			n, err := askUntil(c, request, start.Add(d))
			served.Add(n)
			if err != nil {
				tb.Errorf("%s: %v", r.name, err)
			}
		})
	}
	done.Wait()
	r.rates = append(r.rates, float64(served.Load())/time.Since(start).Seconds())
}

// askUntil asks over one connection until the time has come and returns how many answers came. Each must be the
// one expected.
func askUntil(c net.Conn, request []byte, end time.Time) (n int64, err error) {
	buf := make([]byte, 4096)
	want := []byte("\r\n\r\n" + constantAnswer)
	size := 0 // of an answer, once known
	for time.Now().Before(end) {
		if _, err := c.Write(request); err != nil {
			return n, err
		}
		got := 0
		for size == 0 || got < size {
			k, err := c.Read(buf[got:])
			if err != nil {
				return n, err
			}
			if got += k; size == 0 && bytes.HasSuffix(buf[:got], want) {
				size = got
			}
		}
		if !bytes.HasSuffix(buf[:got], want) {
			return n, fmt.Errorf("%w: %.300q", errAnswer, buf[:got])
		}
		n++
	}
	return n, nil
}

var errAnswer = errors.New("another answer than expected")
