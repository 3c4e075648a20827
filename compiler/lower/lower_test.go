package lower_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/value"
	"github.com/lictor-dev/lictor/compiler/diag"
	"github.com/lictor-dev/lictor/compiler/lower"
	"github.com/lictor-dev/lictor/compiler/source"
)

const project = `lictor: v1
options: {namespace: shop}
resources:
  book: {actions: [write, read], attributes: [price], description: A book}
roles:
  writer:
    includes: [reader]
    policies:
      - {permission: "book:write", decision: ALLOW, when: resource.properties.owner == subject.id}
      - {permission: "book:write:9", decision: DENY}
      - {permission: "book:write", decision: ALLOW, when: resource.properties.owner==subject.id}
  reader: {permissions: ["book:read", "book:read", "other/book:read"], includes: [guest]}
  guest: {birthright: {types: [user, robot], known: true}, permissions: ["book:list"]}
entitlements:
  reader: {includes: [reader], permissions: ["shelf:read"]}
organisations:
  SNPP: {name: Plant}
  ACME: {}
subjects:
  homer:
    properties: {b: 1, a: 2}
    roles: [writer, reader, {role: reader, organisation: SNPP, valid_from: 2026-01-01T00:00:00Z}]
    entitlements: {ACME: [reader]}
    permissions: ["printer:print"]
    policies: [{permission: "printer:print", decision: ALLOW, when: now > 3, organisation: SNPP}]
  abe: {active: false, type: robot}
objects:
  book: {"9": {owner: homer}}
  other/book: {"1": {}}
scopes:
  books: {permission: "book:read"}
  book:list: {description: List}
  openid: {description: Who you are}
clients:
  web: {secret_hash: x, grants: [client_credentials], scopes: ["books", "openid"], roles: [reader, guest]}
`

func load(t testing.TB, text string) *source.Definitions {
	t.Helper()
	d, list := source.Load(fstest.MapFS{"a.yaml": {Data: []byte(text)}})
	if list.HasErrors() {
		t.Fatalf("definitions: %v", list)
	}
	return d
}

// dump writes the parts of a model that tests look at, one a line.
func dump(m *policy.Model) string {
	var b strings.Builder
	for i, h := range m.Holders {
		fmt.Fprintf(&b, "holder %d %v %s closure %v policies %v birthright %v line %d\n", i, h.Kind, h.Name, h.Closure, h.Policies, h.Birthright, h.Place.Line)
	}
	for i, p := range m.Policies {
		fmt.Fprintf(&b, "policy %d of %d/%d %v %s condition %d line %d", i+1, p.Owner, p.OwnerIndex, p.Effect, p.Permission.String(), p.Condition, p.Place.Line)
		if p.Validity != policy.Always {
			fmt.Fprintf(&b, " organisation %d", p.Validity.Organisation)
		}
		b.WriteByte('\n')
	}
	for i, c := range m.Conditions {
		fmt.Fprintf(&b, "condition %d %s line %d\n", i+1, c.Text, c.Place.Line)
	}
	for _, s := range m.Subjects {
		fmt.Fprintf(&b, "subject %s %s inactive %v %s policies %v", s.ID, s.Type, s.Inactive, value.AppendJSON(nil, s.Properties), s.Policies)
		for _, a := range s.Assignments {
			fmt.Fprintf(&b, " holds %d in %d from %d", a.Holder, a.Validity.Organisation, max(a.Validity.From, 0))
		}
		b.WriteByte('\n')
	}
	for _, o := range m.Objects {
		fmt.Fprintf(&b, "object %s/%s %s %s\n", o.Namespace, o.Type, o.ID, value.AppendJSON(nil, o.Properties))
	}
	for _, s := range m.Scopes {
		fmt.Fprintf(&b, "scope %s %s\n", s.Name, s.Permission.String())
	}
	fmt.Fprintln(&b, "clients", m.Clients, "resources", m.Resources)
	return b.String()
}

const lowered = `holder 0 role guest closure [0] policies [1] birthright {[robot user] true} line 13
holder 1 role reader closure [0 1] policies [2 3] birthright {[] false} line 12
holder 2 role writer closure [0 1 2] policies [4 5] birthright {[] false} line 6
holder 3 entitlement reader closure [0 1 3] policies [6] birthright {[] false} line 15
policy 1 of 0/0 ALLOW shop/book:list condition 0 line 13
policy 2 of 0/1 ALLOW other/book:read condition 0 line 12
policy 3 of 0/1 ALLOW shop/book:read condition 0 line 12
policy 4 of 0/2 ALLOW shop/book:write condition 2 line 9
policy 5 of 0/2 DENY shop/book:write:9 condition 0 line 10
policy 6 of 1/3 ALLOW shop/shelf:read condition 0 line 15
policy 7 of 2/1 ALLOW shop/printer:print condition 0 line 24
policy 8 of 2/1 ALLOW shop/printer:print condition 1 line 25 organisation 1
condition 1 now > 3 line 25
condition 2 resource.properties.owner == subject.id line 9
subject abe robot inactive true null policies []
subject homer user inactive false {"a":2,"b":1} policies [7 8] holds 1 in -1 from 0 holds 2 in -1 from 0 holds 3 in 0 from 0 holds 1 in 1 from 1767225600
object other/book 1 {}
object shop/book 9 {"owner":"homer"}
scope book:list shop/book:list
scope books shop/book:read
clients [{web [books openid] [0 1] {0 35}}] resources [{shop book [read write] [price] A book {0 4}}]
`

func TestLower(t *testing.T) {
	t.Parallel()
	m, list := lower.Lower(load(t, project))
	if len(list) > 0 {
		t.Fatalf("diagnostics: %v", list)
	}
	if diff := cmp.Diff(lowered, dump(m)); diff != "" {
		t.Errorf("model (-want +got):\n%s", diff)
	}
}

var samePermission = cmp.Comparer(func(a, b permission.Permission) bool { return a.Equal(&b) })

func TestOrderLeavesNoTrace(t *testing.T) {
	t.Parallel()
	want, _ := lower.Lower(load(t, project))
	for seed := range uint64(20) {
		d := load(t, project)
		random := rand.New(rand.NewPCG(seed, 1))
		shuffle(random, d.Roles)
		shuffle(random, d.Entitlements)
		shuffle(random, d.Organisations)
		shuffle(random, d.Subjects)
		shuffle(random, d.Objects)
		shuffle(random, d.Scopes)
		for i := range d.Roles {
			shuffle(random, d.Roles[i].Permissions)
			shuffle(random, d.Roles[i].Policies)
			shuffle(random, d.Roles[i].Includes)
		}
		for i := range d.Subjects {
			shuffle(random, d.Subjects[i].Roles)
		}
		got, _ := lower.Lower(d)
		if diff := cmp.Diff(want, got, samePermission); diff != "" {
			t.Fatalf("seed %d (-want +got):\n%s", seed, diff)
		}
	}
}

func shuffle[T any](r *rand.Rand, items []T) {
	r.Shuffle(len(items), func(i, j int) { items[i], items[j] = items[j], items[i] })
}

func TestBadReferencesAreLeftOut(t *testing.T) {
	t.Parallel()
	at := func(v string) source.Text {
		return source.Text{Value: v, Pos: diag.Pos{File: "a.yaml", Line: 1, Col: 1}}
	}
	d := &source.Definitions{
		Files: []string{"a.yaml"},
		Roles: []source.Role{{
			Name: at("r"), Includes: []source.Text{at("nobody"), at("r")}, Permissions: []source.Text{at("a::b"), at("a")},
			Policies: []source.Policy{
				{Permission: at("a"), Decision: at("MAYBE")},
				{Permission: at(":"), Decision: at("DENY")},
				{Permission: at("a"), Decision: at("DENY"), When: []source.Text{at("foo")}},
			},
		}, {Name: at("r")}},
		Subjects: []source.Subject{{
			ID: at("s"), Active: true,
			Roles:        []source.Assignment{{Name: at("nobody")}, {Name: at("r"), Validity: source.Validity{Organisation: at("nowhere")}}},
			Entitlements: []source.Assignment{{Name: at("r")}},
			Policies:     []source.Policy{{Permission: at("a"), Decision: at("ALLOW"), Validity: source.Validity{Organisation: at("nowhere")}}},
		}},
		Scopes:  []source.Scope{{Name: at("a:b:c:d")}},
		Clients: []source.Client{{ID: at("c"), Roles: []source.Text{at("nobody")}}},
	}
	m, list := lower.Lower(d)
	if len(list) != 1 || list[0].Code != "E0603" {
		t.Errorf("diagnostics: %v", list)
	}
	want := `holder 0 role r closure [0] policies [1] birthright {[] false} line 1
policy 1 of 0/0 ALLOW default/a condition 0 line 1
subject s user inactive false null policies []
clients [{c [] [] {0 1}}] resources []
`
	if diff := cmp.Diff(want, dump(m)); diff != "" {
		t.Errorf("model (-want +got):\n%s", diff)
	}
}

func TestRolesThatAreNotDefined(t *testing.T) {
	t.Parallel()
	m, _ := lower.Lower(load(t, "lictor: v1\nsubjects: {s: {roles: [nobody]}}\n"))
	if a := m.Subjects[0].Assignments; len(a) > 0 {
		t.Errorf("assignments %v", a)
	}
}

func TestFoldedObjects(t *testing.T) {
	t.Parallel()
	m, _ := lower.Lower(load(t, "lictor: v1\noptions: {case: insensitive}\nobjects: {Book: {A1: {x: 1}}}\nroles: {r: {permissions: [\"Book:READ\"]}}\n"))
	if o := m.Objects[0]; o.Type != "book" || o.ID != "a1" {
		t.Errorf("object %s %s", o.Type, o.ID)
	}
	if got := m.Policies[0].Permission.String(); got != "default/book:read" {
		t.Errorf("permission %s", got)
	}
}

func BenchmarkLower(b *testing.B) {
	d := &source.Definitions{Files: []string{"a.yaml"}}
	at := func(v string) source.Text {
		return source.Text{Value: v, Pos: diag.Pos{File: "a.yaml", Line: 1, Col: 1}}
	}
	for i := range 2461 {
		r := source.Role{Name: at(fmt.Sprintf("role%04d", i))}
		for j := range 67 {
			r.Permissions = append(r.Permissions, at(fmt.Sprintf("service%d:action%d", i%50, j*i)))
		}
		d.Roles = append(d.Roles, r)
	}
	for i := range 1_000_000 {
		d.Subjects = append(d.Subjects, source.Subject{
			ID: at(fmt.Sprintf("user%07d", i)), Active: true,
			Roles: []source.Assignment{{Name: d.Roles[i%2461].Name}, {Name: d.Roles[i%61].Name}},
		})
	}
	b.ReportAllocs()
	b.ResetTimer()
	for b.Loop() {
		lower.Lower(d)
	}
}

// TestUnfoldedConditionWarns only in a project that folds case.
func TestUnfoldedConditionWarns(t *testing.T) {
	t.Parallel()
	for mode, want := range map[string]int{"sensitive": 0, "insensitive": 1} {
		d, list := source.Load(fstest.MapFS{"a.yaml": {Data: []byte(`lictor: v1
options: {case: ` + mode + `}
roles:
  admin: {policies: [{permission: "organisation:update", decision: DENY, when: resource.id != organisation}]}
`)}})
		if list.HasErrors() {
			t.Fatal(list)
		}
		_, warnings := lower.Lower(d)
		if len(warnings) != want || want == 1 && (warnings[0].Code != "W0601" || warnings[0].Pos.Line != 4) {
			t.Errorf("%s: %v", mode, warnings)
		}
	}
}

// TestTextAsTimeWarns of comparisons of the time with a text, and of nothing else.
func TestTextAsTimeWarns(t *testing.T) {
	t.Parallel()
	const seconds = "now is a number, the seconds since 1970"
	for when, hint := range map[string]string{
		`now > "2026-01-01T00:00:00Z"`:                      seconds + ": write 1767225600",
		`"2026-01-01T01:00:00+01:00" >= now`:                seconds + ": write 1767225600",
		`resource.id == "1"; not now < "2026-01-01"`:        seconds + ": write 1767225600",
		`now % 86400 <= "09:00"`:                            seconds,
		`now > 1767225600`:                                  "",
		`now > context.until`:                               "",
		`context.day > "2026-01-01"`:                        "",
		`count("2026-01-01") < now`:                         "",
		`context.day in {"2026-01-01"}; now == context.now`: "",
	} {
		d, list := source.Load(fstest.MapFS{"a.yaml": {Data: []byte("lictor: v1\nroles:\n  r: {policies: [{permission: a, decision: DENY, when: '" + when + "'}]}\n")}})
		if list.HasErrors() {
			t.Fatal(list)
		}
		_, warnings := lower.Lower(d)
		want := 0
		if hint != "" {
			want = 1
		}
		if len(warnings) != want || want == 1 && (warnings[0].Code != "W0603" || warnings[0].Pos.Line != 3 || warnings[0].Hint != hint) {
			t.Errorf("%s: %+v", when, warnings)
		}
	}
}
