package edge_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/edge"
	"github.com/lictor-dev/lictor/runtime/conformance"
	"github.com/lictor-dev/lictor/runtime/decision"
)

const (
	searchSubject  = "/access/v1/search/subject"
	searchResource = "/access/v1/search/resource"
	searchAction   = "/access/v1/search/action"
)

// newLibrary returns a policy about n books, b0000 and so on, each with its number, in the namespace lib and, fewer of
// them, without one. Every stored user reads books; ann may also lend the first ten of lib to anybody.
func newLibrary(tb testing.TB, n int) *policy.Model {
	tb.Helper()
	var b strings.Builder
	b.WriteString(`lictor: v1
resources:
  lib/book: {actions: [read, lend, burn]}
organisations:
  north: {}
roles:
  reader: {birthright: {types: [user], known: true}, permissions: ["lib/book:read", "book:read"]}
  lender: {policies: [{permission: "lib/book:lend", decision: ALLOW, when: resource.properties.number < 10}]}
  guide: {permissions: ["lib/book:read:*:cover"]}
subjects:
  ann: {roles: [lender]}
  ben: {roles: [{role: lender, organisation: north}]}
  cat: {active: false}
  "dan \"d\"": {}
  robot: {type: service, roles: [guide]}
objects:
  book: {b0000: {}, b0001: {}}
  lib/book:
`)
	for i := range n {
		fmt.Fprintf(&b, "    b%04d: {number: %d}\n", i, i)
	}
	return compile(tb, policyFile(b.String()))
}

// searchers returns an edge for each engine.
func searchers(tb testing.TB, model *policy.Model) map[string]*edgeAt {
	tb.Helper()
	reference := newGeneration(tb, "r1")
	reference.Engine, reference.Searcher = conformance.NewReference(model), conformance.NewReference(model)
	return map[string]*edgeAt{
		"reference": start(tb, edge.Options{Source: newSource(reference)}),
		"tables":    start(tb, edge.Options{Source: newSource(tableGeneration(tb, model))}),
	}
}

// found is the answer to a search that ends on its first page.
func found(results ...string) string {
	return fmt.Sprintf(`{"page":{"next_token":"","count":%d},"context":{"revision":"r1"},"results":[%s]}`, len(results), strings.Join(results, ","))
}

func user(id string) string { return fmt.Sprintf(`{"type":"user","id":%q}`, id) }

func book(number int) string { return fmt.Sprintf(`{"type":"lib/book","id":"b%04d"}`, number) }

func TestSearch(t *testing.T) {
	t.Parallel()
	edges := searchers(t, newLibrary(t, 12))
	const (
		ann    = `"subject":{"type":"user","id":"ann"}`
		users  = `"subject":{"type":"user"}`
		read   = `"action":{"name":"read"}`
		lend   = `"action":{"name":"lend"}`
		first  = `"resource":{"type":"lib/book","id":"b0000"}`
		last   = `"resource":{"type":"lib/book","id":"b0011"}`
		books  = `"resource":{"type":"lib/book"}`
		robots = `"subject":{"type":"service"}`
	)
	var ten []string
	for i := range 10 {
		ten = append(ten, book(i))
	}
	tests := []struct{ name, path, members, want string }{
		{"subjects by a birthright, without those not active", searchSubject, users + "," + read + "," + first, found(user("ann"), user("ben"), user(`dan "d"`))},
		{"subjects by a condition on a stored object", searchSubject, users + "," + lend + "," + first, found(user("ann"))},
		{"subjects, none of them", searchSubject, users + "," + lend + "," + last, found()},
		{"subjects in an organisation", searchSubject, users + "," + lend + "," + first + `,"organisation":"north"`, found(user("ann"), user("ben"))},
		{"subjects in an organisation of the context", searchSubject, users + "," + lend + "," + first + `,"context":{"organisation":"north"}`, found(user("ann"), user("ben"))},
		{
			"subjects by a property of the request", searchSubject,
			users + "," + lend + `,"resource":{"type":"lib/book","id":"b0011","properties":{"number":3}}`, found(user("ann")),
		},
		{"subjects of another type", searchSubject, robots + "," + read + "," + first, found()},
		{"subjects with an attribute", searchSubject, robots + "," + read + "," + first + `,"attribute":"cover"`, found(`{"type":"service","id":"robot"}`)},
		{"subjects on an unknown object", searchSubject, users + "," + read + `,"resource":{"type":"book","id":"none"}`, found(user("ann"), user("ben"), user(`dan "d"`))},
		{
			"subjects, what is said of the one sought is ignored", searchSubject,
			`"subject":{"type":"user","id":["x"],"properties":7},` + lend + "," + first, found(user("ann")),
		},
		{"resources by a condition", searchResource, ann + "," + lend + "," + books, found(ten...)},
		{"resources of the default namespace", searchResource, ann + "," + read + `,"resource":{"type":"book"}`, found(`{"type":"book","id":"b0000"}`, `{"type":"book","id":"b0001"}`)},
		{"resources of the default namespace by name", searchResource, ann + "," + read + `,"resource":{"type":"default/book"}`, found(`{"type":"default/book","id":"b0000"}`, `{"type":"default/book","id":"b0001"}`)},
		{"resources, what is said of the one sought is ignored", searchResource, ann + "," + lend + `,"resource":{"type":"lib/book","id":null,"properties":{"number":1}}`, found(ten...)},
		{"resources, whatever is said of the one sought", searchResource, ann + "," + lend + `,"resource":{"type":"lib/book","properties":[7]}`, found(ten...)},
		{"resources of an unknown type", searchResource, ann + "," + read + `,"resource":{"type":"lib/car"}`, found()},
		{"resources for one who is not active", searchResource, `"subject":{"type":"user","id":"cat"},` + read + "," + books, found()},
		{"actions", searchAction, ann + "," + first, found(`{"name":"lend"}`, `{"name":"read"}`)},
		{"actions, fewer of them", searchAction, ann + "," + last, found(`{"name":"read"}`)},
		{"actions, one that is given is ignored", searchAction, ann + `,"action":"burn",` + last, found(`{"name":"read"}`)},
		{"actions in an organisation", searchAction, `"subject":{"type":"user","id":"ben"},` + first + `,"organisation":"north"`, found(`{"name":"lend"}`, `{"name":"read"}`)},
		{"what only the edge may say", searchAction, ann + "," + last + `,"token":{"scope":""},"now":"x","roles":["lender"]`, found(`{"name":"read"}`)},
	}
	for _, tt := range tests {
		for engine, e := range edges {
			t.Run(tt.name+" by "+engine, func(t *testing.T) {
				t.Parallel()
				got := post(t, e, tt.path, "{"+tt.members+"}", "X-Request-ID: 7")
				if got.Status != 200 || got.Header.Get("Content-Type") != "application/json" || got.Header.Get("X-Request-ID") != "7" {
					t.Errorf("status %d, headers %v", got.Status, got.Header)
				}
				if diff := cmp.Diff(tt.want, got.Body); diff != "" {
					t.Errorf("body (-want +got):\n%s", diff)
				}
			})
		}
	}
}

func TestSearchMalformed(t *testing.T) {
	t.Parallel()
	e := searchers(t, newLibrary(t, 1))["tables"]
	const (
		ann   = `"subject":{"type":"user","id":"ann"}`
		users = `"subject":{"type":"user"}`
		read  = `"action":{"name":"read"}`
		first = `"resource":{"type":"lib/book","id":"b0000"}`
		books = `"resource":{"type":"lib/book"}`
		all   = users + "," + read + "," + first
	)
	tests := []struct{ path, body, want string }{
		{searchSubject, ``, `"the body is empty"`},
		{searchResource, ``, `"the body is empty"`},
		{searchAction, ``, `"the body is empty"`},
		{searchSubject, `[]`, `"the body is not an object"`},
		{searchResource, `{`, `"the body is not acceptable JSON: offset 1: expected a member name"`},
		{searchSubject, `{` + read + `,` + first + `}`, `"subject is missing"`},
		{searchSubject, `{"subject":"user",` + read + `,` + first + `}`, `"subject is not an object"`},
		{searchSubject, `{"subject":{},` + read + `,` + first + `}`, `"subject.type is missing"`},
		{searchSubject, `{"subject":{"type":""},` + read + `,` + first + `}`, `"subject.type is empty"`},
		{searchSubject, `{` + users + `,"action":{},` + first + `}`, `"action.name is missing"`},
		{searchSubject, `{` + users + `,` + read + `}`, `"resource is missing"`},
		{searchSubject, `{` + users + `,` + read + `,"resource":{"type":"book","id":"1","properties":[]}}`, `"resource.properties is not an object"`},
		{searchSubject, `{` + all + `,"context":[]}`, `"context is not an object"`},
		{searchSubject, `{` + all + `,"organisation":"a","context":{"organisation":"b"}}`, `"organisation contradicts context.organisation"`},
		{searchSubject, `{` + all + `,"attribute":null}`, `"attribute is not a string"`},
		{searchSubject, `{` + all + `,"page":null}`, `"page is not an object"`},
		{searchSubject, `{` + all + `,"page":{"properties":[]}}`, `"page.properties is not an object"`},
		{searchSubject, `{` + all + `,"page":{"limit":-1}}`, `"page.limit is not a non-negative integer"`},
		{searchSubject, `{` + all + `,"page":{"limit":1.5}}`, `"page.limit is not a non-negative integer"`},
		{searchSubject, `{` + all + `,"page":{"limit":"1"}}`, `"page.limit is not a non-negative integer"`},
		{searchSubject, `{` + all + `,"page":{"limit":null}}`, `"page.limit is not a non-negative integer"`},
		{searchSubject, `{` + all + `,"page":{"limit":1e300}}`, `"page.limit is not a non-negative integer"`},
		{searchSubject, `{` + all + `,"page":{"token":""}}`, `"page.token is empty"`},
		{searchSubject, `{` + all + `,"page":{"token":7}}`, `"page.token is not a string"`},
		{searchSubject, `{` + all + `,"page":{"token":"x"}}`, `"page.token is not one that this search was answered with"`},
		{searchResource, `{` + users + `,` + read + `,` + books + `}`, `"subject.id is missing"`},
		{searchResource, `{` + ann + `,` + books + `}`, `"action is missing"`},
		{searchResource, `{` + ann + `,` + read + `}`, `"resource is missing"`},
		{searchResource, `{` + ann + `,` + read + `,"resource":"book"}`, `"resource is not an object"`},
		{searchResource, `{` + ann + `,` + read + `,"resource":{"id":"1"}}`, `"resource.type is missing"`},
		{searchResource, `{` + ann + `,` + read + `,"resource":{"type":"/book"}}`, `"resource.type: \"book\" is not a resource type"`},
		{searchResource, `{"subject":{"type":"user","id":"ann","properties":1},` + read + `,` + books + `}`, `"subject.properties is not an object"`},
		{searchAction, `{` + first + `}`, `"subject is missing"`},
		{searchAction, `{` + ann + `}`, `"resource is missing"`},
		{searchAction, `{` + ann + `,` + books + `}`, `"resource.id is missing"`},
		{searchAction, `{` + users + `,` + first + `}`, `"subject.id is missing"`},
	}
	for _, tt := range tests {
		t.Run(tt.path+" "+tt.body, func(t *testing.T) {
			t.Parallel()
			got := post(t, e, tt.path, tt.body, "X-Request-ID: id 1;ü")
			if got.Status != 400 || got.Header.Get("Content-Type") != "application/json" || got.Header.Get("X-Request-ID") != "id 1;ü" {
				t.Errorf("status %d, headers %v", got.Status, got.Header)
			}
			if diff := cmp.Diff(tt.want, got.Body); diff != "" {
				t.Errorf("body (-want +got):\n%s", diff)
			}
		})
	}
	for _, path := range []string{searchSubject, searchResource, searchAction} {
		if got := send(t, e.data, "POST", path, `{}`, "Content-Type: text/plain"); got.Status != 400 || got.Body != `"the content type is not application/json"` {
			t.Errorf("%s as text: %d %s", path, got.Status, got.Body)
		}
	}
}

// TestSearchWithoutSearcher asks an engine that cannot enumerate.
func TestSearchWithoutSearcher(t *testing.T) {
	t.Parallel()
	g := newGeneration(t, "r1")
	g.Searcher = nil
	e := start(t, edge.Options{Source: newSource(g)})
	for _, path := range []string{searchSubject, searchResource, searchAction} {
		if got := post(t, e, path, question()); got.Status != 501 || got.Body != `"this edge cannot search"` {
			t.Errorf("%s: %d %s", path, got.Status, got.Body)
		}
	}
}

// endless finds the same long thing for ever.
type endless struct{ id string }

func (e endless) SearchSubjects(_ *decision.Request, _ string, yield func(string) bool) error {
	for yield(e.id) {
	}
	return nil
}

func (e endless) SearchResources(r *decision.Request, after string, yield func(string) bool) error {
	return e.SearchSubjects(r, after, yield)
}

func (e endless) SearchActions(r *decision.Request, after string, yield func(string) bool) error {
	return e.SearchSubjects(r, after, yield)
}

// TestSearchIsBounded asks for more than one answer may hold.
func TestSearchIsBounded(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]int{"a": 10_000, strings.Repeat("a", 4000): 261} {
		g := newGeneration(t, "r1")
		g.Searcher = endless{id}
		p := pages{edge: start(t, edge.Options{Source: newSource(g)}), path: searchResource, members: booksOfAnn, first: `"limit":20000`}
		got := p.ask(t, "")
		if got.Page.Count != want || *got.Page.NextToken == "" {
			t.Errorf("%d results of %d bytes, next token %.20q; want %d of them and a token", got.Page.Count, len(id), *got.Page.NextToken, want)
		}
	}
}

// failing is an engine whose searches end with an error after one result.
type failing struct{ err error }

func (f failing) SearchSubjects(_ *decision.Request, _ string, yield func(string) bool) error {
	yield("secret")
	return f.err
}

func (f failing) SearchResources(r *decision.Request, after string, yield func(string) bool) error {
	return f.SearchSubjects(r, after, yield)
}

func (f failing) SearchActions(r *decision.Request, after string, yield func(string) bool) error {
	return f.SearchSubjects(r, after, yield)
}

// TestSearchFails sees that half a search is none.
func TestSearchFails(t *testing.T) {
	t.Parallel()
	g := newGeneration(t, "r1")
	g.Searcher = failing{decision.ErrSearch}
	e := start(t, edge.Options{Source: newSource(g)})
	for _, path := range []string{searchSubject, searchResource, searchAction} {
		if got := post(t, e, path, question()); got.Status != 500 || got.Body != `"internal error"` {
			t.Errorf("%s: %d %s", path, got.Status, got.Body)
		}
	}
}
