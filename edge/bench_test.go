package edge_test

import (
	"testing"

	"github.com/valyala/fasthttp"

	"github.com/lictor-dev/lictor/edge"
)

// BenchmarkHandleData measures a question from its parsed head to its answer, without a network. The first
// one answers a constant: what the server library itself costs here.
func BenchmarkHandleData(b *testing.B) {
	s := edge.New(edge.Options{Source: newSource(newTableGeneration(b))})
	constant := func(ctx *fasthttp.RequestCtx) {
		ctx.Response.Header.SetContentType("application/json")
		ctx.Response.SetBodyString(`{"decision":true}`)
	}
	benchmarks := []struct {
		name, path, body string
		handle           fasthttp.RequestHandler
	}{
		{"constant", evaluation, question(), constant},
		{"evaluation", evaluation, question(), s.HandleData},
		{"check", "/v1/check", `{"subject":"homer","permission":"newsletter:read:17"}`, s.HandleData},
	}
	for _, bb := range benchmarks {
		b.Run(bb.name, func(b *testing.B) {
			var ctx fasthttp.RequestCtx
			ctx.Request.Header.SetMethod("POST")
			ctx.Request.Header.SetContentType("application/json")
			ctx.Request.SetRequestURI(bb.path)
			ctx.Request.SetBodyString(bb.body)
			b.ReportAllocs()
			for b.Loop() {
				ctx.Response.Reset()
				bb.handle(&ctx)
			}
		})
	}
}
