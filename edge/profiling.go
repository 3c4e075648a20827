package edge

import (
	"net/http"
	"net/http/pprof"

	"github.com/valyala/fasthttp/fasthttpadaptor"
)

// profilingPath is where profiles are, as every tool for them expects.
const profilingPath = "/debug/pprof/"

// profilingRoutes are the profiles of the running program, as package net/http/pprof answers them. Its command line
// is not among them.
func profilingRoutes() []route {
	routes := []route{
		foreign(profilingPath, "GET, HEAD", http.HandlerFunc(pprof.Index)),
		foreign(profilingPath+"profile", "GET, HEAD", http.HandlerFunc(pprof.Profile)),
		foreign(profilingPath+"trace", "GET, HEAD", http.HandlerFunc(pprof.Trace)),
		foreign(profilingPath+"symbol", "GET, HEAD, POST", http.HandlerFunc(pprof.Symbol)),
	}
	for _, name := range []string{"allocs", "block", "goroutine", "heap", "mutex", "threadcreate"} {
		routes = append(routes, foreign(profilingPath+name, "GET, HEAD", pprof.Handler(name)))
	}
	return routes
}

// foreign is a route that a handler of the standard library answers. It is for operators: each request costs a
// goroutine and allocations.
func foreign(path, methods string, handler http.Handler) route {
	serve := fasthttpadaptor.NewFastHTTPHandler(handler)
	return route{path: path, methods: methods, serve: func(_ *Server, v *visit) { serve(v.ctx) }}
}
