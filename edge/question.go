package edge

import (
	"bytes"
	"errors"

	"github.com/valyala/fasthttp"

	"github.com/lictor-dev/lictor/edge/exchange"
)

// question is a protocol in which a JSON body is a question: how it is answered and how its errors look.
type question struct {
	strict      bool // the content type must say that the body is JSON
	answer      func(*exchange.Exchange) error
	appendError func(dst []byte, message string) []byte
}

var mediaJSON = []byte(contentJSON)

func (q question) serve(s *Server, ctx *fasthttp.RequestCtx, g *exchange.Generation) {
	x := exchange.Acquire()
	status := q.ask(s, ctx, x, g)
	ctx.SetStatusCode(status)
	ctx.Response.Header.SetContentType(contentJSON)
	x.Answer = append(x.Answer, '\n')
	ctx.Response.SetBody(x.Answer)
	x.Release() // not deferred: after a panic x is in no known state and is left to the collector
}

// ask writes the answer or the error to x.Answer and returns the status.
func (q question) ask(s *Server, ctx *fasthttp.RequestCtx, x *exchange.Exchange, g *exchange.Generation) int {
	if g == nil {
		ctx.Response.Header.Set(fasthttp.HeaderRetryAfter, "1")
		x.Answer = q.appendError(x.Answer, noGeneration)
		return fasthttp.StatusServiceUnavailable
	}
	x.Generation, x.Settings, x.Now = g, s.settings, s.options.Clock().Unix()
	err := q.read(x, ctx)
	if err == nil {
		err = q.answer(x)
	}
	if err == nil {
		return fasthttp.StatusOK
	}
	if failure, ok := errors.AsType[*exchange.Failure](err); ok {
		x.Answer = q.appendError(x.Answer[:0], failure.Message)
		return failure.Status
	}
	s.options.Log.Error("no decision", "error", err, "revision", g.Revision)
	x.Answer = q.appendError(x.Answer[:0], "internal error")
	return fasthttp.StatusInternalServerError
}

// read parses the body.
func (q question) read(x *exchange.Exchange, ctx *fasthttp.RequestCtx) error {
	if q.strict && !isJSON(ctx.Request.Header.ContentType()) {
		return exchange.Malformed("the content type is not application/json")
	}
	body := ctx.Request.Body()
	if len(body) == 0 {
		return exchange.Malformed("the body is empty")
	}
	return x.Parse(body)
}

// isJSON reports whether a content type is application/json, whatever its parameters.
func isJSON(contentType []byte) bool {
	media, _, _ := bytes.Cut(contentType, []byte{';'})
	return bytes.EqualFold(bytes.TrimSpace(media), mediaJSON)
}
