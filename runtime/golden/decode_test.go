package golden_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lictor-dev/lictor/bundles"
	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/value"
	"github.com/lictor-dev/lictor/runtime/decision/input"
	"github.com/lictor-dev/lictor/runtime/golden"
)

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	want := newTests(t)
	text, err := golden.Encode(want, grammar)
	if err != nil {
		t.Fatal(err)
	}
	if canonical, err := bundles.Canonical(text); err != nil || !bytes.Equal(canonical, text) {
		t.Errorf("not in canonical form: %v\n%s", err, text)
	}
	got, err := golden.Decode(text, grammar)
	if err != nil {
		t.Fatal(err)
	}
	asJSON := cmp.Transformer("JSON", func(v value.Value) string { return string(value.AppendJSON(nil, v)) })
	equal := cmp.Comparer(func(p, q permission.Permission) bool { return p.Equal(&q) })
	if diff := cmp.Diff(want, got, asJSON, equal); diff != "" {
		t.Errorf("tests (-want +got):\n%s", diff)
	}
}

const good = `{"tests":[{"expect":"DENY","expect_reason":"no_grant","input":{"now":0,"permission":"x","resource":{"properties":{}},` +
	`"subject":{"id":"a","type":"user"}},"name":"n","place":"a.yaml:1"}]}`

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	if _, err := golden.Decode([]byte(good), grammar); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, from, to, want string }{
		{"not JSON", `{"tests"`, `{tests`, "the tests in the bundle: not JSON: offset 1: expected a member name"},
		{"twice", `"name":"n"`, `"name":"n","name":"m"`, `the tests in the bundle: not JSON: offset 164: duplicate member "name"`},
		{"more", good, good + `{}`, "the tests in the bundle: not JSON: offset 185: unexpected text after the value"},
		{"no object", good, `[]`, "the tests in the bundle: expected an object with a list of tests"},
		{"no list", `[{`, `{"x":{`, ""},
		{"stray beside", `{"tests"`, `{"format":2,"tests"`, `the tests in the bundle: member "format" is not among tests`},
		{"stray in a test", `"name"`, `"skip":true,"name"`, `test 1 in the bundle: member "skip" is not among name, place, input, expect, expect_reason`},
		{"no name", `"name":"n",`, ``, "test 1 in the bundle: name is not a string"},
		{"no place", `,"place":"a.yaml:1"`, ``, "test 1 in the bundle: place is not a string"},
		{"no expectation", `"expect":"DENY",`, ``, "test 1 in the bundle: expect is not a string"},
		{"another expectation", `"DENY"`, `"deny"`, "test 1 in the bundle: expect is neither ALLOW nor DENY"},
		{"another reason", `"no_grant"`, `"whatever"`, "test 1 in the bundle: expect_reason is no reason code"},
		{"an empty reason", `"no_grant"`, `""`, "test 1 in the bundle: expect_reason is no reason code"},
		{"a reason of another type", `"no_grant"`, `1`, "test 1 in the bundle: expect_reason is no reason code"},
		{
			"a token", `"now":0`, `"now":0,"token":{}`,
			`test 1 in the bundle: member "token" is not among subject, permission, action, resource, context, organisation, now`,
		},
		{"no time", `"now":0,`, ``, "test 1 in the bundle: now is missing"},
		{"a time with a fraction", `"now":0`, `"now":0.5`, "test 1 in the bundle: no request: now is not an integer"},
		{"no permission", `"permission":"x",`, ``, "test 1 in the bundle: permission is missing"},
		{"a malformed permission", `"x"`, `"x:"`, ""},
		{"no subject", `"subject":{"id":"a","type":"user"}`, `"context":{}`, "test 1 in the bundle: subject: not an object"},
		{"stray in the subject", `"id":"a"`, `"id":"a","roles":[]`, `test 1 in the bundle: subject: member "roles" is not among type, id, properties`},
		{"stray in the resource", `"properties":{}`, `"id":"1"`, `test 1 in the bundle: resource: member "id" is not among properties`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			text := strings.Replace(good, tt.from, tt.to, 1)
			if text == good {
				t.Fatal("nothing was replaced")
			}
			tests, err := golden.Decode([]byte(text), grammar)
			if _, ok := errors.AsType[*golden.SyntaxError](err); !ok || tests != nil {
				t.Fatalf("%v, %v, want a syntax error", tests, err)
			}
			if tt.want != "" && err.Error() != tt.want {
				t.Errorf("got  %s\nwant %s", err, tt.want)
			}
		})
	}
}

func TestErrorsUnwrap(t *testing.T) {
	t.Parallel()
	_, err := golden.Decode([]byte(strings.Replace(good, `"now":0`, `"now":"x"`, 1)), grammar)
	if member, ok := errors.AsType[*input.MemberError](err); !ok || member.Member != "now" {
		t.Errorf("%v", err)
	}
	_, err = golden.Decode([]byte("{"), grammar)
	if _, ok := errors.AsType[*value.SyntaxError](err); !ok {
		t.Errorf("%v", err)
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	one := newTests(t)[0]
	many := make([]golden.Test, golden.MaxTests+1)
	for i := range many {
		many[i] = one
	}
	large := one
	large.Name = strings.Repeat("x", bundles.MaxTests)
	for name, tests := range map[string][]golden.Test{"tests": many, "bytes of tests": {large}} {
		_, err := golden.Encode(tests, grammar)
		if limit, ok := errors.AsType[*golden.LimitError](err); !ok || limit.What != name {
			t.Errorf("%s: %v", name, err)
		}
	}
	text := `{"tests":[0` + strings.Repeat(",0", golden.MaxTests) + `]}`
	for name, text := range map[string]string{"tests": text, "bytes of tests": strings.Repeat(" ", bundles.MaxTests+1)} {
		_, err := golden.Decode([]byte(text), grammar)
		if limit, ok := errors.AsType[*golden.LimitError](err); !ok || limit.What != name {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzDecode never panics, and what it takes is written the same again and again.
func FuzzDecode(f *testing.F) {
	text, err := golden.Encode(newTests(f), grammar)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(good))
	f.Add([]byte(`{"tests":[{"input":{"subject":{}}}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		tests, err := golden.Decode(text, grammar)
		if err != nil {
			if tests != nil || err.Error() == "" {
				t.Fatalf("%v, %v", tests, err)
			}
			return
		}
		first, err := golden.Encode(tests, grammar)
		if err != nil {
			return // it grew beyond the limits
		}
		again, err := golden.Decode(first, grammar)
		if err != nil {
			return // a permission grew beyond its limits
		}
		if second, err := golden.Encode(again, grammar); err != nil || !bytes.Equal(first, second) {
			t.Errorf("written as %s, then as %s (%v)", first, second, err)
		}
	})
}
