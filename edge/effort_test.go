package edge_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lictor-dev/lictor/edge"
	"github.com/lictor-dev/lictor/edge/exchange"
	"github.com/lictor-dev/lictor/edge/observe"
	"github.com/lictor-dev/lictor/runtime/decision"
)

// listed returns n times the same text, separated by commas.
func listed(text string, n int) string { return strings.Repeat(text+",", n-1) + text }

// numbers returns the values 0 to n-1 of a part of a permission.
func numbers(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, ",%d", i)
	}
	return b.String()[1:]
}

// properties returns the members of an object of about so many bytes.
func properties(bytes int) string {
	var b strings.Builder
	for i := 0; b.Len() < bytes; i++ {
		fmt.Fprintf(&b, `,"%x":0`, i)
	}
	return b.String()[1:]
}

const tooMuch = "too many decisions for properties and context of that size"

// TestEffort sends bodies within the limits of size that ask for decisions with the same large context again and again.
func TestEffort(t *testing.T) {
	t.Parallel()
	whole, name := properties(900_000), strings.Repeat("ab", 450_000)
	const small = `"subject":"homer","permissions":["newsletter:read","newsletter:delete"]`
	tests := []struct {
		name, path, body string
		refused          bool
	}{
		{"a whole body", evaluation, question(`"}}`, `"},"context":{`+whole+`}}`), false},
		{"a whole body as a list", evaluations, batch(`"action":{"name":"a"},"resource":{"type":"a","id":"a"},"context":{`+whole+`}`, `{}`), false},
		{"a whole body with many items", evaluations, batch(`"action":{"name":"a"},"resource":{"type":"a","id":"a"},"context":{`+whole+`}`, listed(`{}`, 1000)), true},
		{"a long name", evaluations, batch(`"action":{"name":"a"},"resource":{"type":"a","id":"a"}`, `{"subject":{"type":"user","id":"`+name+`"}}`), false},
		{"a long name with many items", evaluations, `{"subject":{"type":"user","id":"` + name + `"},"action":{"name":"a"},"resource":{"type":"a","id":"a"},"evaluations":[` + listed(`{}`, 1000) + `]}`, true},
		{"a long name and many permissions", "/v1/check", `{"subject":"` + name + `","permissions":[` + listed(`"a"`, 10_000) + `]}`, true},
		{"a long organisation with many items", evaluations, batch(`"action":{"name":"a"},"resource":{"type":"a","id":"a"},"organisation":"`+name+`"`, listed(`{}`, 1000)), true},
		{"items with properties of their own", evaluations, batch(`"action":{"name":"a"}`, listed(`{"resource":{"type":"a","id":"a","properties":{`+properties(800)+`}}}`, 1000)), false},
		{"a whole body and one permission", "/v1/check", `{"subject":"homer","permission":"a","context":{` + whole + `}}`, false},
		{"a whole body and many permissions", "/v1/check", `{"subject":"homer","permissions":[` + listed(`"a"`, 10_000) + `],"context":{` + whole + `}}`, true},
		{"a whole body and many atoms", "/v1/check", `{"subject":"homer","permission":"a:` + numbers(64) + `","context":{` + whole + `}}`, true},
		{"3 KB and 10,000 permissions", "/v1/check", `{"subject":"homer","permissions":[` + listed(`"a"`, 10_000) + `],"context":{` + properties(3000) + `}}`, false},
		{"many atoms", "/v1/check", `{"subject":"homer","permissions":[` + listed(`"a:`+numbers(32)+`:`+numbers(32)+`"`, 1000) + `]}`, false},
		{"too many atoms", "/v1/check", `{"subject":"homer","permissions":[` + listed(`"a:`+numbers(32)+`:`+numbers(32)+`"`, 1100) + `]}`, true},
		{"roles look at no context", "/v1/check", `{"subject":"homer","roles":[` + listed(`"a"`, 10_000) + `],"context":{` + whole + `}}`, false},
		{"a long name and many roles", "/v1/check", `{"subject":"` + name + `","roles":[` + listed(`"a"`, 10_000) + `]}`, true},
		{"a long name and one role", "/v1/check", `{"subject":"` + name + `","roles":["a"]}`, false},
		{"a question among others", "/v1/check", `[{` + small + `},{"subject":"homer","permissions":[` + listed(`"a"`, 1000) + `],"resource":{"properties":{` + whole + `}}}]`, true},
		{"many questions", "/v1/check", `[` + listed(`{`+small+`,"context":{`+properties(700)+`}}`, 1000) + `]`, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var n notebook
			e := start(t, edge.Options{Source: newSource(newTableGeneration(t)), Observers: []observe.Observer{&n}})
			got := post(t, e, tt.path, tt.body)
			switch {
			case tt.refused && (got.Status != 400 || !strings.Contains(got.Body, tooMuch)):
				t.Errorf("%d %.200s", got.Status, got.Body)
			case tt.refused:
				if diff := cmp.Diff([decision.CodeCount]uint32{}, n.notes[0].Decided); diff != "" {
					t.Errorf("decisions that nobody is told of (-want +got):\n%s", diff)
				}
			case got.Status != 200 || strings.Contains(got.Body, "error"):
				t.Errorf("%d %.200s", got.Status, got.Body)
			}
			if again := post(t, e, evaluation, question()); again.Status != 200 {
				t.Errorf("the next question: %d %s", again.Status, again.Body)
			}
		})
	}
}

// TestEffortOfExplanations asks an operator's questions.
func TestEffortOfExplanations(t *testing.T) {
	t.Parallel()
	e := start(t, edge.Options{Source: newSource(newTableGeneration(t))})
	ask := func(permissions int) answer {
		return send(t, e.admin, "POST", "/v1/explain", `{"subject":"homer","permissions":[`+listed(`"a"`, permissions)+`],"context":{`+properties(900_000)+`}}`)
	}
	if got := ask(1); got.Status != 200 {
		t.Errorf("one: %d %.200s", got.Status, got.Body)
	}
	if got := ask(100); got.Status != 400 || got.Body != `{"error":"`+tooMuch+`"}` {
		t.Errorf("many: %d %.200s", got.Status, got.Body)
	}
}

// TestEffortOfSearches searches with a large context among candidates that are decided one by one.
func TestEffortOfSearches(t *testing.T) {
	t.Parallel()
	e := start(t, edge.Options{Source: newSource(tableGeneration(t, newLibrary(t, 2000)))})
	tests := []struct {
		name, path, body string
		refused          bool
	}{
		{"by index", searchResource, `{"subject":{"type":"user","id":"ann"},"action":{"name":"burn"},"resource":{"type":"lib/book"},%s}`, false},
		{"one by one", searchResource, `{"subject":{"type":"user","id":"ann"},"action":{"name":"lend"},"resource":{"type":"lib/book"},%s}`, true},
		{"few", searchSubject, `{"subject":{"type":"user"},"action":{"name":"lend"},"resource":{"type":"lib/book","id":"b0001"},%s}`, false},
		{"actions", searchAction, `{"subject":{"type":"user","id":"ann"},"resource":{"type":"lib/book","id":"b0001"},%s}`, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := post(t, e, tt.path, fmt.Sprintf(tt.body, `"context":{`+properties(900_000)+`}`))
			switch {
			case tt.refused && (got.Status != 400 || got.Body != `"too many candidates for properties and context of that size"`):
				t.Errorf("%d %.200s", got.Status, got.Body)
			case !tt.refused && got.Status != 200:
				t.Errorf("%d %.200s", got.Status, got.Body)
			}
			if got := post(t, e, tt.path, fmt.Sprintf(tt.body, `"context":{`+properties(3000)+`}`)); got.Status != 200 {
				t.Errorf("3 KB: %d %.200s", got.Status, got.Body)
			}
		})
	}
}

// heavy is an engine of which each atom takes a thousandth of what one exchange may.
type heavy struct{ decision.Engine }

func (heavy) Weight(*decision.Request) int { return exchange.MaxEffort / 1000 }

// TestEffortOfConditions asks an engine whose conditions take longer than the size of a question tells.
func TestEffortOfConditions(t *testing.T) {
	t.Parallel()
	g := newTableGeneration(t)
	g.Engine = heavy{g.Engine}
	e := start(t, edge.Options{Source: newSource(g)})
	for n, want := range map[int]int{900: 200, 1100: 400} {
		if got := post(t, e, "/v1/check", `{"subject":"homer","permissions":[`+listed(`"a"`, n)+`]}`); got.Status != want {
			t.Errorf("%d permissions: %d %.200s, want %d", n, got.Status, got.Body, want)
		}
	}
}
