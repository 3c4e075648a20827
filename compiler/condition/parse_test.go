package condition_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/compiler/condition"
	"github.com/lictor-dev/lictor/compiler/diag"
	"github.com/lictor-dev/lictor/compiler/source"
)

func texts(values ...string) []source.Text {
	var out []source.Text
	for i, v := range values {
		out = append(out, source.Text{Value: v, Pos: diag.Pos{File: "roles.yaml", Line: i + 1, Col: 11}})
	}
	return out
}

func TestParseGivesCanonicalText(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name      string
		when, any []string
		want      string
	}{
		{"comparison", []string{`resource.id==organisation`}, nil, `resource.id == organisation`},
		{"all of a list", []string{`now > 3`, `subject.type != "robot"`}, nil, `now > 3; subject.type != "robot"`},
		{"separators", []string{"now > 3;now < 5\nnow != 4"}, nil, `now > 3; now < 5; now != 4`},
		{"any", nil, []string{`now > 3`, `now < 1; now != 0`}, `when_any: [now > 3, now < 1; now != 0]`},
		{"both", []string{`now > 3`}, []string{`context.a`, `context.b`}, `now > 3; when_any: [context.a, context.b]`},
		{"any of one", []string{`now > 3`}, []string{`context.a`}, `now > 3; context.a`},
		{"not", []string{`not resource.properties.locked`}, nil, `not resource.properties.locked`},
		{"not a comparison", []string{`not context.a == 3`}, nil, `not context.a == 3`},
		{"membership", []string{`subject.id in resource.properties.owners`}, nil, `subject.id in resource.properties.owners`},
		{"sets are sorted", []string{`action.name in {"write", "read", "read"}`}, nil, `action.name in {"read", "write"}`},
		{"empty set", []string{`action.name in set()`}, nil, `action.name in set()`},
		{"set operations", []string{`{context.a} & {1} | {2} == {3} - {4}`}, nil, `(({context.a} & {1}) | {2}) == ({3} - {4})`},
		{"array of constants", []string{`context.a in [1, "b", null, [true]]`}, nil, `context.a in [1, "b", null, [true]]`},
		{"array", []string{`context.a in [1, subject.id]`}, nil, `context.a in [1, subject.id]`},
		{"object", []string{`context.a == {"b": 1, "a": [2]}`}, nil, `context.a == {"a": [2], "b": 1}`},
		{"arithmetic", []string{`now - context.since <= 60 * 60`}, nil, `(now - context.since) <= 3600`},
		{"precedence", []string{`context.a + context.b * 2 > 3`}, nil, `(context.a + (context.b * 2)) > 3`},
		{"no folding of remainders", []string{`context.a == 7 % 2`}, nil, `context.a == (7 % 2)`},
		{"no folding beyond the limit", []string{`context.a == 9007199254740992 + 1`}, nil, `context.a == (9007199254740992 + 1)`},
		{"functions", []string{`startswith(lower(subject.id), "a")`}, nil, `startswith(lower(subject.id), "a")`},
		{"function compared", []string{`contains(subject.id, "@") == false`}, nil, `contains(subject.id, "@") == false`},
		{"regex", []string{"regex.match(`^\\d+$`, context.a)"}, nil, `regex.match("^\\d+$", context.a)`},
		{"network", []string{`net.cidr_contains("10.0.0.0/8", context.ip)`}, nil, `net.cidr_contains("10.0.0.0/8", context.ip)`},
		{"keywords as members", []string{`context["a-b"].in == token["if"]`}, nil, `context["a-b"]["in"] == token["if"]`},
		{"bracketed members", []string{`context["a-b"]["c"] == token["if"]`}, nil, `context["a-b"].c == token["if"]`},
		{"decimals compare", []string{`context.a > 0.5`}, nil, `context.a > 0.5`},
		{"negative", []string{`context.a > -1`}, nil, `context.a > -1`},
		{"parenthesised", []string{`(context.a == 1);(context.b == 2)`}, nil, `context.a == 1; context.b == 2`},
		{"comment", []string{"context.a == 1 # one\n# two\ncontext.b"}, nil, `context.a == 1; context.b`},
		{"html", []string{`context.a == "<&>"`}, nil, `context.a == "<&>"`},
		{"always true", []string{`true`}, nil, ``},
		{"true is dropped", []string{`true`, `context.a`}, nil, `context.a`},
		{"false stays", []string{`false`, `context.a`}, nil, `false`},
		{"any with true", nil, []string{`context.a`, `true`}, ``},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e, list := condition.Parse(texts(tt.when...), texts(tt.any...))
			if len(list) > 0 {
				t.Fatalf("diagnostics: %v", list)
			}
			got := ""
			if e != nil {
				got = condition.Text(e)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("text (-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseReports(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text string
		want string // code col width message | hint begins
	}{
		{`subject.email == "a"`, `E0603 0 13 unknown name "subject.email" | did you mean "subject.properties.email"?`},
		{`subject.idd == "a"`, `E0603 0 11 unknown name "subject.idd" | did you mean "subject.id"?`},
		{`now > 1; organization == "a"`, `E0603 9 12 unknown name "organization" | did you mean "organisation"?`},
		{`context.ä == 1; roles == "a"`, `E0601 8 1 condition is not a Rego expression`},
		{`context.a == "ä"; foo == "a"`, `E0603 18 3 unknown name "foo"`},
		{`subject.id.x == "a"`, `E0603 0 12 subject.id has no members`},
		{`input.subject.id == "a"`, `E0603 0 16 unknown name "input.subject.id" | names in scope: subject, action, resource, context, organisation, token and now, without "input"`},
		{`time.now_ns() > 3`, `E0604 0 11 function time.now_ns is not supported in a condition | write now:`},
		{`time.parse_rfc3339_ns("x") > 3`, `E0604 0 21 function time.parse_rfc3339_ns is not supported in a condition | compare now`},
		{`sprintf("%v", [1]) == "1"`, `E0604 0 7 function sprintf`},
		{`http.send({}) == "1"`, `E0604 0 9 function http.send`},
		{`start_with(subject.id, "a")`, `E0604 0 10 unknown function start_with | did you mean "startswith"?`},
		{`now > 1 with input as 3`, `E0602 8 15 the modifier "with"`},
		{`context.a := 3`, `E0602 10 2 ":="`},
		{`context.a / 2 == 3`, `E0602 10 1 "/"`},
		{`context.a + 0.5 == 3`, `E0606 12 3 arithmetic takes integers only`},
		{`regex.match(context.a, "b")`, `E0606 12 9 regex.match takes its pattern as a constant string`},
		{`regex.match("(", context.a)`, `E0606 12 3 pattern "(" is not a regular expression`},
		{`regex.match("(?<a>b)", context.a)`, `E0606 12 9 pattern "(?<a>b)" names a group`},
		{`net.cidr_contains("10.0.0.0", context.a)`, `E0606 18 10 "10.0.0.0" is not a network`},
		{`net.cidr_contains("::ffff:10.0.0.0/104", context.a)`, `E0606 18 21 "::ffff:10.0.0.0/104" is an IPv4 network in IPv6 form`},
		{`context.a == 9007199254740993`, `E0606 13 16 number "9007199254740993" is too large`},
		{`startswith("a")`, `E0605 0 15 startswith takes 2 arguments, not 1`},
		{`context.a == $"x{now}"`, `E0602 13 9 a template string`},
		{`context.a + 1`, `E0607 0 13 expression is never true or false`},
		{`"yes"`, `E0607 0 5 expression is never true or false`},
		{`not resource.id`, `E0607 0 15 expression is never true or false`},
		{`context.a == `, `E0601 12 1 condition is not a Rego expression`},
		{``, `E0601 0 1 condition is empty`},
		{`context.a context.b`, `E0601 10 9 expression follows another without a separator`},
		{`package x`, `E0601 0 1 condition is not a Rego expression`},
		{`1, x in context.a`, `E0603 3 1 unknown name "x"`},
		{`context.xs[nwo] == 3`, `E0603 11 3 unknown name "nwo" | did you mean "now"?`},
		{`some x; x == 1`, `E0603 8 1 variable "x" has no value here | give it one in an expression before`},
		{`some i; not context.xs[i] == 1`, `E0603 23 1 variable "i" has no value here`},
		{`some i; every y in context.ys { context.xs[i] == y }; context.zs[i] == 1`, `E0603 43 1 variable "i" has no value here`},
		{`some i; ys := [y | y := context.xs[i]]; context.zs[i] == 1`, `E0603 35 1 variable "i" has no value here`},
		{`some x; count([1 | x = context.a]) == 1; x == 3`, `E0603 19 1 variable "x" has no value here`},
		{`not context.xs[i] == 1`, `E0603 15 1 variable "i" has no value here`},
		{`some x, y; x = y`, `E0602 11 1 "=" with variables without a value on both sides`},
		{`some now in context.xs; now == 1`, `E0602 5 3 a variable named "now" | that name is in scope already`},
		{`x := 1; x := 2`, `E0602 8 1 a second variable "x"`},
		{`not x := 1`, `E0602 6 2 "not" before ":="`},
		{`_ == 1`, `E0602 0 1 a wildcard here`},
		{`data.lictor.x`, `E0603 0 13 unknown name "data.lictor.x" | conditions refer to rules under package custom`},
		{`data.custom == 1`, `E0602 0 11 package custom as a whole`},
		{`data.custom[context.a]`, `E0602 0 22 package custom as a whole`},
		{`now.x == 1`, `E0603 0 5 now has no members`},
		{`now[context.a] == 1`, `E0603 0 14 now has no members`},
		{`subject[context.a] + 1 == 0.5 * 2`, `E0606 26 3 arithmetic takes integers only`},
		{`{1: 2} == context.a; context.a[0] == 1`, `E0602 1 1 an object with a name that is not a string`},
		{`any(context.xs)`, `E0604 0 3 function any is not supported in a condition | write: true in list`},
		{`walk(context, [p, v]); v == 1`, `E0604 0 4 function walk is not supported`},
		{`some x in context.xs; sprintf("%v", [x]) == "1"`, `E0604 22 7 function sprintf is not supported in a condition | write concat`},
		{`some x in context.xs; x / 2 == 1`, `E0602 24 1 "/" is not supported in a condition | multiply the other side`},
		{`some x in context.xs; x + 1`, `E0607 22 5 expression is never true or false`},
		{`some x in context.xs; regex.match(x, "b")`, `E0606 34 1 regex.match takes its pattern as a constant string`},
		{`every x in context.xs { y == 1 }`, `E0603 24 1 unknown name "y"`},
		{`concat(",") == "a"`, `E0605 0 11 concat takes 2 arguments, not 1`},
		{`context.a == ` + strings.Repeat("lower(", 40) + `"a"` + strings.Repeat(")", 40), `E0602 205 59 an expression this deep`},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			t.Parallel()
			e, list := condition.Parse(texts(tt.text), nil)
			if e != nil || len(list) == 0 {
				t.Fatalf("accepted as %v", e)
			}
			if got := describe(list[0]); !strings.HasPrefix(got, tt.want) {
				if before, after, ok := strings.Cut(tt.want, " | "); !ok || !strings.HasPrefix(got, before) || !strings.Contains(got, " | "+after) {
					t.Errorf("got  %s\nwant %s", got, tt.want)
				}
			}
		})
	}
}

func TestParseReportsEveryFault(t *testing.T) {
	t.Parallel()
	_, list := condition.Parse(texts(`foo == bar; sprintf("a", []) == 1`, `x.y := 1`), texts(`context`))
	var got []string
	for _, d := range list {
		got = append(got, d.Code)
	}
	if diff := cmp.Diff([]string{"E0603", "E0603", "E0604", "E0602"}, got); diff != "" {
		t.Errorf("codes (-want +got):\n%s", diff)
	}
}

// TestUnfolded finds what a project that folds case cannot mean, and nothing else.
func TestUnfolded(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		`resource.id == organisation`:                       "resource.id organisation",
		`organisation == resource.id`:                       "resource.id organisation",
		`resource.id == "AB"`:                               `resource.id "AB"`,
		`action.name in ["read", "Write"]`:                  `action.name ["read", "Write"]`,
		`not startswith(resource.type, "Doc")`:              `resource.type "Doc"`,
		`resource.id in [organisation, "x"]`:                "resource.id organisation",
		`resource.id == lower(organisation)`:                "",
		`resource.id == "ab"`:                               "",
		`resource.properties.owner == "AB"`:                 "",
		`resource.id == subject.id`:                         "",
		`subject.type == "User"; resource.id == "x"`:        "",
		`subject.type == "User"; resource.id != "X"`:        `resource.id "X"`,
		`lower(resource.properties.code) == organisation`:   "",
		`resource.id == "É"`:                                `resource.id "É"`,
		`resource.id in {"a", "b"}; action.name == "Write"`: `action.name "Write"`,
	}
	for text, want := range tests {
		e, faults := condition.Parse([]source.Text{{Value: text, Pos: diag.Pos{File: "a.yaml", Line: 1, Col: 1}}}, nil)
		if faults.HasErrors() {
			t.Fatalf("%s: %v", text, faults)
		}
		folded, beside, found := condition.Unfolded(e)
		got := strings.TrimSpace(folded + " " + beside)
		if got != want || found != (want != "") {
			t.Errorf("%s: got %q, %t, want %q", text, got, found, want)
		}
	}
}

// TestParseAccepts reads items that only Rego can evaluate, each as one leaf.
func TestParseAccepts(t *testing.T) {
	t.Parallel()
	tests := []struct {
		when, any []string
		want      string
	}{
		{[]string{` context.xs[_] == "a" `}, nil, `context.xs[_] == "a"`},
		{[]string{"some x in context.xs # each\nx == `#`\n# done"}, nil, "some x in context.xs\nx == `#`"},
		{[]string{`now > 1; context.xs[0] == 1`}, nil, `now > 1; context.xs[0] == 1`},
		{[]string{`now > 1`, `context.xs[0] == 1`}, nil, `now > 1; {context.xs[0] == 1}`},
		{[]string{`now > 1`}, []string{`data.custom.ok`, `context.a`}, `now > 1; when_any: [{data.custom.ok}, context.a]`},
		{[]string{`context == 3`}, nil, `context == 3`},
	}
	for _, tt := range tests {
		e, list := condition.Parse(texts(tt.when...), texts(tt.any...))
		if len(list) > 0 {
			t.Errorf("%q: %v", tt.when, list)
			continue
		}
		if diff := cmp.Diff(tt.want, condition.Text(e)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", tt.when, diff)
		}
	}
}

// TestReads checks that a leaf says where it reads.
func TestReads(t *testing.T) {
	t.Parallel()
	roots := func(all ...policy.Root) policy.RootSet {
		var set policy.RootSet
		for _, r := range all {
			set = set.With(r)
		}
		return set
	}
	tests := []struct {
		text string
		want policy.RootSet
	}{
		{`subject == 3`, roots(policy.SubjectType, policy.SubjectID, policy.SubjectProperties)},
		{`subject[context.a] == 3`, roots(policy.SubjectType, policy.SubjectID, policy.SubjectProperties, policy.Context)},
		{`subject.properties == {}; now`, 0},
		{`subject.properties == {"a": now}`, roots(policy.SubjectProperties, policy.Now)},
		{`[1][0] == 1`, 0},
		{`data.custom.ok`, policy.AllRoots},
		{`some x in token.xs; x == action`, roots(policy.Token, policy.ActionName, policy.ActionProperties)},
		{`resource.type[_] == 1`, 0},
		{`some x in context; x == resource.id; organisation == x`, roots(policy.Context, policy.ResourceID, policy.RequestOrganisation)},
	}
	for _, tt := range tests {
		e, _ := condition.Parse(texts(tt.text), nil)
		leaf, _ := e.(policy.Rego)
		if leaf.Reads != tt.want || leaf.Text == "" != (tt.want == 0 && tt.text != `[1][0] == 1`) {
			t.Errorf("%s reads %b, want %b", tt.text, leaf.Reads, tt.want)
		}
	}
}
