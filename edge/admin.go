package edge

import (
	"encoding/json"
	"time"
	"unsafe"

	"github.com/valyala/fasthttp"

	"github.com/lictor-dev/lictor/edge/exchange"
)

// health answers 200 for as long as the process serves at all.
func (s *Server) health(ctx *fasthttp.RequestCtx, _ *exchange.Generation) {
	report(ctx, fasthttp.StatusOK, map[string]any{"status": "ok"})
}

// readiness answers 200 when questions are answered, 503 while there is no good bundle or the server
// is draining.
func (s *Server) readiness(ctx *fasthttp.RequestCtx, g *exchange.Generation) {
	switch {
	case s.draining.Load():
		report(ctx, fasthttp.StatusServiceUnavailable, map[string]any{"ready": false, "reason": "draining"})
	case g == nil:
		report(ctx, fasthttp.StatusServiceUnavailable, map[string]any{"ready": false, "reason": "no good bundle"})
	default:
		report(ctx, fasthttp.StatusOK, map[string]any{"ready": true, "revision": g.Revision})
	}
}

// running is the answer of /v1/generation.
type running struct {
	Revision string    `json:"revision"`
	Epoch    uint64    `json:"epoch"`
	Since    time.Time `json:"since"`
}

func (s *Server) generation(ctx *fasthttp.RequestCtx, g *exchange.Generation) {
	if g == nil {
		fail(ctx, fasthttp.StatusServiceUnavailable, "no good bundle")
		return
	}
	report(ctx, fasthttp.StatusOK, running{g.Revision, g.Epoch, g.Since.UTC()})
}

func report(ctx *fasthttp.RequestCtx, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		panic("BUG: a report that is not JSON: " + err.Error())
	}
	ctx.SetStatusCode(status)
	ctx.Response.Header.SetContentType(contentJSON)
	ctx.Response.SetBody(append(body, '\n'))
}

// revisionBytes returns the revision without copying it; the result is only read.
func revisionBytes(g *exchange.Generation) []byte {
	return unsafe.Slice(unsafe.StringData(g.Revision), len(g.Revision))
}
