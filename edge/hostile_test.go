package edge_test

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/edge"
	"github.com/lictor-dev/lictor/edge/exchange"
	"github.com/lictor-dev/lictor/runtime/conformance"
)

// ask hands one body to the data listener's handler, without a network.
func ask(s *edge.Server, ctx *fasthttp.RequestCtx, path string, body []byte) {
	ctx.Request.Reset()
	ctx.Response.Reset()
	ctx.Request.Header.SetMethod("POST")
	ctx.Request.Header.SetContentType("application/json")
	ctx.Request.SetRequestURI(path)
	ctx.Request.SetBody(body)
	s.HandleData(ctx)
}

// sound fails unless the answer to a body, whatever it was, is 200 or 400 with JSON in it.
func sound(tb testing.TB, ctx *fasthttp.RequestCtx) {
	tb.Helper()
	response := ctx.Response.Body()
	if status := ctx.Response.StatusCode(); status != 200 && status != 400 {
		tb.Fatalf("status %d %s\nto %q", status, response, ctx.Request.Body())
	}
	if !json.Valid(response) || len(response) == 0 {
		tb.Fatalf("not JSON: %q\nto %q", response, ctx.Request.Body())
	}
	if string(ctx.Response.Header.Peek("Lictor-Revision")) != "r1" {
		tb.Fatalf("no revision\nto %q", ctx.Request.Body())
	}
}

var hostileSeeds = []string{
	question(), question(`"}}`, `","properties":{"locked":true}},"context":{"organisation":"SNPP"},"attribute":"a"}`),
	`{"subject":"homer","permission":"newsletter:read,write:17"}`,
	`{"subject":{"type":"user","id":"homer"},"permissions":["newsletter:read","a:*:b"],"mode":"any","strict":true}`,
	`[{"subject":"homer","roles":["editor"]},{"subject":"homer","permission":"a::b"}]`,
	batch(`"options":{"evaluations_semantic":"execute_all"},"organisation":"SNPP"`, `{"action":{"name":"write"},"resource":{"type":"newsletter","id":"homer"}}`, `{}`),
	`{"subject":{"type":"user"},"action":{"name":"read"},"resource":{"type":"newsletter","id":"homer"},"page":{"limit":1,"token":"AStI0kXQCR2gDxbfW"}}`,
	`{"subject":{"type":"user","id":"homer"},"resource":{"type":"newsletter","id":"17"},"page":{"limit":1,"properties":{}}}`,
}

// hostilePaths are where hostile bodies are sent to.
var hostilePaths = []string{evaluation, evaluations, searchSubject, searchResource, searchAction, "/v1/check"}

func FuzzEvaluation(f *testing.F) { fuzz(f, evaluation) }

func FuzzEvaluations(f *testing.F) { fuzz(f, evaluations) }

func FuzzSearch(f *testing.F) { fuzz(f, searchSubject, searchResource, searchAction) }

func FuzzCheck(f *testing.F) { fuzz(f, "/v1/check") }

func fuzz(f *testing.F, paths ...string) {
	for _, seed := range hostileSeeds {
		f.Add([]byte(seed))
	}
	s := edge.New(edge.Options{Source: newSource(newGeneration(f, "r1"))})
	f.Fuzz(func(t *testing.T, body []byte) {
		var ctx fasthttp.RequestCtx
		for _, path := range paths {
			ask(s, &ctx, path, body)
			sound(t, &ctx)
		}
	})
}

// TestHostileBodies sends 10,000 random bodies of every hostile kind to each protocol. Each is refused or answered, and the
// native engine's answer is that of the reference.
func TestHostileBodies(t *testing.T) {
	t.Parallel()
	s := edge.New(edge.Options{Source: newSource(newTableGeneration(t))})
	judge := edge.New(edge.Options{Source: newSource(newGeneration(t, "r1"))})
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	h := hostility{rand.New(rand.NewPCG(seed, 0))}
	answered := map[string][2]int{} // 200 and 400
	var ctx, judged fasthttp.RequestCtx
	for range 10_000 {
		body := h.body()
		for _, path := range hostilePaths {
			start := time.Now()
			ask(s, &ctx, path, body)
			if took := time.Since(start); took > hostilePatience {
				t.Errorf("%s took %s for %.500q", path, took, body)
			}
			sound(t, &ctx)
			ask(judge, &judged, path, body)
			if got, want := ctx.Response.Body(), judged.Response.Body(); !bytes.Equal(got, want) {
				t.Errorf("%s answers %.500q\nto %.500q\nwant %.500q", path, got, body, want)
			}
			n := answered[path]
			n[ctx.Response.StatusCode()/400]++
			answered[path] = n
		}
	}
	for _, path := range hostilePaths {
		if n := answered[path]; n[0] == 0 || n[1] == 0 {
			t.Errorf("one-sided: %s was answered %d times and refused %d times", path, n[0], n[1])
		}
	}
}

// hostilePatience is how long any answer to a hostile body may take, on a busy machine too.
const hostilePatience = 5 * time.Second

// hostility makes bodies that nobody in good faith sends.
type hostility struct{ *rand.Rand }

func (h hostility) body() []byte {
	base := hostileSeeds[h.IntN(len(hostileSeeds))]
	switch h.IntN(7) {
	case 0: // cut
		return []byte(base[:h.IntN(len(base))])
	case 1: // bytes flipped
		b := []byte(base)
		for range 1 + h.IntN(4) {
			b[h.IntN(len(b))] = byte(h.Uint32())
		}
		return b
	case 2: // a value replaced by another of any type
		return []byte(strings.Replace(base, `"homer"`, h.json(0), 1))
	case 3: // a member repeated or added
		return []byte(strings.Replace(base, `{`, `{"`+h.name()+`":`+h.json(0)+`,`, 1))
	case 4: // deep nesting
		n := h.IntN(100_000)
		return []byte(strings.Repeat(`[`, n) + strings.Repeat(`]`, n))
	case 5: // huge numbers
		return []byte(strings.Replace(base, `"homer"`, `"homer","properties":{"n":`+strings.Repeat("9", 1+h.IntN(1000))+`e`+strconv.Itoa(h.IntN(9999))+`}`, 1))
	default:
		return []byte(h.json(0))
	}
}

func (h hostility) name() string {
	names := []string{"subject", "action", "resource", "context", "organisation", "permission", "permissions", "roles", "id", "type", "evaluations", "options", "page", "token", "limit", "properties", "name", "\\u0000", "é", ""}
	return names[h.IntN(len(names))]
}

func (h hostility) json(depth int) string {
	if depth > 5 {
		return "1"
	}
	switch h.IntN(9) {
	case 0:
		return "null"
	case 1:
		return "true"
	case 2:
		return "-1.5e300"
	case 3:
		return `"\ud800"`
	case 4:
		return "\"\xff\""
	case 5:
		return `"` + strings.Repeat("a,b:", h.IntN(40)) + `c"`
	case 6, 7:
		return "[" + h.json(depth+1) + "," + h.json(depth+1) + "]"
	default:
		return `{"` + h.name() + `":` + h.json(depth+1) + `,"` + h.name() + `":` + h.json(depth+1) + "}"
	}
}

// TestSwapWhileServing swaps two generations of opposite policies under load: every answer must be all
// of one of them.
func TestSwapWhileServing(t *testing.T) {
	t.Parallel()
	allow, deny := newGeneration(t, "allow"), newGeneration(t, "deny")
	deny.Engine = conformance.NewReference(&policy.Model{Namespace: "default"})
	src := newSource(allow)
	e := start(t, edge.Options{Source: src})
	want := map[string]string{
		"allow": `{"decision":true,"context":{"reason":"allowed","revision":"allow"}}`,
		"deny":  `{"decision":false,"context":{"reason":"no_grant","revision":"deny"}}`,
	}
	var clients sync.WaitGroup
	var mu sync.Mutex
	seen := map[string]int{}
	for range 4 {
		clients.Go(func() {
			for i := range 300 {
				if i%3 == 0 { // while the other clients are in the middle of theirs
					src.Store([]*exchange.Generation{allow, deny}[i/3%2])
				}
				got := try(t.Context(), e.data, "POST", evaluation, question(), typeJSON)
				revision := got.Header.Get("Lictor-Revision")
				if got.Status != 200 || got.Body != want[revision] {
					t.Errorf("%d %s from %s: %v", got.Status, got.Body, revision, got.err)
				}
				mu.Lock()
				seen[revision]++
				mu.Unlock()
			}
		})
	}
	clients.Wait()
	if seen["allow"] == 0 || seen["deny"] == 0 {
		t.Errorf("only one generation answered: %v", seen)
	}
}
