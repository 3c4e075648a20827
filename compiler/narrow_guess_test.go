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
      - {permission: "shop/a:native", decision: ALLOW, when: subject.properties.age > 17}
`

// TestClientDoesNotGuess leaves out what depends on properties that a part for everybody does not know, where their absence may
// let somebody in.
func TestClientDoesNotGuess(t *testing.T) {
	t.Parallel()
	module := "package custom.m\n\ndefault clean := true\n\nclean := false if input.subject.properties.banned\n\n" +
		"default banned := false\n\nbanned if input.subject.properties.banned\n"
	all := []string{"a:banned", "a:banned,free", "a:clean", "a:count", "a:day", "a:every", "a:free", "a:native"}
	for _, tt := range []struct {
		name, subjects string
		selected       []string
		want           []string
	}{
		{"nobody is stored", "", nil, all},
		{"nobody has properties", "subjects: {eve: {}}\n", nil, all},
		{"another type has properties", "subjects: {eve: {type: robot, properties: {banned: true}}}\n", nil, all},
		{"for everybody", "subjects: {eve: {properties: {banned: true}}}\n", nil, []string{"a:banned", "a:day", "a:free", "a:native"}},
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
