package subset_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/compiler/subset"
)

// TestEveryFieldIsDecided fails when the model gets a field: whether a client may see it must be decided then.
func TestEveryFieldIsDecided(t *testing.T) {
	t.Parallel()
	want := []string{
		"Namespace", "Case", "Files", "Organisations", "Holders", "Policies", "Conditions", "Subjects", "Objects", "Resources", "Scopes",
		"Clients", "Routes", "OpenRoutes",
	}
	var got []string
	for field := range reflect.TypeFor[policy.Model]().Fields() {
		got = append(got, field.Name)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("fields (-decided +there):\n%s", diff)
	}
}

// TestTouched leaves out what a DENY may take from some of those that a part for everybody is about: everybody has the
// role "all", and robots "robots" besides.
func TestTouched(t *testing.T) {
	t.Parallel()
	m := &policy.Model{
		Namespace: "default", OpenRoutes: true,
		Holders: []policy.Holder{
			{Name: "all", Closure: []policy.HolderIndex{0}, Birthright: policy.Birthright{Types: []string{"robot", "user"}}},
			{Name: "robots", Closure: []policy.HolderIndex{1}, Birthright: policy.Birthright{Types: []string{"robot"}}},
		},
	}
	add := func(holder int32, effect policy.Effect, text string) {
		p, err := m.Grammar().Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		m.Policies = append(m.Policies, policy.Policy{OwnerIndex: holder, Permission: p, Effect: effect, Validity: policy.Always})
	}
	add(0, policy.Allow, "book:read")
	add(0, policy.Deny, "book:read:9")
	add(0, policy.Allow, "shelf:read")
	add(1, policy.Deny, "book:read:7")
	m.Number()
	for _, tt := range []struct {
		types []string
		want  []string
	}{
		{[]string{"user"}, []string{"DENY default/book:read:9", "ALLOW default/shelf:read"}},
		{[]string{"robot"}, []string{"ALLOW default/book:read", "DENY default/book:read:9", "ALLOW default/shelf:read", "DENY default/book:read:7"}},
		{[]string{"robot", "user"}, []string{"DENY default/book:read:9", "ALLOW default/shelf:read", "DENY default/book:read:7"}},
	} {
		part, report, err := subset.Select(m, subset.Selection{Namespaces: []string{"default"}, Types: tt.types})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		allowed := func(p policy.Policy) bool { return p.Effect == policy.Allow }
		for _, p := range part.Policies {
			got = append(got, p.Effect.String()+" "+p.Permission.String())
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%v (-want +got):\n%s", tt.types, diff)
		}
		if touched := report.Touched == 1; touched == (len(slices.DeleteFunc(part.Policies, func(p policy.Policy) bool { return !allowed(p) })) == 2) {
			t.Errorf("%v: %d touched", tt.types, report.Touched)
		}
		if part.OpenRoutes {
			t.Errorf("%v: requests that no route binds are let through", tt.types)
		}
	}
}

// TestScopeWithoutMeaning keeps the name of a scope from meaning what it spells.
func TestScopeWithoutMeaning(t *testing.T) {
	t.Parallel()
	parse := func(text string) permission.Permission {
		p, err := permission.Grammar{Namespace: "default"}.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	m := &policy.Model{
		Namespace: "default",
		Subjects:  []policy.Subject{{ID: "alice", Type: "user"}},
		Policies:  []policy.Policy{{Owner: policy.OwnedBySubject, Permission: parse("book:read"), Validity: policy.Always}},
		Scopes: []policy.Scope{
			{Name: "book:9:*", Permission: parse("other/z")},
			{Name: "book:read", Permission: parse("other/x")},
			{Name: "email", Permission: parse("other/y")},
			{Name: "full access", Permission: parse("other/z")},
			{Name: "hidden", Permission: parse("other/z")},
			{Name: "book:write", Permission: parse("other/z")},
			{Name: "mine", Permission: parse("book")},
		},
	}
	m.Number()
	part, _, err := subset.Select(m, subset.Selection{Namespaces: []string{"default"}, Types: []string{"user"}, Subjects: []string{"alice"}})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for i := range part.Scopes {
		got = append(got, part.Scopes[i].Name+" is "+part.Scopes[i].Permission.String())
	}
	if diff := cmp.Diff([]string{"book:9:* is -/-", "book:read is -/-", "mine is default/book"}, got); diff != "" {
		t.Errorf("scopes (-want +got):\n%s", diff)
	}
}

// TestObjects keeps the objects and the vocabulary that kept policies speak of.
func TestObjects(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"book:read:7":    "book 7",
		"book:read:7,X":  "book 7, book x",
		"book:read:7:a":  "book 7",
		"book:read":      "book 7, book 8, book x",
		"book:read:*":    "book 7, book 8, book x",
		"*:read:7":       "book 7, shelf 7",
		"BOOK:read:*:a":  "book 7, book 8, book x",
		"shelf:read:9":   "",
		"other/book:all": "",
	} {
		m := &policy.Model{
			Namespace: "default", Case: permission.Insensitive,
			Subjects: []policy.Subject{{ID: "alice", Type: "user"}},
			Objects: []policy.Object{
				{Namespace: "default", Type: "book", ID: "7"},
				{Namespace: "default", Type: "book", ID: "8"},
				{Namespace: "default", Type: "book", ID: "x"},
				{Namespace: "default", Type: "shelf", ID: "7"},
			},
			Resources: []policy.Resource{{Namespace: "default", Type: "Book", Actions: []string{"Read", "write"}}},
		}
		p, err := m.Grammar().Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		m.Policies = []policy.Policy{{Owner: policy.OwnedBySubject, Permission: p, Validity: policy.Always}}
		m.Number()
		part, _, err := subset.Select(m, subset.Selection{Namespaces: []string{"default"}, Types: []string{"user"}, Subjects: []string{"alice"}})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for i := range part.Objects {
			got = append(got, part.Objects[i].Type+" "+part.Objects[i].ID)
		}
		if diff := cmp.Diff(want, strings.Join(got, ", ")); diff != "" {
			t.Errorf("%s: objects (-want +got):\n%s", text, diff)
		}
		spoken := len(part.Resources) == 1 && cmp.Equal(part.Resources[0].Actions, []string{"Read"})
		if about := strings.Contains(want, "book"); spoken != about {
			t.Errorf("%s: resources %+v", text, part.Resources)
		}
	}
}
