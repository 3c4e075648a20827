package wasm_test

import (
	"errors"
	"testing"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/value"
	"github.com/lictor-dev/lictor/runtime/decision"
	"github.com/lictor-dev/lictor/runtime/wasm"
)

const shop = `
lictor: v1
roles:
  reader: {permissions: ["newsletter:read"]}
  editor: {includes: [reader], policies: [{permission: "newsletter:update", decision: ALLOW, when: resource.properties.size < 10}]}
subjects:
  ada: {roles: [editor]}
  rosa: {roles: [reader]}
  gone: {roles: [reader], active: false}
`

func object(tb testing.TB, text string) value.Value {
	tb.Helper()
	_, v, err := value.Parse(nil, []byte(text))
	if err != nil {
		tb.Fatal(err)
	}
	return v
}

func TestEngine(t *testing.T) {
	t.Parallel()
	c := compile(t, files(shop))
	e := newEngine(t, newRuntime(t), c, wasm.Options{Instances: 1})
	for _, tt := range []struct {
		name, subject, permission, resource string
		want                                decision.Code
		policies                            int
	}{
		{"a role", "rosa", "newsletter:read", "", decision.Allowed, 1},
		{"a condition", "ada", "newsletter:update:7", `{"size": 3}`, decision.Allowed, 1},
		{"a false condition", "ada", "newsletter:update:7", `{"size": 30}`, decision.ConditionFalse, 1},
		{"an unknown condition", "ada", "newsletter:update:7", "", decision.ConditionUnknown, 1},
		{"nothing", "rosa", "newsletter:update", "", decision.NoGrant, 0},
		{"nobody", "x", "newsletter:read", "", decision.NoGrant, 0},
		{"not active", "gone", "newsletter:read", "", decision.SubjectInactive, 0},
		{"a name with quotes", `"`, "newsletter:read", "", decision.NoGrant, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := ask(t, c, tt.subject, tt.permission)
			if tt.resource != "" {
				r.ResourceProperties = object(t, tt.resource)
			}
			want := decision.Decision{Allowed: tt.want == decision.Allowed, Code: tt.want}
			before := []policy.ID{99}
			d, ids, err := e.Deciding(r, before)
			if err != nil || d != want || len(ids) != 1+tt.policies || ids[0] != 99 {
				t.Errorf("%v, %v, %v", d, ids, err)
			}
			if d, err := e.Decide(r); err != nil || d != want {
				t.Errorf("decide: %v, %v", d, err)
			}
			if allowed, err := e.Allow(r); err != nil || allowed != want.Allowed {
				t.Errorf("allow: %v, %v", allowed, err)
			}
		})
	}
}

// TestInexpressible asks what no input can say.
func TestInexpressible(t *testing.T) {
	t.Parallel()
	c := compile(t, files(shop))
	e := newEngine(t, newRuntime(t), c, wasm.Options{Instances: 1})
	for name, change := range map[string]func(*decision.Request){
		"strict":  func(r *decision.Request) { r.Strict = true },
		"stored":  func(r *decision.Request) { r.Callers = decision.Stored },
		"ignored": func(r *decision.Request) { r.Callers = decision.Ignore },
		"late":    func(r *decision.Request) { r.Now = value.MaxInteger + 1 },
		"early":   func(r *decision.Request) { r.Now = -value.MaxInteger - 1 },
	} {
		r := ask(t, c, "rosa", "newsletter:read")
		change(r)
		d, err := e.Decide(r)
		allowed, err2 := e.Allow(r)
		if _, ok := errors.AsType[*wasm.InexpressibleError](err); !ok || d.Allowed || allowed || err2 == nil {
			t.Errorf("%s: %v, %v, %v, %v", name, d, err, allowed, err2)
		}
	}
	if held, err := e.HasRole(ask(t, c, "rosa", "newsletter:read"), "reader"); err == nil || held {
		t.Errorf("a role: %v, %v", held, err)
	}
	bad := ask(t, c, "rosa", "newsletter:read")
	bad.Subject.Type = ""
	if d, err := e.Decide(bad); err == nil || d.Allowed {
		t.Errorf("malformed: %v, %v", d, err)
	}
}

// TestMalformedDecisions are answers of a hand-made policy that no decision is like.
func TestMalformedDecisions(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"other effect":  `{"code":"no_grant","decision":"ALLOW","policies":[]}`,
		"other code":    `{"code":"allowed","decision":"DENY","policies":[]}`,
		"unknown code":  `{"code":"maybe","decision":"DENY","policies":[]}`,
		"no policies":   `{"code":"allowed","decision":"ALLOW"}`,
		"more":          `{"code":"allowed","decision":"ALLOW","policies":[1],"x":1}`,
		"unsorted":      `{"code":"allowed","decision":"ALLOW","policies":[2,1]}`,
		"twice":         `{"code":"allowed","decision":"ALLOW","policies":[1,1]}`,
		"negative":      `{"code":"allowed","decision":"ALLOW","policies":[-1]}`,
		"large":         `{"code":"allowed","decision":"ALLOW","policies":[4294967296]}`,
		"no number":     `{"code":"allowed","decision":"ALLOW","policies":["1"]}`,
		"no list":       `{"code":"allowed","decision":"ALLOW","policies":{}}`,
		"no object":     `true`,
		"member twice":  `{"code":"no_grant","code":"allowed","decision":"ALLOW","policies":[]}`,
		"behind an end": `{"code":"allowed","decision":"ALLOW","policies":[]}}]x`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := module{texts: map[uint32]string{decisionAt: `[{"result":` + text + `}]`}}
			e, err := newRuntime(t).Engine(m.encode(), []byte("{}"), compiledGrammar, wasm.Options{Instances: 1})
			if _, ok := errors.AsType[*wasm.EntrypointError](err); !ok || e != nil {
				t.Errorf("%v", err)
			}
		})
	}
}
