package edge

import (
	"encoding/json"
	"unsafe"

	"github.com/valyala/fasthttp"

	"github.com/lictor-dev/lictor/edge/exchange"
)

// health answers 200 for as long as the process serves at all.
func (s *Server) health(v *visit) {
	report(v.ctx, fasthttp.StatusOK, map[string]string{"status": "ok"})
}

// ready is the answer of /readyz.
type ready struct {
	Ready    bool   `json:"ready"`
	Reason   string `json:"reason,omitempty"` // why not
	Revision string `json:"revision,omitempty"`
	standing
}

// readiness answers 200 when questions are answered, 503 while there is no good bundle or the server
// is draining. A bundle that was refused while another one runs leaves the edge ready.
func (s *Server) readiness(v *visit) {
	g := v.generation
	answer := ready{Ready: true, standing: s.standing(g)}
	if g != nil {
		answer.Revision = g.Revision
	}
	switch {
	case s.draining.Load():
		answer.Ready, answer.Reason = false, "draining"
	case g == nil:
		answer.Ready, answer.Reason = false, noGeneration
	}
	status := fasthttp.StatusOK
	if !answer.Ready {
		status = fasthttp.StatusServiceUnavailable
		v.ctx.Response.Header.Set(fasthttp.HeaderRetryAfter, "1")
	}
	report(v.ctx, status, answer)
}

// noGeneration says why there is no answer yet.
const noGeneration = "no good bundle to answer from"

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
