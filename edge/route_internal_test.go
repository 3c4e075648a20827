package edge

import (
	"net/http"
	"testing"

	"github.com/valyala/fasthttp"

	"github.com/lictor-dev/lictor/edge/exchange"
)

// nothing is a source without a generation.
type nothing struct{}

func (nothing) Current() *exchange.Generation { return nil }

// TestPlanesAreApart asks each listener for every route of the other, whatever the method.
func TestPlanesAreApart(t *testing.T) {
	t.Parallel()
	s := New(Options{Source: nothing{}, Metrics: http.NotFoundHandler(), Profiling: true})
	if len(s.adminRoutes) < 15 || len(dataRoutes) < 7 {
		t.Fatalf("%d admin routes and %d data routes: not all are looked at", len(s.adminRoutes), len(dataRoutes))
	}
	ask := func(handle fasthttp.RequestHandler, method, path string) int {
		var ctx fasthttp.RequestCtx
		ctx.Request.Header.SetMethod(method)
		ctx.Request.SetRequestURI(path)
		ctx.Request.SetBodyString("{}")
		handle(&ctx)
		return ctx.Response.StatusCode()
	}
	for _, method := range []string{"GET", "HEAD", "POST", "PUT", "OPTIONS"} {
		for i := range s.adminRoutes {
			if status := ask(s.HandleData, method, s.adminRoutes[i].path); status != 404 {
				t.Errorf("%s %s on the data listener: %d", method, s.adminRoutes[i].path, status)
			}
		}
		for i := range dataRoutes {
			if status := ask(s.HandleAdmin, method, dataRoutes[i].path); status != 404 {
				t.Errorf("%s %s on the admin listener: %d", method, dataRoutes[i].path, status)
			}
		}
	}
	for _, path := range []string{"/debug/pprof", "/debug/pprof/cmdline", "/debug/pprof/../pprof/heap", "/debug/vars", "/metrics/"} {
		if status := ask(s.HandleAdmin, "GET", path); status != 404 {
			t.Errorf("%s on the admin listener: %d", path, status)
		}
	}
}
