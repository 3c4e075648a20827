package edge_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lictor-dev/lictor/bundles/policy"
)

// pages is a search that is followed to its end.
type pages struct {
	edge          *edgeAt
	path, members string
	first, next   string // members of page, besides the token: in the first request, and in those after it
}

// searched is what is looked at of an answer to a search.
type searched struct {
	Page struct {
		NextToken *string `json:"next_token"`
		Count     int     `json:"count"`
	} `json:"page"`
	Results []struct{ Type, ID, Name string } `json:"results"`
}

// ask asks for the page that a token leads to, the first one without a token.
func (p *pages) ask(t *testing.T, token string) (got searched) {
	t.Helper()
	page := p.first
	if token != "" {
		page = strings.TrimPrefix(p.next+`,"token":"`+token+`"`, ",")
	}
	answer := post(t, p.edge, p.path, `{`+p.members+`,"page":{`+page+`}}`)
	if err := json.Unmarshal([]byte(answer.Body), &got); err != nil || answer.Status != 200 || got.Page.NextToken == nil || got.Page.Count != len(got.Results) {
		t.Fatalf("%d %.300s: %v", answer.Status, answer.Body, err)
	}
	return got
}

// follow returns the ids and names on each page.
func (p *pages) follow(t *testing.T) (all [][]string) {
	t.Helper()
	for token := ""; len(all) < 100; {
		got := p.ask(t, token)
		ids := []string{}
		for _, r := range got.Results {
			ids = append(ids, r.ID+r.Name)
		}
		all = append(all, ids)
		if token = *got.Page.NextToken; token == "" {
			return all
		}
	}
	t.Fatal("the pages have no end")
	return nil
}

const booksOfAnn = `"subject":{"type":"user","id":"ann"},"action":{"name":"read"},"resource":{"type":"lib/book"}`

func TestSearchPages(t *testing.T) {
	t.Parallel()
	const n = 2500
	var ids []string
	for i := range n {
		ids = append(ids, fmt.Sprintf("b%04d", i))
	}
	chunks := func(size int) [][]string { return slices.Collect(slices.Chunk(ids, size)) }
	actions := `"subject":{"type":"user","id":"ann"},"resource":{"type":"lib/book","id":"b0000"}`
	tests := []struct {
		name, path, members, first, next string
		want                             [][]string
	}{
		{"by default", searchResource, booksOfAnn, ``, ``, chunks(1000)},
		{"a limit is kept", searchResource, booksOfAnn, `"limit":999`, ``, chunks(999)},
		{"a limit repeated", searchResource, booksOfAnn, `"limit":1250`, `"limit":1250`, chunks(1250)},
		{"a limit of all", searchResource, booksOfAnn, `"limit":2500`, ``, chunks(2500)},
		{"a limit beyond the largest", searchResource, booksOfAnn, `"limit":1000000`, ``, chunks(2500)},
		{"a limit of nothing", searchResource, booksOfAnn, `"limit":0`, ``, append([][]string{{}}, chunks(1000)...)},
		{"the default said later", searchResource, booksOfAnn, ``, `"limit":1000`, chunks(1000)},
		{"properties of a page", searchResource, booksOfAnn, `"properties":{"a":1,"b":[{}]},"more":1`, `"properties":{"b":[{}],"a":1},"more":2`, chunks(1000)},
		{"nothing, with a limit of nothing", searchResource, strings.Replace(booksOfAnn, "ann", "cat", 1), `"limit":0`, ``, [][]string{{}}},
		{"actions", searchAction, actions, `"limit":1`, ``, [][]string{{"lend"}, {"read"}}},
		{"subjects", searchSubject, `"subject":{"type":"user"},"action":{"name":"read"},"resource":{"type":"book","id":"1"}`, `"limit":2`, ``, [][]string{{"ann", "ben"}, {`dan "d"`}}},
	}
	edges := searchers(t, newLibrary(t, n))
	for _, tt := range tests {
		for engine, e := range edges {
			t.Run(tt.name+" by "+engine, func(t *testing.T) {
				t.Parallel()
				p := pages{e, tt.path, tt.members, tt.first, tt.next}
				if diff := cmp.Diff(tt.want, p.follow(t)); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			})
		}
	}
}

// TestSearchToken changes, one by one, what a token of paging is bound to, and the token.
func TestSearchToken(t *testing.T) {
	t.Parallel()
	e := searchers(t, newLibrary(t, 12))["tables"]
	const organised = `,"organisation":"north","attribute":"cover","context":{"a":{"x":1,"y":2}}`
	p := pages{edge: e, path: searchResource, members: booksOfAnn + organised, first: `"limit":2,"properties":{"p":1}`, next: `"limit":2,"properties":{"p":1}`}
	token := *p.ask(t, "").Page.NextToken
	if token != *p.ask(t, "").Page.NextToken {
		t.Error("the same question has another token")
	}
	if strings.Trim(token, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
		t.Errorf("token %q does not belong into a URL", token)
	}
	body := `{` + p.members + `,"page":{` + p.next + `,"token":"` + token + `"}}`
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		t.Fatal(err)
	}
	changed := func(at int) string {
		b := slices.Clone(raw)
		b[at] ^= 1
		return base64.RawURLEncoding.EncodeToString(b)
	}
	const (
		unknown = `"page.token is not one that this search was answered with"`
		limit   = `"page.limit is not that of the search that page.token continues"`
	)
	tests := []struct{ name, from, to, want string }{
		{"nothing", "", "", ""},
		{"no limit", `"limit":2,`, ``, ""},
		{"members in another order", `{"x":1,"y":2}`, `{"y":2,"x":1}`, ""},
		{"a member nobody reads", `"attribute"`, `"trace":"1","attribute"`, ""},
		{"limit", `"limit":2`, `"limit":3`, limit},
		{"page properties", `"p":1`, `"p":2`, unknown},
		{"no page properties", `,"properties":{"p":1}`, ``, unknown},
		{"subject", `"ann"`, `"ben"`, unknown},
		{"subject properties", `"ann"`, `"ann","properties":{}`, unknown},
		{"action", `"read"`, `"lend"`, unknown},
		{"resource", `"lib/book"`, `"book"`, unknown},
		{"what is ignored of the resource", `"lib/book"`, `"lib/book","id":"1"`, unknown},
		{"context", `"y":2`, `"y":3`, unknown},
		{"no context", `,"context":{"a":{"x":1,"y":2}}`, ``, unknown},
		{"organisation", `"north"`, `"south"`, unknown},
		{"attribute", `"cover"`, `"page"`, unknown},
		{"token cut", token, token[:len(token)-2], unknown},
		{"token longer", token, token + "AA", unknown},
		{"token padded", token, token + "=", unknown},
		{"token with a line break", token, token[:8] + `\n` + token[8:], unknown},
		{"version", token, changed(0), unknown},
		{"digest", token, changed(5), unknown},
		{"limit in the token", token, changed(17), unknown},
		{"place in the token", token, changed(len(raw) - 1), unknown},
		{"head only", token, token[:20], unknown},
		{"no base64", token, "*", unknown},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := post(t, e, searchResource, strings.Replace(body, tt.from, tt.to, 1))
			if tt.want == "" && (got.Status != 200 || !strings.Contains(got.Body, `"results":[{"type":"lib/book","id":"b0002"},{"type":"lib/book","id":"b0003"}]`)) {
				t.Errorf("%d %s", got.Status, got.Body)
			}
			if tt.want != "" && (got.Status != 400 || got.Body != tt.want) {
				t.Errorf("%d %s, want %s", got.Status, got.Body, tt.want)
			}
		})
	}
}

// TestSearchTokenOfAnother sends one body, a question to all three searches, with a token of one of them.
func TestSearchTokenOfAnother(t *testing.T) {
	t.Parallel()
	members := strings.Replace(booksOfAnn, `"lib/book"`, `"lib/book","id":"b0000"`, 1)
	p := pages{edge: searchers(t, newLibrary(t, 12))["tables"], path: searchResource, members: members, first: `"limit":1`}
	body := `{` + members + `,"page":{"token":"` + *p.ask(t, "").Page.NextToken + `"}}`
	for path, status := range map[string]int{searchResource: 200, searchSubject: 400, searchAction: 400} {
		if got := post(t, p.edge, path, body); got.Status != status {
			t.Errorf("%s: %d %s", path, got.Status, got.Body)
		}
	}
}

// TestSearchTokenTravels continues a search on another edge, after what it stopped at has gone.
func TestSearchTokenTravels(t *testing.T) {
	t.Parallel()
	first := searchers(t, newLibrary(t, 3))["tables"]
	p := pages{edge: first, path: searchResource, members: booksOfAnn, first: `"limit":2`}
	token := *p.ask(t, "").Page.NextToken
	model := newLibrary(t, 5)
	model.Objects = slices.DeleteFunc(model.Objects, func(o policy.Object) bool { return o.ID == "b0001" })
	p.edge = searchers(t, model)["reference"]
	want := []struct{ Type, ID, Name string }{{"lib/book", "b0002", ""}, {"lib/book", "b0003", ""}}
	if diff := cmp.Diff(want, p.ask(t, token).Results); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
