package source_test

import (
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/value"
	"github.com/lictor-dev/lictor/compiler/diag"
	"github.com/lictor-dev/lictor/compiler/source"
)

// load reads files that must be free of mistakes, given as name and text in turn.
func load(t *testing.T, files ...string) *source.Definitions {
	t.Helper()
	d, list := source.Load(tree(files...))
	if len(list) > 0 {
		t.Fatalf("mistakes:\n%s", list)
	}
	return d
}

func tree(files ...string) fstest.MapFS {
	m := fstest.MapFS{}
	for i := 0; i < len(files); i += 2 {
		m[files[i]] = &fstest.MapFile{Data: []byte(files[i+1])}
	}
	return m
}

func values(texts []source.Text) []string {
	var all []string
	for _, t := range texts {
		all = append(all, t.Value)
	}
	return all
}

func TestFilesInAnyLayout(t *testing.T) {
	t.Parallel()
	d := load(t,
		"b.yaml", "lictor: v1\nroles: {b: {}}\n",
		"deep/er/a.yml", "lictor: v1\nroles: {a: {}}\n",
		"custom/x.rego", "package custom\n",
		"custom/x_test.rego", "not Rego",
		"README.md", "no: yaml: here",
		".hidden.yaml", "not: lictor",
		".git/x.yaml", "not: lictor",
		"deep/..data/x.yaml", "not: lictor",
	)
	if diff := cmp.Diff([]string{"b.yaml", "deep/er/a.yml"}, d.Files); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]source.Module{{File: "custom/x.rego", Text: []byte("package custom\n")}}, d.Modules); diff != "" {
		t.Errorf("modules (-want +got):\n%s", diff)
	}
	if d.Roles[0].Name.Value != "a" || d.Roles[1].Name.Value != "b" {
		t.Errorf("roles are not sorted: %v", d.Roles)
	}
}

func TestKeysAreAsWritten(t *testing.T) {
	t.Parallel()
	d := load(t, "a.yaml", "lictor: v1\nroles: {101: {}, 1.10: {}, true: {}, null: {}, ~: {}, 0x1F: {}, 2026-01-01: {}, \"quoted\": {}}\n")
	var got []string
	for _, r := range d.Roles {
		got = append(got, r.Name.Value)
	}
	if diff := cmp.Diff([]string{"0x1F", "1.10", "101", "2026-01-01", "null", "quoted", "true", "~"}, got); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
}

func TestPlacesCountCodePoints(t *testing.T) {
	t.Parallel()
	d := load(t, "a.yaml", "\ufefflictor: v1\nroles: {é: {}, ü: {includes: [\"é\", é, 'é']}}\n")
	at := func(col int) diag.Pos { return diag.Pos{File: "a.yaml", Line: 2, Col: col} }
	want := []source.Text{{Value: "é", Pos: at(31), Lead: 1}, {Value: "é", Pos: at(36)}, {Value: "é", Pos: at(39), Lead: 1}}
	if diff := cmp.Diff(want, d.Roles[1].Includes); diff != "" {
		t.Errorf("includes (-want +got):\n%s", diff)
	}
	if got, want := d.Roles[1].Includes[0].At(len("é")), at(33); got != want {
		t.Errorf("the byte after the text is at %v, want %v", got, want)
	}
}

func TestTextThatIsNotWrittenAsItReads(t *testing.T) {
	t.Parallel()
	for _, written := range []string{`"a\"c"`, `'a''c'`, "|\n      abc", ">\n      abc", "&x abc"} {
		d, list := source.Load(tree("a.yaml", "lictor: v1\nroles:\n  r:\n    includes:\n    - "+written+"\n"))
		if len(list) > 0 {
			t.Fatal(list)
		}
		name := d.Roles[0].Includes[0]
		if at := name.At(2); name.Lead != -1 || at != name.Pos || at.Line != 5 || name.Width() != 1 {
			t.Errorf("%s: lead %d, byte 2 at %v, text at %v", written, name.Lead, at, name.Pos)
		}
	}
}

func TestNamespaces(t *testing.T) {
	t.Parallel()
	d := load(t,
		"a.yaml", "lictor: v1\nnamespace: own\nroles: {a: {}}\nresources: {x: {actions: []}}\nobjects: {x: {y: {}}}\nsubjects: {s: {}}\n",
		"b.yaml", "lictor: v1\noptions: {namespace: project, case: insensitive, unmatched_routes: allow}\nroles: {b: {}}\nresources: {x: {actions: []}}\n",
	)
	got := []string{d.Roles[0].Namespace, d.Roles[1].Namespace, d.Resources[0].Namespace, d.Resources[1].Namespace, d.Objects[0].Namespace, d.Subjects[0].Namespace}
	if diff := cmp.Diff([]string{"own", "project", "own", "project", "own", "own"}, got); diff != "" {
		t.Errorf("namespaces (-want +got):\n%s", diff)
	}
	if d.Options.Case != permission.Insensitive || d.Options.UnmatchedRoutes.Value != "allow" {
		t.Errorf("options: %+v", d.Options)
	}
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	d := load(t, "a.yaml", `lictor: v1
roles: {r: {policies: [{permission: "a", decision: ALLOW}]}}
organisations: {X: {}}
entitlements: {E: {}}
subjects: {bob: {roles: [r], entitlements: {X: [E]}, policies: [{permission: "a", decision: DENY}]}}
clients: {web: {}}
routes: [{path: /, methods: [GET]}]
resources: {a: {actions: [x]}, b: {actions: [], attributes: []}}
`)
	always := source.Validity{From: math.MinInt64, To: math.MaxInt64}
	bob := d.Subjects[0]
	if d.Options.Namespace.Value != "default" || d.Options.Namespace.Set() || d.Options.UnmatchedRoutes.Value != "deny" {
		t.Errorf("options: %+v", d.Options)
	}
	if bob.Type.Value != "user" || bob.Type.Set() || !bob.Active || bob.Properties.Kind() != value.Missing {
		t.Errorf("subject: %+v", bob)
	}
	if bob.Roles[0].Validity != always || bob.Policies[0].Validity != always || d.Roles[0].Policies[0].Validity != always {
		t.Errorf("validity: %+v", bob)
	}
	if e := bob.Entitlements[0]; e.Validity.Organisation.Value != "X" || e.Validity.To != math.MaxInt64 {
		t.Errorf("entitlement: %+v", e)
	}
	if c := d.Clients[0]; c.AccessToken.Value != "opaque" || c.AccessTokenTTL != 3600 || c.Public {
		t.Errorf("client: %+v", c)
	}
	if r := d.Routes[0]; r.Satisfy.Value != "either" || r.Auth.Value != "authenticated" {
		t.Errorf("route: %+v", r)
	}
	if d.Resources[0].Attributes != nil || d.Resources[1].Attributes == nil {
		t.Errorf("attributes: not written and empty are not told apart")
	}
}

func TestTimes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		written string
		want    int64
	}{
		{"1970-01-01T00:00:00Z", 0},
		{"1970-01-01T00:00:00.000000001Z", 1},
		{"1969-12-31T23:59:59.5Z", 0},
		{"1970-01-01T01:00:00+01:00", 0},
		{"1969-12-31T23:59:58Z", -2},
		{"2026-01-01T00:00:00Z", 1767225600},
	}
	for _, tt := range tests {
		d := load(t, "a.yaml", "lictor: v1\nroles: {r: {}}\nsubjects: {bob: {roles: [{role: r, valid_from: "+tt.written+"}]}}\n")
		if got := d.Subjects[0].Roles[0].Validity.From; got != tt.want {
			t.Errorf("%s is %d, want %d", tt.written, got, tt.want)
		}
	}
}

func TestProperties(t *testing.T) {
	t.Parallel()
	d := load(t, "a.yaml", `lictor: v1
subjects:
  bob:
    properties:
      z: 1.10
      a: [1, -2, 9007199254740993, 123456789012345678901234567890, 1e3, 1E-2, 0.5, -0]
      word: {no: NO, yes: yes, date: 2026-01-01T00:00:00Z, quoted: "1", 'true': 'true', 1: "\u00e9"}
      flags: [true, false, null]
      empty:
      shared: &s {k: [v]}
      again: *s
`)
	got := string(value.AppendJSON(nil, d.Subjects[0].Properties))
	want := `{"a":[1,-2,9007199254740993,123456789012345678901234567890,1000,0.01,0.5,0],"again":{"k":["v"]},"empty":null,` +
		`"flags":[true,false,null],"shared":{"k":["v"]},` +
		`"word":{"1":"é","date":"2026-01-01T00:00:00Z","no":"NO","quoted":"1","true":"true","yes":"yes"},"z":1.1}`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("properties (-want +got):\n%s", diff)
	}
	if _, err := value.Check(d.Subjects[0].Properties); err != nil {
		t.Error(err)
	}
	if kind := d.Subjects[0].Properties.Get("z").Kind(); kind != value.Decimal {
		t.Errorf("1.10 is of kind %d", kind)
	}
}

func TestRoutesInherit(t *testing.T) {
	t.Parallel()
	d := load(t, "a.yaml", `lictor: v1
routes:
  - path: /a/{x}
    auth: authenticated
    satisfy: both
    roles: ["hasrole(r)"]
    permissions: ["ispermitted(p)"]
    routes:
      - {path: /same, methods: [GET]}
      - {path: /, methods: [PUT], roles: ["hasrole(s)"]}
      - {path: /cleared, methods: [GET], inherit: false, auth: anonymous}
      - path: /more
        methods: [GET]
        permissions: []
        routes: [{path: "/{y}", methods: [GET, POST], satisfy: either}]
  - {path: /, routes: [{path: /root, methods: [GET]}]}
`)
	type flat struct {
		Path, Satisfy, Auth         string
		Methods, Roles, Permissions []string
	}
	flatten := func(routes []source.Route) (all []flat) {
		for _, r := range routes {
			all = append(all, flat{r.Path.Value, r.Satisfy.Value, r.Auth.Value, values(r.Methods), values(r.Roles), values(r.Permissions)})
		}
		return all
	}
	roles, permissions := []string{"hasrole(r)"}, []string{"ispermitted(p)"}
	want := []flat{
		{"/a/{x}/same", "both", "authenticated", []string{"GET"}, roles, permissions},
		{"/a/{x}", "both", "authenticated", []string{"PUT"}, []string{"hasrole(s)"}, permissions},
		{"/a/{x}/cleared", "either", "anonymous", []string{"GET"}, nil, nil},
		{"/a/{x}/more", "both", "authenticated", []string{"GET"}, roles, nil},
		{"/a/{x}/more/{y}", "either", "authenticated", []string{"GET", "POST"}, roles, nil},
		{"/root", "either", "authenticated", []string{"GET"}, nil, nil},
	}
	if diff := cmp.Diff(want, flatten(d.Routes)); diff != "" {
		t.Errorf("routes (-want +got):\n%s", diff)
	}
	groups := []flat{
		{"/a/{x}", "both", "authenticated", nil, roles, permissions},
		{"/", "either", "authenticated", nil, nil, nil},
	}
	if diff := cmp.Diff(groups, flatten(d.Groups)); diff != "" {
		t.Errorf("groups (-want +got):\n%s", diff)
	}
	if got := source.Variables("/a/{x}/more/{y}"); !slices.Equal(got, []string{"x", "y"}) {
		t.Errorf("variables: %q", got)
	}
}

func TestTests(t *testing.T) {
	t.Parallel()
	d := load(t, "a.yaml", `lictor: v1
tests:
  - name: everything
    subject: {type: robot, id: r2, properties: {a: 1}}
    organisation: X
    permission: "a:b"
    resource: {properties: {b: 2}}
    action: {properties: {c: 3}}
    context: {d: 4}
    now: 2026-01-01T00:00:00Z
    expect: DENY
    expect_reason: no_grant
  - {name: short, subject: bob, permission: "a:b", expect: ALLOW, now: 7}
`)
	all := d.Tests[0]
	if all.SubjectType.Value != "robot" || all.SubjectID.Value != "r2" || all.Organisation.Value != "X" || *all.Now != 1767225600 || all.ExpectReason.Value != "no_grant" {
		t.Errorf("test: %+v", all)
	}
	for name, got := range map[string]value.Value{"a": all.SubjectProperties, "b": all.ResourceProperties, "c": all.ActionProperties, "d": all.Context} {
		if got.Get(name).Kind() != value.Integer {
			t.Errorf("property %s is missing", name)
		}
	}
	if short := d.Tests[1]; short.SubjectID.Value != "bob" || short.SubjectType.Set() || *short.Now != 7 {
		t.Errorf("test: %+v", short)
	}
}

// broken is a file system in which some files cannot be read.
type broken struct{ fstest.MapFS }

func (b broken) Open(name string) (fs.File, error) {
	if strings.Contains(name, "broken") {
		return nil, &fs.PathError{Op: "open", Path: "/secret/" + name, Err: errors.New("input/output error")}
	}
	return b.MapFS.Open(name)
}

func (b broken) ReadFile(name string) ([]byte, error) {
	if strings.Contains(name, "broken") {
		return nil, &fs.PathError{Op: "open", Path: "/secret/" + name, Err: errors.New("input/output error")}
	}
	return b.MapFS.ReadFile(name)
}

func (b broken) Stat(name string) (fs.FileInfo, error) { return b.MapFS.Stat(name) }

func TestFilesThatCannotBeRead(t *testing.T) {
	t.Parallel()
	d, list := source.Load(broken{tree("broken.yaml", "lictor: v1\n", "broken.rego", "package custom\n", "fine.yaml", "lictor: v1\nroles: {r: {}}\n")})
	want := "broken.rego: error E0001: cannot be read: input/output error\nbroken.yaml: error E0001: cannot be read: input/output error\n"
	if diff := cmp.Diff(want, list.String()); diff != "" {
		t.Errorf("diagnostics (-want +got):\n%s", diff)
	}
	if len(d.Roles) != 1 || !d.Incomplete {
		t.Errorf("definitions: %+v", d)
	}
	m := tree("pipe.yaml", "lictor: v1\n")
	m["pipe.yaml"].Mode = fs.ModeNamedPipe
	if _, list := source.Load(m); list.String() != "pipe.yaml: error E0001: cannot be read: not a regular file\n" {
		t.Errorf("diagnostics: %s", list)
	}
}

// TestLinkedFolder sees that what is defined behind a link cannot be missed without a word.
func TestLinkedFolder(t *testing.T) {
	t.Parallel()
	dir, elsewhere := t.TempDir(), t.TempDir()
	for _, name := range []string{filepath.Join(dir, "a.yaml"), filepath.Join(elsewhere, "b.yaml")} {
		if err := os.WriteFile(name, []byte("lictor: v1\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for link, to := range map[string]string{"b.yaml": filepath.Join(elsewhere, "b.yaml"), "deny": elsewhere, "..data": elsewhere} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	d, list := source.Load(os.DirFS(dir))
	if want := "deny: error E0001: cannot be read: a link to a folder is not followed\n  hint: put the files themselves here, or links to them\n"; list.String() != want {
		t.Errorf("diagnostics %q, want %q", list, want)
	}
	if diff := cmp.Diff([]string{"a.yaml", "b.yaml"}, d.Files); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

func TestSizeIsBounded(t *testing.T) {
	t.Parallel()
	text := make([]byte, 64<<20+1)
	for i := range text {
		text[i] = '#'
	}
	_, list := source.Load(fstest.MapFS{"a.yaml": {Data: text}})
	if got, want := list.String(), "a.yaml: error E0005: file is larger than 64 MiB\n"; got != want {
		t.Errorf("diagnostics: %s", got)
	}
}

func TestRules(t *testing.T) {
	t.Parallel()
	text := source.Text{Value: " hasanyrole( a ,b c ) ", Pos: diag.Pos{File: "a.yaml", Line: 3, Col: 10}, Lead: 1}
	got, err := source.ParseRoleRule(text)
	if err != nil {
		t.Fatal(err)
	}
	want := source.Rule{Function: "hasanyrole", Arguments: []source.Text{
		{Value: "a", Pos: diag.Pos{File: "a.yaml", Line: 3, Col: 24}},
		{Value: "b c", Pos: diag.Pos{File: "a.yaml", Line: 3, Col: 27}},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rule (-want +got):\n%s", diff)
	}
}
