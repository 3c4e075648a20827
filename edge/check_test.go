package edge_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lictor-dev/lictor/edge"
	"github.com/lictor-dev/lictor/edge/check"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	edges := map[string]*edgeAt{
		"reference": start(t, edge.Options{Source: newSource(newGeneration(t, "r1"))}),
		"tables":    start(t, edge.Options{Source: newSource(newTableGeneration(t))}),
	}
	tests := []struct{ name, body, want string }{
		{
			"one permission", `{"subject":"homer","permission":"newsletter:write:17"}`,
			`{"allowed":true,"results":[{"permission":"newsletter:write:17","decision":"ALLOW","reason":{"code":"allowed"}}],"revision":"r1"}`,
		},
		{
			"a list asks for all", `{"subject":"homer","permission":" newsletter:read,write "}`,
			`{"allowed":true,"results":[{"permission":" newsletter:read,write ","decision":"ALLOW","reason":{"code":"allowed"}}],"revision":"r1"}`,
		},
		{
			"strict asks one policy for all", `{"subject":"homer","permission":"newsletter:read,write","strict":true}`,
			`{"allowed":false,"results":[{"permission":"newsletter:read,write","decision":"DENY","reason":{"code":"no_grant"}}],"revision":"r1"}`,
		},
		{
			"all", `{"subject":"homer","permissions":["newsletter:read","a\"\\\u0007b"],"explain":false}`,
			`{"allowed":false,"results":[{"permission":"newsletter:read","decision":"ALLOW","reason":{"code":"allowed"}},` +
				`{"permission":"a\"\\\u0007b","decision":"DENY","reason":{"code":"no_grant"}}],"revision":"r1"}`,
		},
		{
			"any", `{"subject":"homer","permissions":["a","newsletter:read"],"mode":"any"}`,
			`{"allowed":true,"results":[{"permission":"a","decision":"DENY","reason":{"code":"no_grant"}},` +
				`{"permission":"newsletter:read","decision":"ALLOW","reason":{"code":"allowed"}}],"revision":"r1"}`,
		},
		{
			"any of none", `{"subject":"homer","permissions":["a","b"],"mode":"any"}`,
			`{"allowed":false,"results":[{"permission":"a","decision":"DENY","reason":{"code":"no_grant"}},` +
				`{"permission":"b","decision":"DENY","reason":{"code":"no_grant"}}],"revision":"r1"}`,
		},
		{
			"roles", `{"subject":"homer","roles":["editor","reader","member"],"mode":"all"}`,
			`{"allowed":true,"results":[{"role":"editor","decision":"ALLOW","reason":{"code":"allowed"}},` +
				`{"role":"reader","decision":"ALLOW","reason":{"code":"allowed"}},` +
				`{"role":"member","decision":"ALLOW","reason":{"code":"allowed"}}],"revision":"r1"}`,
		},
		{
			"entitlements are not roles", `{"subject":"homer","roles":["ADMIN"],"organisation":"SNPP"}`,
			`{"allowed":false,"results":[{"role":"ADMIN","decision":"DENY","reason":{"code":"no_grant"}}],"revision":"r1"}`,
		},
		{
			"organisation", `{"subject":"homer","permission":"organisation:update","context":{"organisation":"SNPP"},"organisation":"SNPP"}`,
			`{"allowed":true,"results":[{"permission":"organisation:update","decision":"ALLOW","reason":{"code":"allowed"}}],"revision":"r1"}`,
		},
		{
			"the stored type", `{"subject":"bot-7","permissions":["newsletter:read","profile:read"]}`,
			`{"allowed":false,"results":[{"permission":"newsletter:read","decision":"ALLOW","reason":{"code":"allowed"}},` +
				`{"permission":"profile:read","decision":"DENY","reason":{"code":"no_grant"}}],"revision":"r1"}`,
		},
		{
			"an unknown subject is a user", `{"subject":"nobody","permission":"profile:read"}`,
			`{"allowed":true,"results":[{"permission":"profile:read","decision":"ALLOW","reason":{"code":"allowed"}}],"revision":"r1"}`,
		},
		{
			"another type is another subject", `{"subject":{"type":"service","id":"homer","properties":{}},"permission":"newsletter:read"}`,
			`{"allowed":false,"results":[{"permission":"newsletter:read","decision":"DENY","reason":{"code":"no_grant"}}],"revision":"r1"}`,
		},
		{
			"resource properties", `{"subject":"homer","permission":"newsletter:delete:1","resource":{"properties":{"locked":false}},"action":{}}`,
			`{"allowed":true,"results":[{"permission":"newsletter:delete:1","decision":"ALLOW","reason":{"code":"allowed"}}],"revision":"r1"}`,
		},
		{
			"batch", `[{"subject":"homer","permission":"newsletter:read"},7,{"subject":"homer","permission":"a::b"},{"subject":"homer","permission":"a"}]`,
			`[{"allowed":true,"results":[{"permission":"newsletter:read","decision":"ALLOW","reason":{"code":"allowed"}}],"revision":"r1"},` +
				`{"error":"the question is not an object"},{"error":"permission: \"a::b\" has a part without a value"},` +
				`{"allowed":false,"results":[{"permission":"a","decision":"DENY","reason":{"code":"no_grant"}}],"revision":"r1"}]`,
		},
		{
			"explain in a batch", `[{"subject":"homer","permission":"a","explain":true}]`,
			`[{"error":"explain is not enabled on this edge"}]`,
		},
		{"empty batch", `[]`, `[]`},
	}
	for _, tt := range tests {
		for engine, e := range edges {
			t.Run(tt.name+" by "+engine, func(t *testing.T) {
				t.Parallel()
				got := post(t, e, "/v1/check", tt.body)
				if got.Status != 200 || got.Header.Get("Content-Type") != "application/json" || got.Header.Get("Lictor-Revision") != "r1" {
					t.Errorf("status %d, headers %v", got.Status, got.Header)
				}
				if diff := cmp.Diff(tt.want, got.Body); diff != "" {
					t.Errorf("body (-want +got):\n%s", diff)
				}
			})
		}
	}
}

func TestCheckMalformed(t *testing.T) {
	t.Parallel()
	e := start(t, edge.Options{Source: newSource(newGeneration(t, "r1"))})
	tests := []struct{ name, body, want string }{
		{"empty", ``, `the body is empty`},
		{"not JSON", `{"subject"}`, `the body is not acceptable JSON: offset 10: expected ':'`},
		{"number", `7`, `the body is neither an object nor an array`},
		{"no subject", `{"permission":"a"}`, `subject is missing`},
		{"empty subject", `{"subject":"","permission":"a"}`, `subject is empty`},
		{"subject is a number, nothing asked", `{"subject":5}`, `subject is neither a string nor an object`},
		{"mode is a number, nothing asked", `{"subject":"x","mode":5}`, `mode is not a string`},
		{"subject is a number", `{"subject":7,"permission":"a"}`, `subject is neither a string nor an object`},
		{"subject without type", `{"subject":{"id":"x"},"permission":"a"}`, `subject.type is missing`},
		{"subject without id", `{"subject":{"type":"x"},"permission":"a"}`, `subject.id is missing`},
		{"subject properties", `{"subject":{"type":"x","id":"x","properties":1},"permission":"a"}`, `subject.properties is not an object`},
		{"subject member", `{"subject":{"type":"x","id":"x","role":"admin"},"permission":"a"}`, `subject has an unknown member \"role\"`},
		{"nothing asked", `{"subject":"x"}`, `exactly one of permission, permissions and roles must be given`},
		{"two asked", `{"subject":"x","permission":"a","roles":["a"]}`, `exactly one of permission, permissions and roles must be given`},
		{"permission is a list", `{"subject":"x","permission":["a"]}`, `permission is not a string`},
		{"empty permission", `{"subject":"x","permission":""}`, `permission is empty`},
		{"blank permission", `{"subject":"x","permission":" "}`, `permission: \" \" is empty`},
		{"malformed permission", `{"subject":"x","permission":"a:b*"}`, `permission: \"a:b*\" has a '*' inside a value: a wildcard stands alone, a literal star is written %2A`},
		{"no permissions", `{"subject":"x","permissions":[]}`, `permissions is not a list of at least one string`},
		{"permissions is text", `{"subject":"x","permissions":"a"}`, `permissions is not a list of at least one string`},
		{"bad permissions", `{"subject":"x","permissions":["a",1]}`, `permissions[1] is not a string`},
		{"malformed permissions", `{"subject":"x","permissions":["a","b:"]}`, `permissions[1]: \"b:\" has a part without a value`},
		{"empty role", `{"subject":"x","roles":[""]}`, `roles[0] is empty`},
		{"mode", `{"subject":"x","roles":["a"],"mode":"some"}`, `mode is \"some\", neither \"all\" nor \"any\"`},
		{"mode is null", `{"subject":"x","roles":["a"],"mode":null}`, `mode is not a string`},
		{"strict", `{"subject":"x","permission":"a","strict":1}`, `strict is not true or false`},
		{"explain", `{"subject":"x","permission":"a","explain":"yes"}`, `explain is not true or false`},
		{"context", `{"subject":"x","permission":"a","context":[]}`, `context is not an object`},
		{"organisation", `{"subject":"x","permission":"a","organisation":1}`, `organisation is not a string`},
		{"organisations", `{"subject":"x","permission":"a","organisation":"A","context":{"organisation":"B"}}`, `organisation contradicts context.organisation`},
		{"attribute", `{"subject":"x","permission":"a","attribute":1}`, `attribute is not a string`},
		{"two attributes", `{"subject":"x","permission":"a:b:c:d","attribute":"e"}`, `permission names an attribute of its own`},
		{"resource is text", `{"subject":"x","permission":"a","resource":"r"}`, `resource is not an object`},
		{"resource member", `{"subject":"x","permission":"a","resource":{"properties":{},"id":"1"}}`, `resource has an unknown member \"id\"`},
		{"resource properties", `{"subject":"x","permission":"a","resource":{"properties":null}}`, `resource.properties is not an object`},
		{"action properties", `{"subject":"x","permission":"a","action":{"properties":7}}`, `action.properties is not an object`},
		{"unknown member", `{"subject":"x","permission":"a","now":1}`, `unknown member \"now\"`},
		{"unknown token", `{"subject":"x","permission":"a","token":{}}`, `unknown member \"token\"`},
		{"unknown long member", `{"subject":"x","` + strings.Repeat("a", 100) + `":1}`, `unknown member \"` + strings.Repeat("a", 80) + `…\"`},
		{
			"too many in all", "[" + strings.Repeat(many(check.MaxResults/2)+",", 2) + many(1) + "]",
			`the body has more than 10000 permissions and roles in all`,
		},
		{"too many questions", "[" + strings.Repeat("1,", check.MaxItems) + "1]", `the body has 1001 questions, at most 1000`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := post(t, e, "/v1/check", tt.body, "X-Request-ID: 7")
			if got.Status != 400 || got.Header.Get("Lictor-Revision") != "r1" || got.Header.Get("X-Request-ID") != "7" {
				t.Errorf("status %d, headers %v", got.Status, got.Header)
			}
			if diff := cmp.Diff(`{"error":"`+tt.want+`"}`, got.Body); diff != "" {
				t.Errorf("body (-want +got):\n%s", diff)
			}
		})
	}
}

// many returns a question for n permissions.
func many(n int) string {
	return `{"subject":"x","permissions":["a"` + strings.Repeat(`,"a"`, n-1) + `]}`
}

func TestCheckExplainRefused(t *testing.T) {
	t.Parallel()
	e := start(t, edge.Options{Source: newSource(newGeneration(t, "r1"))})
	got := post(t, e, "/v1/check", `{"subject":"homer","permission":"a","explain":true}`)
	if got.Status != 403 || got.Body != `{"error":"explain is not enabled on this edge"}` {
		t.Errorf("%d %q", got.Status, got.Body)
	}
}

// TestCheckAttribute asks for the fourth part beside the permission: one literal value.
func TestCheckAttribute(t *testing.T) {
	t.Parallel()
	e := start(t, edge.Options{Source: newSource(newGeneration(t, "r1"))})
	tests := []struct {
		permission, attribute string
		allowed               bool
	}{
		{"card:read", "e:mail", true},
		{"card:read:7", "e:mail", true},
		{"card:read:7", "name", false},
		{"card:*:7", "e:mail", false},
		{"card", "e:mail", false},
		{"profile:read:7", "a:*,%é", true},
	}
	for _, tt := range tests {
		t.Run(tt.permission+" "+tt.attribute, func(t *testing.T) {
			t.Parallel()
			got := post(t, e, "/v1/check", `{"subject":"lisa","permission":"`+tt.permission+`","attribute":"`+tt.attribute+`"}`)
			if got.Status != 200 || strings.HasPrefix(got.Body, `{"allowed":true`) != tt.allowed {
				t.Errorf("%d %q", got.Status, got.Body)
			}
		})
	}
}

func TestCheckExplain(t *testing.T) {
	t.Parallel()
	e := start(t, edge.Options{Source: newSource(newTableGeneration(t)), Explain: true})
	tests := []struct{ name, body, want string }{
		{
			"allow", `{"subject":"homer","permission":"newsletter:read","explain":true}`,
			`{"allowed":true,"results":[{"permission":"newsletter:read","decision":"ALLOW","reason":{"code":"allowed",` +
				`"text":"a policy that \"homer\" holds allows it: ALLOW newsletter:read through role editor, which includes reader (policy.yaml:14)","policies":[{"id":5,"decision":"ALLOW","permission":"newsletter:read","owner":"role reader",` +
				`"held_through":"role editor, which includes reader","source":"policy.yaml:14"}]}}],"revision":"r1"}`,
		},
		{
			"deny", `{"subject":"homer","permission":"newsletter:publish:1","explain":true}`,
			`{"allowed":false,"results":[{"permission":"newsletter:publish:1","decision":"DENY","reason":{"code":"no_grant","text":"no policy that \"homer\" holds grants it",` +
				`"policies":[],` +
				`"missing":["newsletter:publish:1"],` +
				`"nearest":[{"id":2,"decision":"ALLOW","permission":"newsletter:delete,write","owner":"role editor","held_through":"role editor","source":"policy.yaml:10"},{"id":5,"decision":"ALLOW","permission":"newsletter:read","owner":"role reader","held_through":"role editor, which includes reader","source":"policy.yaml:14"}]}}],"revision":"r1"}`,
		},
		{
			"deny by a condition", `{"subject":"homer","permission":"newsletter:delete:1","explain":true}`,
			`{"allowed":false,"results":[{"permission":"newsletter:delete:1","decision":"DENY","reason":{"code":"denied_condition_unknown","text":"a policy that \"homer\" holds denies it, because its condition cannot be evaluated: DENY newsletter:delete through role editor (policy.yaml:11) when resource.properties.locked == true",` +
				`"policies":[{"id":1,"decision":"DENY","permission":"newsletter:delete","owner":"role editor","held_through":"role editor","source":"policy.yaml:11","condition":"resource.properties.locked == true"}],` +
				`"missing":["newsletter:delete:1"],` +
				`"nearest":[{"id":2,"decision":"ALLOW","permission":"newsletter:delete,write","owner":"role editor","held_through":"role editor","source":"policy.yaml:10"},{"id":5,"decision":"ALLOW","permission":"newsletter:read","owner":"role reader","held_through":"role editor, which includes reader","source":"policy.yaml:14"}]}}],"revision":"r1"}`,
		},
		{
			"roles", `{"subject":"homer","roles":["reader"],"explain":true}`,
			`{"allowed":true,"results":[{"role":"reader","decision":"ALLOW","reason":{"code":"allowed"}}],"revision":"r1"}`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := post(t, e, "/v1/check", tt.body)
			if got.Status != 200 {
				t.Errorf("status %d", got.Status)
			}
			if diff := cmp.Diff(tt.want, got.Body); diff != "" {
				t.Errorf("body (-want +got):\n%s", diff)
			}
		})
	}
}
