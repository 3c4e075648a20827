package edge_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lictor-dev/lictor/edge"
	"github.com/lictor-dev/lictor/edge/observe"
	"github.com/lictor-dev/lictor/runtime/decision"
)

const evaluations = "/access/v1/evaluations"

// batch returns a batch about homer, with the members and the items given.
func batch(members string, items ...string) string {
	if members != "" {
		members += ","
	}
	return `{"subject":{"type":"user","id":"homer"},` + members + `"evaluations":[` + strings.Join(items, ",") + `]}`
}

// decided is the answer to one evaluation.
func decided(reason string) string {
	return fmt.Sprintf(`{"decision":%v,"context":{"reason":%q,"revision":"r1"}}`, reason == "allowed", reason)
}

// misunderstood is the answer to an item that is malformed.
func misunderstood(message string) string {
	return fmt.Sprintf(`{"decision":false,"context":{"error":{"status":400,"message":%q},"revision":"r1"}}`, message)
}

func TestEvaluations(t *testing.T) {
	t.Parallel()
	edges := map[string]*edgeAt{
		"reference": start(t, edge.Options{Source: newSource(newGeneration(t, "r1"))}),
		"tables":    start(t, edge.Options{Source: newSource(newTableGeneration(t))}),
	}
	const (
		write   = `{"action":{"name":"write"},"resource":{"type":"newsletter","id":"17"}}`
		publish = `{"action":{"name":"publish"},"resource":{"type":"newsletter","id":"17"}}`
		remove  = `{"action":{"name":"delete"},"resource":{"type":"newsletter","id":"17","properties":{"locked":true}}}`
		update  = `"action":{"name":"update"},"resource":{"type":"organisation","id":"SNPP"}`
		read    = `"action":{"name":"read"},"resource":{"type":"card","id":"1"}`
		title   = `"subject":{"type":"user","id":"lisa"}`
	)
	until := func(semantic string) string { return `"options":{"evaluations_semantic":"` + semantic + `","more":1}` }
	tests := []struct {
		name, body string
		want       []string // decisions; none: the answer to one evaluation that is allowed
	}{
		{"all by default", batch("", publish, write, remove), []string{decided("no_grant"), decided("allowed"), decided("denied_by_policy")}},
		{"all", batch(until("execute_all"), publish, write), []string{decided("no_grant"), decided("allowed")}},
		{"options without a semantic", batch(`"options":{}`, publish, write), []string{decided("no_grant"), decided("allowed")}},
		{"until a deny", batch(until("deny_on_first_deny"), write, publish, write), []string{decided("allowed"), decided("no_grant")}},
		{"until a deny that does not come", batch(until("deny_on_first_deny"), write, write), []string{decided("allowed"), decided("allowed")}},
		{"until a permit", batch(until("permit_on_first_permit"), publish, write, publish), []string{decided("no_grant"), decided("allowed")}},
		{"until a permit that does not come", batch(until("permit_on_first_permit"), publish, publish), []string{decided("no_grant"), decided("no_grant")}},
		{"what is malformed is a deny", batch(until("deny_on_first_deny"), write, `{}`, write), []string{decided("allowed"), misunderstood("action is missing")}},
		{"what is malformed permits nothing", batch(until("permit_on_first_permit"), `7`, write), []string{misunderstood("the evaluation is not an object"), decided("allowed")}},
		{"items that are no objects", batch("", `null`, `[]`, `"x"`, write), []string{
			misunderstood("the evaluation is not an object"), misunderstood("the evaluation is not an object"),
			misunderstood("the evaluation is not an object"), decided("allowed"),
		}},
		{"members of items that are malformed", batch(`"action":{"name":"write"},"resource":{"type":"newsletter","id":"17"}`,
			`{"subject":null}`, `{"subject":{"type":"user"}}`, `{"action":"write"}`, `{"resource":{"id":"17"}}`, `{"resource":{"type":"/x","id":"1"}}`,
			`{"context":[]}`, `{"organisation":""}`, `{"attribute":7}`, `{}`), []string{
			misunderstood("subject is not an object"), misunderstood("subject.id is missing"), misunderstood("action is not an object"),
			misunderstood("resource.type is missing"), misunderstood(`resource.type: "x" is not a resource type`),
			misunderstood("context is not an object"), misunderstood("organisation is empty"), misunderstood("attribute is not a string"),
			decided("allowed"),
		}},
		{"an item's entity is not merged with the default", batch(`"action":{"name":"delete"},"resource":{"type":"newsletter","id":"17","properties":{"locked":true}}`,
			`{}`, `{"resource":{"type":"newsletter","id":"17"}}`, `{"resource":{"id":"18"}}`, `{"resource":{"type":"newsletter","id":"17","properties":{"locked":false}}}`), []string{
			decided("denied_by_policy"), decided("denied_condition_unknown"), misunderstood("resource.type is missing"), decided("allowed"),
		}},
		{"a default that is not complete serves those that replace it", batch(`"action":{},"resource":{"type":"newsletter"}`, write, `{}`), []string{
			decided("allowed"), misunderstood("action.name is missing"),
		}},
		{"one item leaves nothing for the next", batch("", write, `{`+title+`,"action":{"name":"write"},"resource":{"type":"newsletter","id":"17"}}`, write, `{}`), []string{
			decided("allowed"), decided("no_grant"), decided("allowed"), misunderstood("action is missing"),
		}},
		{"organisation", batch(`"organisation":"SNPP"`, `{`+update+`}`, `{`+update+`,"organisation":"ACME"}`, `{`+update+`,"context":{"organisation":"SNPP"}}`,
			`{`+update+`,"context":{"organisation":"ACME"}}`, `{`+update+`,"organisation":"ACME","context":{"organisation":"ACME"}}`), []string{
			decided("allowed"), decided("no_grant"), decided("allowed"),
			misunderstood("organisation contradicts context.organisation"), decided("no_grant"),
		}},
		{"organisation in the context", batch(`"context":{"organisation":"SNPP"}`, `{`+update+`}`, `{`+update+`,"context":{}}`, `{`+update+`,"organisation":"ACME"}`), []string{
			decided("allowed"), decided("no_grant"), misunderstood("organisation contradicts context.organisation"),
		}},
		{"attribute", batch(`"attribute":"e:mail"`, `{`+read+`}`, `{`+read+`,"attribute":"phone"}`), []string{decided("allowed"), decided("no_grant")}},
		{"what only the edge may say", batch(`"now":0,"token":{"scope":""},"organisation":"SNPP"`, `{`+update+`,"now":1900000000,"token":{"scope":""},"evaluations":[1],"options":7}`), []string{decided("allowed")}},
		{"no items", question(), nil},
		{"an empty list of items", question(`"}}`, `"},"evaluations":[],"options":{"evaluations_semantic":"deny_on_first_deny"}}`), nil},
	}
	for _, tt := range tests {
		for engine, e := range edges {
			t.Run(tt.name+" by "+engine, func(t *testing.T) {
				t.Parallel()
				want := decided("allowed")
				if tt.want != nil {
					want = `{"evaluations":[` + strings.Join(tt.want, ",") + `]}`
				}
				got := post(t, e, evaluations, tt.body)
				if got.Status != 200 || got.Header.Get("Content-Type") != "application/json" || got.Header.Get("Lictor-Revision") != "r1" {
					t.Errorf("status %d, headers %v", got.Status, got.Header)
				}
				if diff := cmp.Diff(want, got.Body); diff != "" {
					t.Errorf("body (-want +got):\n%s", diff)
				}
			})
		}
	}
}

func TestEvaluationsMalformed(t *testing.T) {
	t.Parallel()
	e := start(t, edge.Options{Source: newSource(newGeneration(t, "r1"))})
	items := func(n int) string { return strings.Repeat(`{},`, n-1) + `{}` }
	tests := []struct{ name, body, want string }{
		{"empty", ``, `"the body is empty"`},
		{"not an object", `[]`, `"the body is not an object"`},
		{"no items and not complete", `{"subject":{"type":"user","id":"homer"}}`, `"action is missing"`},
		{"items are an object", batch(``)[:39] + `,"evaluations":{}}`, `"evaluations is not a list"`},
		{"items are null", `{"evaluations":null}`, `"evaluations is not a list"`},
		{"too many items", batch("", items(1001)), `"evaluations has 1001 items, at most 1000"`},
		{"unknown semantic", batch(`"options":{"evaluations_semantic":"all"}`, `{}`), `"options.evaluations_semantic is \"all\", none of execute_all, deny_on_first_deny and permit_on_first_permit"`},
		{"unknown semantic without items", question(`"}}`, `"},"options":{"evaluations_semantic":"x"}}`), `"options.evaluations_semantic is \"x\", none of execute_all, deny_on_first_deny and permit_on_first_permit"`},
		{"semantic is empty", batch(`"options":{"evaluations_semantic":""}`, `{}`), `"options.evaluations_semantic is empty"`},
		{"semantic is null", batch(`"options":{"evaluations_semantic":null}`, `{}`), `"options.evaluations_semantic is not a string"`},
		{"options are a list", batch(`"options":[]`, `{}`), `"options is not an object"`},
		{"default subject", `{"subject":"homer","evaluations":[` + question() + `]}`, `"subject is not an object"`},
		{"default action", batch(`"action":null`, question()), `"action is not an object"`},
		{"default resource", batch(`"resource":[]`, question()), `"resource is not an object"`},
		{"default context", batch(`"context":1`, question()), `"context is not an object"`},
		{"default organisation", batch(`"organisation":{}`, question()), `"organisation is not a string"`},
		{"default attribute", batch(`"attribute":""`, question()), `"attribute is empty"`},
		{"duplicate in an item", batch("", `{"action":{"name":"a","name":"a"}}`), `"the body is not acceptable JSON: offset 77: duplicate member \"name\""`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := post(t, e, evaluations, tt.body, "X-Request-ID: id 1;ü")
			if got.Status != 400 || got.Header.Get("Lictor-Revision") != "r1" || got.Header.Get("X-Request-ID") != "id 1;ü" {
				t.Errorf("status %d, headers %v", got.Status, got.Header)
			}
			if diff := cmp.Diff(tt.want, got.Body); diff != "" {
				t.Errorf("body (-want +got):\n%s", diff)
			}
		})
	}
	if got := post(t, e, evaluations, batch("", items(1000))); got.Status != 200 || strings.Count(got.Body, "action is missing") != 1000 {
		t.Errorf("1000 items: status %d: %.200s", got.Status, got.Body)
	}
}

// TestEvaluationsStop sees that a batch decides no more than it answers.
func TestEvaluationsStop(t *testing.T) {
	t.Parallel()
	var n notebook
	e := start(t, edge.Options{Source: newSource(newTableGeneration(t)), Observers: []observe.Observer{&n}})
	item := question()
	post(t, e, evaluations, batch(`"options":{"evaluations_semantic":"permit_on_first_permit"}`, question("write", "publish"), `{}`, item, item, item))
	send(t, e.admin, "GET", "/healthz", "")
	n.mu.Lock()
	defer n.mu.Unlock()
	want := [decision.CodeCount]uint32{decision.Allowed: 1, decision.NoGrant: 1}
	if len(n.notes) != 1 || n.notes[0].Decided != want {
		t.Errorf("decided %v", n.notes)
	}
}

// TestEvaluationsFail sees that an engine's error in the middle of a batch is no decision.
func TestEvaluationsFail(t *testing.T) {
	t.Parallel()
	g := newGeneration(t, "r1")
	g.Engine = broken{errors.New("secret")}
	got := post(t, start(t, edge.Options{Source: newSource(g)}), evaluations, batch("", `{}`, question()))
	if got.Status != 500 || got.Body != `"internal error"` {
		t.Errorf("%d %s", got.Status, got.Body)
	}
}

// eager is an engine that wants to know early what it will be asked. It allows everything, and keeps who asked when.
type eager struct {
	broken
	mu     sync.Mutex
	events []string
}

func (e *eager) note(what, id string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.events = append(e.events, what+" "+id)
}

func (e *eager) Fetch(r *decision.Request) { e.note("fetch", r.Subject.ID) }

func (e *eager) Decide(r *decision.Request) (decision.Decision, error) {
	e.note("decide", r.Subject.ID)
	return decision.Decision{Allowed: true, Code: decision.Allowed}, nil
}

// TestEvaluationsFetch sees that an engine is told of each item before it decides the one before it.
func TestEvaluationsFetch(t *testing.T) {
	t.Parallel()
	g, engine := newGeneration(t, "r1"), &eager{}
	g.Engine = engine
	ask := func(id string) string {
		return `{"subject":{"type":"user","id":"` + id + `"},"action":{"name":"read"},"resource":{"type":"newsletter","id":"7"}}`
	}
	got := post(t, start(t, edge.Options{Source: newSource(g)}), evaluations, batch("", ask("a"), ask("b"), `{}`, ask("c")))
	if got.Status != 200 {
		t.Fatalf("%d %s", got.Status, got.Body)
	}
	engine.mu.Lock()
	defer engine.mu.Unlock()
	want := []string{"fetch a", "fetch b", "decide a", "decide b", "fetch c", "decide c"}
	if diff := cmp.Diff(want, engine.events); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}
