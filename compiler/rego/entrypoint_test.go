package rego_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const plant = `lictor: v1
roles:
  reader: {permissions: ["news:read"]}
  editor:
    includes: [reader]
    policies:
      - {permission: "news:write", decision: ALLOW, when: resource.properties.owner == subject.id}
      - {permission: "news:write:secret", decision: DENY, when: context.level < 3}
  everybody: {birthright: {types: [user]}, permissions: ["profile:read"]}
entitlements:
  ADMIN: {includes: [reader], permissions: ["reactor:stop"]}
organisations: {SNPP: {}, ACME: {}}
subjects:
  homer:
    roles: [editor, {role: reader, organisation: SNPP}]
    entitlements: {SNPP: [ADMIN], ACME: [{entitlement: ADMIN, valid_to: 2001-01-01T00:00:00Z}]}
    permissions: ["printer:print"]
    policies:
      - {permission: "printer:clean", decision: ALLOW, organisation: SNPP}
      - {permission: "printer:burn", decision: ALLOW, valid_from: 2100-01-01T00:00:00Z}
  mister.smithers: {active: false, roles: [editor]}
scopes:
  papers: {permission: "news:read,write"}
clients:
  web: {secret_hash: "$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g", grants: [client_credentials], scopes: [openid, "news:read", "news:*:write", "printer", "papers"]}
  bare: {secret_hash: "$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g", grants: [client_credentials]}
`

const homer = `"subject":{"type":"user","id":"homer"},"now":1800000000`

func TestPolicies(t *testing.T) {
	t.Parallel()
	o := load(t, parseModel(t, plant))
	type policy struct {
		ID                      int
		Permission, Decision    string
		Condition, Organisation *string
	}
	text := func(s string) *string { return &s }
	everywhere := []policy{
		{1, "news:write", "ALLOW", text("resource.properties.owner == subject.id"), nil},
		{2, "news:write:secret", "DENY", text("context.level < 3"), nil},
		{3, "profile:read", "ALLOW", nil, nil},
		{4, "news:read", "ALLOW", nil, nil},
	}
	direct := policy{8, "printer:print", "ALLOW", nil, nil}
	here := append(everywhere[:4:4], policy{5, "reactor:stop", "ALLOW", nil, text("SNPP")}, policy{7, "printer:clean", "ALLOW", nil, text("SNPP")}, direct)
	tests := map[string][]policy{
		`{` + homer + `}`:                                    append(everywhere[:4:4], direct),
		`{` + homer + `,"organisation":"SNPP"}`:              here,
		`{` + homer + `,"organisation":"ACME"}`:              append(everywhere[:4:4], direct),
		`{` + homer + `,"organisation":"elsewhere"}`:         append(everywhere[:4:4], direct),
		`{"subject":{"type":"user","id":"nobody"}}`:          {everywhere[2]},
		`{"subject":{"type":"robot","id":"homer"}}`:          {},
		`{"subject":{"type":"user","id":"mister.smithers"}}`: {},
	}
	for input, want := range tests {
		var got []policy
		if err := json.Unmarshal([]byte(o.ask(t, "policies", input)), &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", input, diff)
		}
	}
	for _, input := range []string{`{}`, `{"subject":{"type":"user","id":""}}`, `{` + homer + `,"organisation":""}`} {
		if got := o.ask(t, "policies", input); got != "undefined" {
			t.Errorf("malformed %s: %s", input, got)
		}
	}
}

func TestScopes(t *testing.T) {
	t.Parallel()
	o := load(t, parseModel(t, plant))
	tests := []struct{ name, input, want string }{
		{"the user's own", `{` + homer + `,"scope":"news:read news:burn printer:print"}`, `{"scope":"news:read printer:print","scope_rejected":"news:burn"}`},
		{"in order, without repeats", `{` + homer + `,"scope":"printer:print news:read printer:print"}`, `{"scope":"printer:print news:read"}`},
		{"more than the user has", `{` + homer + `,"scope":"printer news:read"}`, `{"scope":"news:read","scope_rejected":"printer"}`},
		{"conditions hold", `{` + homer + `,"scope":"news:17:write","resource":{"properties":{"owner":"homer"}}}`, `{"scope":"news:17:write"}`},
		{"conditions do not hold", `{` + homer + `,"scope":"news:17:write news:read"}`, `{"scope":"news:read","scope_rejected":"news:17:write"}`},
		{"a deny overlaps", `{` + homer + `,"scope":"news:write news:read","context":{"level":1},"resource":{"properties":{"owner":"homer"}}}`, `{"scope":"news:read","scope_rejected":"news:write"}`},
		{"a deny does not hold", `{` + homer + `,"scope":"news:write","context":{"level":5},"resource":{"properties":{"owner":"homer"}}}`, `{"scope":"news:write"}`},
		{"declared", `{` + homer + `,"scope":"papers news:read","context":{"level":5}}`, `{"scope":"news:read","scope_rejected":"papers"}`},
		{"declared and held", `{` + homer + `,"scope":"papers","context":{"level":5},"resource":{"properties":{"owner":"homer"}}}`, `{"scope":"papers"}`},
		{"protocol scopes need a client", `{` + homer + `,"scope":"openid news:read"}`, `{"scope":"news:read","scope_rejected":"openid"}`},
		{"the client's allowance", `{"client":"web","scope":"openid email news:read news:1:read news:write printer:2:print reactor"}`, `{"scope":"openid news:read news:1:read news:write printer:2:print","scope_rejected":"email reactor"}`},
		{"client and user", `{` + homer + `,"client":"web","scope":"openid printer:print reactor:stop"}`, `{"scope":"openid printer:print","scope_rejected":"reactor:stop"}`},
		{"the client's defaults", `{` + homer + `,"client":"web"}`, `{"scope":"openid news:read","scope_rejected":"news:*:write printer papers"}`},
		{"empty is omitted", `{"client":"web","scope":"  "}`, `{"scope":"openid news:read news:*:write printer papers"}`},
		{"no defaults", `{"client":"bare"}`, `undefined`},
		{"unknown client", `{"client":"nobody","scope":"news:read"}`, `undefined`},
		{"a client that is no id", `{"client":7,"scope":"news:read"}`, `undefined`},
		{"nobody to ask", `{"scope":"news:read"}`, `undefined`},
		{"nothing granted", `{` + homer + `,"scope":"reactor:stop"}`, `undefined`},
		{"granted in an organisation", `{` + homer + `,"scope":"reactor:stop","organisation":"SNPP"}`, `{"scope":"reactor:stop"}`},
		{"other forms are rejected", `{` + homer + `,"scope":"news:read a:b:c:d a, /x"}`, `{"scope":"news:read","scope_rejected":"a:b:c:d a, /x"}`},
		{"not a string", `{` + homer + `,"scope":["news:read"]}`, `undefined`},
		{"null", `{` + homer + `,"client":"web","scope":null}`, `undefined`},
		{"characters that scopes do not have", `{` + homer + `,"scope":"news:read \"x"}`, `undefined`},
		{"line breaks", `{` + homer + `,"scope":"news:read\nprinter:print"}`, `undefined`},
		{"a malformed subject", `{"subject":{"type":"user"},"scope":"profile:read"}`, `undefined`},
		{"an inactive subject", `{"subject":{"type":"user","id":"mister.smithers"},"client":"web","scope":"openid"}`, `undefined`},
		{"a token that narrows", `{` + homer + `,"token":{"scope":"news:read"},"scope":"news:read printer:print"}`, `{"scope":"news:read","scope_rejected":"printer:print"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := o.ask(t, "scopes", tt.input); got != tt.want {
				t.Errorf("%s\ngot  %s\nwant %s", tt.input, got, tt.want)
			}
		})
	}
}

func TestConditions(t *testing.T) {
	t.Parallel()
	o := load(t, parseModel(t, plant)) // c1: context.level < 3; c2: resource.properties.owner == subject.id
	tests := []struct{ environment, want string }{
		{`{"context":{"level":1},"resource":{"properties":{"owner":"a"}},"subject":{"id":"a"}}`, `{"c1":true,"c2":true}`},
		{`{"context":{"level":3},"resource":{"properties":{"owner":"a"}},"subject":{"id":"b"}}`, `{"c1":false,"c2":false}`},
		{`{"context":{"level":"zzz"},"resource":{"properties":{"owner":1}},"subject":{"id":"b"}}`, `{"c2":false}`},
		{`{}`, `{}`},
	}
	for _, tt := range tests {
		input := `{"conditions":["c1","c2","c99"],"environment":` + tt.environment + `}`
		if got := o.ask(t, "conditions", input); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.environment, got, tt.want)
		}
	}
}

// TestClock asks without a time: what is valid from 2100 on is not yet.
func TestClock(t *testing.T) {
	t.Parallel()
	o := load(t, parseModel(t, plant))
	for permission, want := range map[string]string{"printer:print": "true", "printer:burn": "false"} {
		if got := o.ask(t, "allow", `{"subject":{"type":"user","id":"homer"},"permission":"`+permission+`"}`); got != want {
			t.Errorf("%s: %s", permission, got)
		}
	}
}

// TestOddMembers refers to members whose names are keywords of Rego or no names at all.
func TestOddMembers(t *testing.T) {
	t.Parallel()
	o := load(t, parseModel(t, `lictor: v1
roles:
  r:
    birthright: {types: [user]}
    policies:
      - {permission: "x", decision: ALLOW, when: 'context["if"] == context["in"]["a-b"]; context[""] == "\u2028<\ufeff>"; context.contains == context["é"]'}
`))
	const input = `{"subject":{"type":"user","id":"u"},"permission":"x","context":{"if":1,"in":{"a-b":1},"":"\u2028<\ufeff>","contains":[],"é":[]}}`
	if got := o.ask(t, "allow", input); got != "true" {
		t.Errorf("allow is %s", got)
	}
}
