package benchmarks_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/lictor-dev/lictor/edge"
	"github.com/lictor-dev/lictor/edge/accesslog"
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

// BenchmarkHTTP measures requests a second over loopback against a server that answers a constant. The servers take
// turns within one run, so that whatever slows the machine slows all of them, each time in another order, since what one
// leaves behind, such as lines of its log to be written, slows the next; reported are medians: of the requests a
// second in each turn, and of their ratio to those of the constant in the same turn.
func BenchmarkHTTP(b *testing.B) {
	counted := func() observe.Observer { return metrics.New("benchmark", edge.DataPaths()) }
	rivals := []*rival{
		{name: "constant", serve: (&fasthttp.Server{Handler: constant, NoDefaultServerHeader: true, NoDefaultContentType: true}).Serve},
		{name: "edge", serve: springfieldEdge(b).ServeData},
		{name: "metrics", serve: springfieldEdge(b, counted()).ServeData},
		{name: "log", serve: springfieldEdge(b, counted(), accessLog(b)).ServeData},
	}
	for _, r := range rivals {
		r.start(b)
	}
	for b.Loop() {
		for _, i := range rand.Perm(len(rivals)) {
			rivals[i].run(b, slice)
		}
	}
	b.ReportMetric(0, "ns/op")
	for _, r := range rivals {
		b.ReportMetric(median(r.rates), r.name+"/s")
		ratios := make([]float64, len(r.rates))
		for i := range ratios {
			ratios[i] = r.rates[i] / rivals[0].rates[i]
		}
		b.ReportMetric(median(ratios), r.name+"/constant")
	}
}

func median(of []float64) float64 {
	sorted := slices.Sorted(slices.Values(of))
	return sorted[len(sorted)/2]
}

func constant(ctx *fasthttp.RequestCtx) {
	ctx.Response.Header.SetContentType("application/json")
	ctx.Response.SetBodyString(constantAnswer)
}

// fixed is a source whose generation never changes.
type fixed struct{ generation *exchange.Generation }

func (f fixed) Current() *exchange.Generation { return f.generation }

// springfieldEdge returns an edge that answers from examples/springfield and tells observers.
func springfieldEdge(tb testing.TB, observers ...observe.Observer) *edge.Server {
	tb.Helper()
	e := engine(tb, read(tb, "../examples/springfield"))
	return edge.New(edge.Options{Observers: observers, Source: fixed{&exchange.Generation{
		Revision: "springfield", Grammar: e.Grammar(), Engine: e, Subjects: e, Catalog: e,
	}}})
}

// accessLog returns a log in a file, which ends with the benchmark.
func accessLog(tb testing.TB) *accesslog.Log {
	tb.Helper()
	file, err := lines.OpenFile(filepath.Join(tb.TempDir(), "access.log"))
	if err != nil {
		tb.Fatal(err)
	}
	l := accesslog.New(accesslog.Options{Writer: file})
	tb.Cleanup(func() {
		if err := errors.Join(l.Close(context.Background()), file.Close()); err != nil {
			tb.Error(err)
		}
	})
	return l
}

// rival is a server in the comparison, and its clients.
type rival struct {
	name    string
	serve   func(net.Listener) error
	clients []net.Conn
	rates   []float64 // requests a second, turn by turn
}

// start serves until the benchmark ends and connects the clients.
func (r *rival) start(tb testing.TB) {
	tb.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	var done sync.WaitGroup
	done.Go(func() {
		if err := r.serve(ln); err != nil {
			tb.Error(err)
		}
	})
	for range connections {
		c, err := net.Dial("tcp", ln.Addr().String())
		if err != nil {
			tb.Fatal(err)
		}
		r.clients = append(r.clients, c)
	}
	tb.Cleanup(func() {
		for _, c := range r.clients {
			c.Close()
		}
		ln.Close()
		done.Wait()
	})
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
