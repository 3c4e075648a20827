package edge_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lictor-dev/lictor/edge"
)

const evaluation = "/access/v1/evaluation"

// question returns an evaluation body: homer writes newsletter 17, with the replacements applied.
func question(replace ...string) string {
	return strings.NewReplacer(replace...).Replace(
		`{"subject":{"type":"user","id":"homer"},"action":{"name":"write"},"resource":{"type":"newsletter","id":"17"}}`)
}

func TestEvaluation(t *testing.T) {
	t.Parallel()
	edges := map[string]*edgeAt{
		"reference": start(t, edge.Options{Source: newSource(newGeneration(t, "r1"))}),
		"tables":    start(t, edge.Options{Source: newSource(newTableGeneration(t))}),
	}
	tests := []struct{ name, body, want string }{
		{"allowed", question(), `{"decision":true,"context":{"reason":"allowed","revision":"r1"}}`},
		{"no grant", question("write", "publish"), `{"decision":false,"context":{"reason":"no_grant","revision":"r1"}}`},
		{"unknown subject", question("homer", "nobody"), `{"decision":false,"context":{"reason":"no_grant","revision":"r1"}}`},
		{"inactive", question("homer", "burns"), `{"decision":false,"context":{"reason":"subject_inactive","revision":"r1"}}`},
		{
			"denied by a condition that cannot be evaluated", question("write", "delete"),
			`{"decision":false,"context":{"reason":"denied_condition_unknown","revision":"r1"}}`,
		},
		{
			"denied by a condition on what the request says", question("write", "delete", `"17"`, `"17","properties":{"locked":true}`),
			`{"decision":false,"context":{"reason":"denied_by_policy","revision":"r1"}}`,
		},
		{
			"not denied", question("write", "delete", `"17"`, `"17","properties":{"locked":false}`),
			`{"decision":true,"context":{"reason":"allowed","revision":"r1"}}`,
		},
		{
			"literal text is not parsed", question("write", "read,write"),
			`{"decision":false,"context":{"reason":"no_grant","revision":"r1"}}`,
		},
		{"attribute", question(`"}}`, `"},"attribute":"title"}`), `{"decision":true,"context":{"reason":"allowed","revision":"r1"}}`},
		{
			"namespace", question(`"newsletter"`, `"other/newsletter"`),
			`{"decision":false,"context":{"reason":"no_grant","revision":"r1"}}`,
		},
		{
			"organisation", question("write", "update", "newsletter", "organisation", `"}}`, `"},"organisation":"SNPP"}`),
			`{"decision":true,"context":{"reason":"allowed","revision":"r1"}}`,
		},
		{
			"organisation in the context", question("write", "update", "newsletter", "organisation", `"}}`, `"},"context":{"organisation":"SNPP"}}`),
			`{"decision":true,"context":{"reason":"allowed","revision":"r1"}}`,
		},
		{
			"unknown organisation", question("write", "update", "newsletter", "organisation", `"}}`, `"},"organisation":"ACME"}`),
			`{"decision":false,"context":{"reason":"no_grant","revision":"r1"}}`,
		},
		{
			"token and now of a body are nothing", question("write", "update", "newsletter", "organisation", `"}}`,
				`"},"organisation":"SNPP","token":{"scope":""},"now":1900000000,"roles":["x"]}`),
			`{"decision":true,"context":{"reason":"allowed","revision":"r1"}}`,
		},
		{"unknown members", question(`"}}`, `"},"options":7}`, `"homer"`, `"homer","name":1`), `{"decision":true,"context":{"reason":"allowed","revision":"r1"}}`},
	}
	for _, tt := range tests {
		for engine, e := range edges {
			t.Run(tt.name+" by "+engine, func(t *testing.T) {
				t.Parallel()
				got := post(t, e, evaluation, tt.body)
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

func TestEvaluationMalformed(t *testing.T) {
	t.Parallel()
	e := start(t, edge.Options{Source: newSource(newGeneration(t, "r1"))})
	tests := []struct{ name, body, want string }{
		{"empty", ``, `"the body is empty"`},
		{"not JSON", `{`, `"the body is not acceptable JSON: offset 1: expected a member name"`},
		{"two texts", question() + `{}`, `"the body is not acceptable JSON: offset 109: unexpected text after the value"`},
		{"byte order mark", "\ufeff" + question(), `"the body is not acceptable JSON: offset 0: not a JSON value"`},
		{"array", `[]`, `"the body is not an object"`},
		{"null", `null`, `"the body is not an object"`},
		{"duplicate member", question(`"id":"homer"`, `"id":"homer","id":"burns"`), `"the body is not acceptable JSON: offset 39: duplicate member \"id\""`},
		{"duplicate below", question(`"17"`, `"17","properties":{"a":{"b":1,"b":2}}`), `"the body is not acceptable JSON: offset 133: duplicate member \"b\""`},
		{"too deep", question(`"17"`, `"17","properties":{"a":`+strings.Repeat("[", 64)+strings.Repeat("]", 64)+`}`), `"the body is not acceptable JSON: offset 187: nested too deeply"`},
		{"bad UTF-8", question("homer", "ho\xffmer"), `"the body is not acceptable JSON: offset 38: invalid UTF-8 in a string"`},
		{"lone surrogate", question("homer", `\ud800`), `"the body is not acceptable JSON: offset 38: lone surrogate in a string"`},
		{"no subject", `{}`, `"subject is missing"`},
		{"subject is text", question(`{"type":"user","id":"homer"}`, `"homer"`), `"subject is not an object"`},
		{"no subject type", question(`"type":"user",`, ``), `"subject.type is missing"`},
		{"no subject id", question(`,"id":"homer"`, ``), `"subject.id is missing"`},
		{"empty subject id", question(`homer`, ``), `"subject.id is empty"`},
		{"subject id is a number", question(`"homer"`, `1`), `"subject.id is not a string"`},
		{"subject properties", question(`"homer"`, `"homer","properties":[]`), `"subject.properties is not an object"`},
		{"no action", question(`"action"`, `"deed"`), `"action is missing"`},
		{"action is text", question(`{"name":"write"}`, `"write"`), `"action is not an object"`},
		{"no action name", question(`"name"`, `"id"`), `"action.name is missing"`},
		{"empty action name", question(`write`, ``), `"action.name is empty"`},
		{"action properties", question(`"write"`, `"write","properties":null`), `"action.properties is not an object"`},
		{"no resource", question(`"resource"`, `"object"`), `"resource is missing"`},
		{"no resource type", question(`"type":"newsletter",`, ``), `"resource.type is missing"`},
		{"empty namespace", question(`newsletter`, `/newsletter`), `"resource.type: \"newsletter\" is not a resource type"`},
		{"no resource id", question(`,"id":"17"`, ``), `"resource.id is missing"`},
		{"resource id is null", question(`"17"`, `null`), `"resource.id is not a string"`},
		{"too long", question(`17`, strings.Repeat("7", 5000)), `"resource.type: \"newsletter\" is longer than 4096 bytes with its action and id"`},
		{"context", question(`"}}`, `"},"context":"x"}`), `"context is not an object"`},
		{"attribute is empty", question(`"}}`, `"},"attribute":""}`), `"attribute is empty"`},
		{"attribute is a list", question(`"}}`, `"},"attribute":["a"]}`), `"attribute is not a string"`},
		{"organisation is a number", question(`"}}`, `"},"organisation":1}`), `"organisation is not a string"`},
		{"organisation is empty", question(`"}}`, `"},"organisation":""}`), `"organisation is empty"`},
		{"organisation in the context", question(`"}}`, `"},"context":{"organisation":null}}`), `"context.organisation is not a string"`},
		{
			"two organisations", question(`"}}`, `"},"organisation":"SNPP","context":{"organisation":"ACME"}}`),
			`"organisation contradicts context.organisation"`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := post(t, e, evaluation, tt.body, "X-Request-ID: id 1;ü")
			if got.Status != 400 || got.Header.Get("Lictor-Revision") != "r1" || got.Header.Get("X-Request-ID") != "id 1;ü" {
				t.Errorf("status %d, headers %v", got.Status, got.Header)
			}
			if diff := cmp.Diff(tt.want, got.Body); diff != "" {
				t.Errorf("body (-want +got):\n%s", diff)
			}
		})
	}
}

func TestContentType(t *testing.T) {
	t.Parallel()
	e := start(t, edge.Options{Source: newSource(newGeneration(t, "r1"))})
	tests := []struct {
		media string
		want  int
	}{
		{"Content-Type: application/json", 200},
		{"Content-Type: application/json;charset=utf-8", 200},
		{"Content-Type: Application/JSON ; profile=x", 200},
		{"", 400},
		{"Content-Type: text/plain", 400},
		{"Content-Type: application/json-patch+json", 400},
		{"Content-Type: application/x-www-form-urlencoded", 400},
		{"Content-Type: multipart/form-data; boundary=x", 400},
	}
	for _, tt := range tests {
		t.Run(tt.media, func(t *testing.T) {
			t.Parallel()
			if got := send(t, e.data, "POST", evaluation, question(), tt.media); got.Status != tt.want {
				t.Errorf("status %d, want %d: %s", got.Status, tt.want, got.Body)
			}
			if got := send(t, e.data, "POST", "/v1/check", `{"subject":"homer","permission":"a"}`, tt.media); got.Status != 200 {
				t.Errorf("a check, which asks for no content type: status %d: %s", got.Status, got.Body)
			}
		})
	}
}
