package input_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/value"
	"github.com/lictor-dev/lictor/runtime/conformance/generate"
	"github.com/lictor-dev/lictor/runtime/decision"
	"github.com/lictor-dev/lictor/runtime/decision/input"
)

var grammar = permission.Grammar{Namespace: "default"}

func parse(t testing.TB, text string) value.Value {
	t.Helper()
	_, v, err := value.Parse(nil, []byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

// seen is a request as text, for comparison.
type seen struct {
	Type, ID, Organisation                    string
	Permissions                               []string
	Subject, Action, Resource, Context, Token string
	Now                                       int64
	Strict                                    bool
}

func see(r *decision.Request) seen {
	s := seen{
		Type: r.Subject.Type, ID: r.Subject.ID, Organisation: r.Organisation, Now: r.Now, Strict: r.Strict,
		Subject: show(r.Subject.Properties), Action: show(r.ActionProperties), Resource: show(r.ResourceProperties),
		Context: show(r.Context), Token: show(r.Token),
	}
	for i := range r.Permissions {
		s.Permissions = append(s.Permissions, r.Permissions[i].String())
	}
	return s
}

func show(v value.Value) string {
	if v.Kind() == value.Missing {
		return ""
	}
	return string(value.AppendJSON(nil, v))
}

const whole = `{
	"subject": {"type": "user", "id": "alice", "properties": {"a": 1}},
	"action": {"name": "read:public", "properties": {"b": 2}},
	"resource": {"type": "shop/doc", "id": "*", "properties": {"c": 3}},
	"attribute": "a,b", "context": {"d": 4}, "organisation": "ACME",
	"now": 17, "token": {"scope": "doc"}, "unheard": [1]}`

func TestDecode(t *testing.T) {
	t.Parallel()
	simple := func(more string) string {
		return `{"subject":{"type":"user","id":"alice"},` + more + `}`
	}
	tests := []struct {
		name, body string
		want       seen
	}{
		{"every member", whole, seen{
			Type: "user", ID: "alice", Organisation: "ACME", Permissions: []string{"shop/doc:read%3Apublic:%2A:a%2Cb"},
			Subject: `{"a":1}`, Action: `{"b":2}`, Resource: `{"c":3}`, Context: `{"d":4}`, Token: `{"scope":"doc"}`, Now: 17,
		}},
		{"one permission", simple(`"permission":" doc:write,read "`), seen{Type: "user", ID: "alice", Permissions: []string{"default/doc:read,write"}, Now: 5}},
		{"permissions keep their order", simple(`"permissions":["b","a:*"]`), seen{Type: "user", ID: "alice", Permissions: []string{"default/b", "default/a:*"}, Now: 5}},
		{"properties beside a permission", simple(`"permission":"a","action":{"properties":{"x":1}},"resource":{"properties":{}}`), seen{
			Type: "user", ID: "alice", Permissions: []string{"default/a"}, Action: `{"x":1}`, Resource: `{}`, Now: 5,
		}},
		{"organisation in context", simple(`"permission":"a","context":{"organisation":"X"}`), seen{
			Type: "user", ID: "alice", Permissions: []string{"default/a"}, Organisation: "X", Context: `{"organisation":"X"}`, Now: 5,
		}},
		{"organisation twice, the same", simple(`"permission":"a","organisation":"X","context":{"organisation":"X"}`), seen{
			Type: "user", ID: "alice", Permissions: []string{"default/a"}, Organisation: "X", Context: `{"organisation":"X"}`, Now: 5,
		}},
	}
	// One request is reused throughout, as a server does.
	r := decision.Request{Now: 99, Strict: true, Organisation: "stale", Token: parse(t, `{}`)}
	for _, tt := range tests {
		r.Now, r.Strict = 5, true
		if err := input.Decode(&r, parse(t, tt.body), grammar); err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		tt.want.Strict = true
		if diff := cmp.Diff(tt.want, see(&r)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestDecodeEvaluationIgnoresWhatOnlyTheServerMaySay(t *testing.T) {
	t.Parallel()
	r := decision.Request{Now: 5, Token: parse(t, `{"scope":"old"}`)}
	body := `{"subject":{"type":"user","id":"alice"},"action":{"name":"read"},"resource":{"type":"doc","id":"1"},
		"now":"never","token":7,"permission":"x","permissions":[]}`
	if err := input.DecodeEvaluation(&r, parse(t, body), grammar); err != nil {
		t.Fatal(err)
	}
	want := seen{Type: "user", ID: "alice", Permissions: []string{"default/doc:read:1"}, Now: 5}
	if diff := cmp.Diff(want, see(&r)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	const (
		subject = `"subject":{"type":"user","id":"alice"}`
		action  = `"action":{"name":"read"}`
		doc     = `"resource":{"type":"doc","id":"1"}`
	)
	tests := []struct{ body, want string }{
		{`[]`, "the body is not an object"},
		{`{}`, "subject is missing"},
		{`{"subject":null}`, "subject is not an object"},
		{`{"subject":{"id":"alice"}}`, "subject.type is missing"},
		{`{"subject":{"type":"user"}}`, "subject.id is missing"},
		{`{"subject":{"type":"","id":"a"}}`, "subject.type is empty"},
		{`{"subject":{"type":"user","id":7}}`, "subject.id is not a string"},
		{`{"subject":{"type":"user","id":"a","properties":[]}}`, "subject.properties is not an object"},
		{`{"subject":{"type":"user","id":"a","properties":null}}`, "subject.properties is not an object"},
		{`{` + subject + `}`, "action is missing"},
		{`{` + subject + `,"action":"read",` + doc + `}`, "action is not an object"},
		{`{` + subject + `,"action":{},` + doc + `}`, "action.name is missing"},
		{`{` + subject + `,"action":{"name":""},` + doc + `}`, "action.name is empty"},
		{`{` + subject + `,"action":{"name":"read","properties":1},` + doc + `}`, "action.properties is not an object"},
		{`{` + subject + `,` + action + `}`, "resource is missing"},
		{`{` + subject + `,` + action + `,"resource":{"type":"doc"}}`, "resource.id is missing"},
		{`{` + subject + `,` + action + `,"resource":{"type":"doc","id":""}}`, "resource.id is empty"},
		{`{` + subject + `,` + action + `,"resource":{"type":"/doc","id":"1"}}`, `resource.type: "doc" is not a resource type`},
		{`{` + subject + `,` + action + `,"resource":{"type":"doc","id":"1","properties":""}}`, "resource.properties is not an object"},
		{`{` + subject + `,` + action + `,` + doc + `,"context":"x"}`, "context is not an object"},
		{`{` + subject + `,` + action + `,` + doc + `,"attribute":""}`, "attribute is empty"},
		{`{` + subject + `,` + action + `,` + doc + `,"attribute":null}`, "attribute is not a string"},
		{`{` + subject + `,` + action + `,` + doc + `,"organisation":""}`, "organisation is empty"},
		{`{` + subject + `,` + action + `,` + doc + `,"organisation":["A"]}`, "organisation is not a string"},
		{`{` + subject + `,` + action + `,` + doc + `,"context":{"organisation":1}}`, "context.organisation is not a string"},
		{`{` + subject + `,` + action + `,` + doc + `,"organisation":"A","context":{"organisation":1}}`, "context.organisation is not a string"},
		{`{` + subject + `,` + action + `,` + doc + `,"organisation":"A","context":{"organisation":"B"}}`, "organisation contradicts context.organisation"},
		{`{` + subject + `,` + action + `,` + doc + `,"now":1.5}`, "now is not an integer"},
		{`{` + subject + `,` + action + `,` + doc + `,"now":"1"}`, "now is not an integer"},
		{`{` + subject + `,` + action + `,` + doc + `,"now":1e30}`, "now is not an integer"},
		{`{` + subject + `,` + action + `,` + doc + `,"token":null}`, "token is not an object"},
		{`{` + subject + `,"permission":""}`, `permission: "" is empty`},
		{`{` + subject + `,"permission":["a"]}`, "permission is not a string"},
		{`{` + subject + `,"permissions":"a"}`, "permissions is not a list of strings"},
		{`{` + subject + `,"permissions":[]}`, "permissions is an empty list"},
		{`{` + subject + `,"permissions":["a",1]}`, "permissions is not a string"},
		{`{` + subject + `,"permissions":["a","b::"]}`, `permissions: "b::" has a part without a value`},
		{`{` + subject + `,"permission":"a","permissions":["a"]}`, "permissions is given beside a permission string"},
		{`{` + subject + `,"permission":"a",` + action + `}`, "action.name is given beside a permission string"},
		{`{` + subject + `,"permission":"a",` + doc + `}`, "resource.type is given beside a permission string"},
		{`{` + subject + `,"permission":"a","attribute":"b"}`, "attribute is given beside a permission string"},
	}
	for _, tt := range tests {
		var r decision.Request
		err := input.Decode(&r, parse(t, tt.body), grammar)
		var member *input.MemberError
		switch {
		case err == nil:
			t.Errorf("%s: accepted, want %q", tt.body, tt.want)
		case err.Error() != tt.want:
			t.Errorf("%s:\n got %q\nwant %q", tt.body, err, tt.want)
		case !errors.As(err, &member):
			t.Errorf("%s: error of type %T", tt.body, err)
		}
	}
}

func TestAppendReadsBack(t *testing.T) {
	t.Parallel()
	for seed := range uint64(200) {
		m := generate.Model(seed)
		s := generate.NewSampler(m, seed)
		for _, form := range []input.Form{input.Strings, input.Names} {
			want := s.Next()
			text := input.Append(nil, want, m.Grammar(), form)
			var got decision.Request
			if err := input.Decode(&got, parse(t, string(text)), m.Grammar()); err != nil {
				t.Fatalf("seed %d: %v in %s", seed, err, text)
			}
			if diff := cmp.Diff(see(want), see(&got)); diff != "" {
				t.Fatalf("seed %d: %s (-want +got):\n%s", seed, text, diff)
			}
		}
	}
}

func TestDecodeDoesNotAllocate(t *testing.T) {
	var r decision.Request
	for _, body := range []string{whole, `{"subject":{"type":"user","id":"alice"},"permissions":["a:b:1,2","c:*"]}`} {
		v := parse(t, body)
		decode := func() {
			if err := input.Decode(&r, v, grammar); err != nil {
				t.Fatal(err)
			}
		}
		decode()
		if n := testing.AllocsPerRun(100, decode); n != 0 {
			t.Errorf("%v allocations for %s", n, body)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(whole))
	f.Add([]byte(`{"subject":{"type":"u","id":"i"},"permissions":["a","b:c"],"context":{"organisation":"x"}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		_, v, err := value.Parse(nil, body)
		if err != nil {
			return
		}
		var r decision.Request
		if err := input.Decode(&r, v, grammar); err != nil {
			var member *input.MemberError
			if !errors.As(err, &member) {
				t.Fatalf("error of type %T", err)
			}
			return
		}
		if len(r.Permissions) == 0 || r.Subject.ID == "" || r.Subject.Type == "" {
			t.Fatalf("accepted %q without a subject or a permission", body)
		}
	})
}
