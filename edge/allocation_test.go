//go:build !race

package edge_test

import (
	"io"
	"strings"
	"testing"

	"github.com/valyala/fasthttp"

	"github.com/lictor-dev/lictor/edge"
	"github.com/lictor-dev/lictor/edge/decisionlog"
	"github.com/lictor-dev/lictor/edge/observe"
)

// TestHandleDataAllocates holds the edge to its budget: no allocation for an answer, allow or deny.
func TestHandleDataAllocates(t *testing.T) {
	log := decisionlog.New(decisionlog.Options{Writer: io.Discard})
	defer func() {
		if err := log.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}()
	options := edge.Options{Source: newSource(newTableGeneration(t)), Authenticate: guests{"Bearer a": {Name: "gateway"}}}
	plain := edge.New(options)
	options.DecisionObservers = []observe.DecisionObserver{log}
	logging := edge.New(options)
	tests := []struct{ name, path, body string }{
		{"evaluation, allow", evaluation, question()},
		{"evaluation, deny", evaluation, question("write", "publish")},
		{"evaluation, deny by a condition", evaluation, question("write", "delete")},
		{"evaluation with everything", evaluation, question(`"}}`, `","properties":{"owner":"lisa","size":7}},"context":{"ip":"10.0.0.1","x":[1,2]},"organisation":"SNPP","attribute":"title"}`)},
		{"evaluations of one", evaluations, question()},
		{"evaluations", evaluations, batch(`"action":{"name":"write"},"context":{"a":1},"organisation":"SNPP"`, strings.Repeat(`{"resource":{"type":"newsletter","id":"17"}},`, 49)+
			`{"subject":{"type":"user","id":"lisa"},"resource":{"type":"newsletter","id":"18","properties":{"locked":true}},"context":{}}`)},
		{"evaluations until a deny", evaluations, batch(`"options":{"evaluations_semantic":"deny_on_first_deny"}`, question(), question("write", "delete"), question())},
		{"check", "/v1/check", `{"subject":"homer","permission":"newsletter:read:17"}`},
		{"check of many", "/v1/check", `{"subject":{"type":"user","id":"lisa"},"permissions":["newsletter:read,write:17","a"],"mode":"any","context":{"a":1}}`},
		{"check of roles", "/v1/check", `{"subject":"homer","roles":["editor","reader"]}`},
		{"batch", "/v1/check", `[{"subject":"homer","permission":"newsletter:read"},{"subject":"homer","permission":"a"}]`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var ctx fasthttp.RequestCtx
			ctx.Request.Header.SetMethod("POST")
			ctx.Request.Header.SetContentType("application/json; charset=utf-8")
			ctx.Request.Header.Set("X-Request-ID", "7")
			ctx.Request.Header.Set("Authorization", "Bearer a")
			ctx.Request.SetRequestURI(tt.path)
			ctx.Request.SetBodyString(tt.body)
			for name, s := range map[string]*edge.Server{"as it is": plain, "with a decision log": logging} {
				before := log.Counts()
				n := testing.AllocsPerRun(100, func() {
					ctx.Response.Reset()
					s.HandleData(&ctx)
				})
				if ctx.Response.StatusCode() != 200 {
					t.Fatalf("%d %s", ctx.Response.StatusCode(), ctx.Response.Body())
				}
				if n != 0 {
					t.Errorf("%s: %v allocations, want 0", name, n)
				}
				if (log.Counts().Accepted > before.Accepted) != (s == logging) {
					t.Errorf("%s: counts of the log are %+v", name, log.Counts())
				}
			}
		})
	}
}
