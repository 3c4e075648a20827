package edge_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/value"
	"github.com/lictor-dev/lictor/compiler/lower"
	"github.com/lictor-dev/lictor/compiler/source"
	"github.com/lictor-dev/lictor/edge"
	"github.com/lictor-dev/lictor/runtime/conformance"
	"github.com/lictor-dev/lictor/runtime/decision"
)

// TestConformance puts the cases of the conformance tree to an edge, each request in the protocol that
// can say it. What callers may not say (a token) is left to the engines' own tests.
func TestConformance(t *testing.T) {
	t.Parallel()
	cases, err := conformance.Cases()
	if err != nil {
		t.Fatal(err)
	}
	asked := 0
	for i := range cases {
		c := &cases[i]
		definitions, list := source.Load(c.Files)
		model, more := lower.Lower(definitions)
		if list.HasErrors() || more.HasErrors() {
			t.Fatalf("%s: %s%s", c.Name, list, more)
		}
		for j := range c.Requests {
			asked += askEdge(t, c.Name, model, &c.Requests[j])
		}
	}
	t.Logf("%d requests in %d cases", asked, len(cases))
	if asked < len(cases) {
		t.Errorf("only %d requests in %d cases could be put to an edge", asked, len(cases))
	}
}

// askEdge puts one request to an edge and returns how often it could be put.
func askEdge(t *testing.T, name string, model *policy.Model, want *conformance.Request) (asked int) {
	t.Helper()
	var input map[string]any
	decoder := json.NewDecoder(bytes.NewReader(want.Input))
	decoder.UseNumber() // integers beyond 2⁵³ must arrive as they are
	if err := decoder.Decode(&input); err != nil {
		t.Fatal(err)
	}
	now := conformance.Now
	if _, v, err := value.Parse(nil, want.Input); err == nil && v.Get("now").Kind() == value.Integer {
		now = v.Get("now").Int()
	}
	if input["token"] != nil || strings.HasPrefix(want.Malformed, "token") || want.Malformed == "now" {
		return 0
	}
	s := edge.New(edge.Options{
		Source:  newSource(tableGeneration(t, model)),
		Callers: map[string]decision.Callers{"": decision.Overlay, "stored": decision.Stored, "ignore": decision.Ignore}[want.Callers],
		Clock:   func() time.Time { return time.Unix(now, 0) },
	})
	if input["permission"] == nil && input["permissions"] == nil && !want.Strict && (want.Code != "" || want.Malformed != "") {
		checkAnswer(t, name, want, reply(s, evaluation, want.Input), `{"decision":`, `"reason":"`)
		asked++
	}
	if body, ok := asCheck(input, want); ok {
		checkAnswer(t, name, want, reply(s, "/v1/check", body), `{"allowed":`, `"reason":{"code":"`)
		asked++
	}
	for role, held := range want.Roles {
		if role == "" {
			continue // malformed in a check
		}
		body, _ := asCheck(input, want, role)
		got := reply(s, "/v1/check", body)
		if got.Status != 200 || strings.HasPrefix(got.Body, `{"allowed":true`) != held {
			t.Errorf("%s: %s\nrole %s: %d %s, want %v", name, body, role, got.Status, got.Body, held)
		}
		asked++
	}
	return asked
}

func reply(s *edge.Server, path string, body []byte) answer {
	var ctx fasthttp.RequestCtx
	ask(s, &ctx, path, body)
	return answer{Status: ctx.Response.StatusCode(), Body: string(ctx.Response.Body())}
}

func checkAnswer(t *testing.T, name string, want *conformance.Request, got answer, verdict, reason string) {
	t.Helper()
	if want.Malformed != "" {
		if got.Status != 400 {
			t.Errorf("%s: %s\nstatus %d, want 400: %s", name, want.Input, got.Status, got.Body)
		}
		return
	}
	allowed := "false"
	if want.Decision == "ALLOW" {
		allowed = "true"
	}
	if got.Status != 200 || !strings.HasPrefix(got.Body, verdict+allowed) || !strings.Contains(got.Body, reason+want.Code+`"`) {
		t.Errorf("%s: %s\n%d %s, want %s %s", name, want.Input, got.Status, got.Body, want.Decision, want.Code)
	}
}

// asCheck returns the body of /v1/check that asks what an input with a permission string asks, or asks for
// roles.
func asCheck(input map[string]any, want *conformance.Request, roles ...string) ([]byte, bool) {
	body := map[string]any{"strict": want.Strict}
	for _, name := range []string{"subject", "organisation", "context"} {
		if v, ok := input[name]; ok {
			body[name] = v
		}
	}
	for _, name := range []string{"action", "resource"} {
		if side, ok := input[name].(map[string]any); ok && side["properties"] != nil {
			body[name] = map[string]any{"properties": side["properties"]}
		}
	}
	switch {
	case len(roles) > 0:
		body["roles"] = roles
	case want.Malformed != "" && want.Malformed != "permission" || input["permission"] == nil || want.Code == "" && want.Malformed == "":
		return nil, false
	default:
		body["permission"] = input["permission"]
	}
	text, err := json.Marshal(body)
	return text, err == nil
}
