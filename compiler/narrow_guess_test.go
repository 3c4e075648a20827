package compiler_test

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/lictor-dev/lictor/compiler"
	"github.com/lictor-dev/lictor/compiler/subset"
)

// guesses has conditions in Rego which give strangers, who have no properties, more than eve, who is stored.
const guesses = `lictor: v1
roles:
  member:
    birthright: {types: [user]}
    policies:
      - {permission: "shop/a:count", decision: ALLOW, when: count(subject.properties) == 0}
      - {permission: "shop/a:every", decision: ALLOW, when: "every v in subject.properties { v != true }"}
      - {permission: "shop/a:clean", decision: ALLOW, when_any: [context.clean == true, data.custom.m.clean]}
      - {permission: "shop/a:banned", decision: DENY, when: data.custom.m.banned}
      - {permission: "shop/a:banned,free", decision: ALLOW}
      - {permission: "shop/a:free", decision: ALLOW}
      - {permission: "shop/a:day", decision: ALLOW, when: "context.day in {d | some d in [1, 2]}"}
      - {permission: "shop/a:named", decision: ALLOW, when: "count([x | some x in subject.properties.tags]) == 0"}
      - {permission: "shop/a:native", decision: ALLOW, when: subject.properties.age > 17}
`

// TestClientDoesNotGuess leaves out what depends on properties that a part for everybody does not know, where their absence may
// let somebody in.
func TestClientDoesNotGuess(t *testing.T) {
	t.Parallel()
	module := "package custom.m\n\ndefault clean := true\n\nclean := false if input.subject.properties.banned\n\n" +
		"default banned := false\n\nbanned if input.subject.properties.banned\n"
	all := []string{"a:banned", "a:banned,free", "a:clean", "a:count", "a:day", "a:every", "a:free", "a:named", "a:native"}
	for _, tt := range []struct {
		name, subjects string
		selected       []string
		want           []string
	}{
		{"nobody is stored", "", nil, all},
		{"nobody has properties", "subjects: {eve: {}}\n", nil, all},
		{"another type has properties", "subjects: {eve: {type: robot, properties: {banned: true}}}\n", nil, all},
		{"for everybody", "subjects: {eve: {properties: {banned: true}}}\n", nil, []string{"a:banned", "a:day", "a:free", "a:named", "a:native"}},
		{"for the one who has them", "subjects: {eve: {properties: {banned: true}}}\n", []string{"eve"}, all},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			files := fstest.MapFS{"a.yaml": {Data: []byte(guesses + tt.subjects)}, "custom/m.rego": {Data: []byte(module)}}
			s := &subset.Selection{Namespaces: []string{"shop"}, Types: []string{"user"}, Subjects: tt.selected}
			r, err := compiler.Compile(t.Context(), files, compiler.Options{Client: s})
			if err != nil {
				t.Fatal(err)
			}
			if r.Model == nil {
				t.Fatalf("no bundle: %v", r.Diagnostics)
			}
			var got []string
			for i := range r.Model.Policies {
				got = append(got, strings.TrimPrefix(r.Model.Grammar().Format(&r.Model.Policies[i].Permission), "shop/"))
			}
			slices.Sort(got)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("kept (-want +got):\n%s", diff)
			}
			if missing := len(all) - len(tt.want); r.LeftOut.Touched != missing {
				t.Errorf("touched %d, want %d", r.LeftOut.Touched, missing)
			}
		})
	}
}

// TestClientKeepsWhatRegoNames keeps the properties that a condition in Rego names, and all of them where it names none.
func TestClientKeepsWhatRegoNames(t *testing.T) {
	t.Parallel()
	for when, want := range map[string]string{
		"count([x | some x in subject.properties.tags]) > 0":        "tags",
		`count([x | some x in subject["properties"]["tags"]]) > 0`:  "tags",
		"every x in subject.properties.tags { x != subject.id }":    "tags",
		"count([1 | subject.properties.tags[_] == subject.id]) > 0": "tags",
		"count([x | some x in resource.properties.tags]) > 0":       "",
		"count([x | some x in [subject.type]]) > 0":                 "",
		"count(subject.properties) > 0":                             "plan salary tags",
		"count([k | subject.properties[k]]) > 0":                    "plan salary tags",
		"count(subject.properties[context.name]) > 0":               "plan salary tags",
		"data.custom.m.open":                                        "plan salary tags",
	} {
		t.Run(when, func(t *testing.T) {
			t.Parallel()
			text := "lictor: v1\nroles:\n  r:\n    policies:\n      - {permission: \"shop/a:b\", decision: ALLOW, when: '" + when + "'}\n" +
				"      - {permission: \"shop/a:c\", decision: ALLOW, when: subject.properties.plan == 1}\n" +
				"subjects: {eve: {roles: [r], properties: {salary: 55566677, tags: [a], plan: 1}}}\n"
			files := fstest.MapFS{
				"a.yaml":        {Data: []byte(text)},
				"custom/m.rego": {Data: []byte("package custom.m\n\ndefault open := false\n")},
			}
			s := &subset.Selection{Namespaces: []string{"shop"}, Types: []string{"user"}, Subjects: []string{"eve"}}
			r, err := compiler.Compile(t.Context(), files, compiler.Options{Client: s})
			if err != nil {
				t.Fatal(err)
			}
			if r.Model == nil {
				t.Fatalf("no bundle: %v", r.Diagnostics)
			}
			if len(r.Model.Rego()) != 1 {
				t.Fatalf("%d conditions in Rego", len(r.Model.Rego()))
			}
			var got []string
			for items := r.Model.Subjects[0].Properties.Items(); ; {
				name, _, more := items.Next()
				if !more {
					break
				}
				got = append(got, name)
			}
			slices.Sort(got)
			if want = strings.TrimSpace("plan " + strings.TrimPrefix(want, "plan ")); strings.Join(got, " ") != want {
				t.Errorf("kept %v, want %s", got, want)
			}
		})
	}
}
