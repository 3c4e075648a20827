package compiler_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/lictor-dev/lictor/bundles"
	"github.com/lictor-dev/lictor/compiler"
	"github.com/lictor-dev/lictor/compiler/subset"
)

// shop has something of everything, in two namespaces. What a client may not see has names with "hidden" in them.
var shop = fstest.MapFS{
	"hidden-file.yaml": {Data: []byte(`lictor: v1
options: {namespace: hiddenhome}
resources:
  hiddenledger: {actions: [hiddenaudit, hiddenown]}
roles:
  buyer:
    description: hidden description
    includes: [reader, hiddenclerk]
    policies:
      - {permission: "shop/book:buy", decision: ALLOW, when: resource.properties.owner == subject.id}
      - {permission: "shop/book:burn", decision: DENY, when: subject.properties.age < 18}
      - {permission: "hiddenledger:hiddenaudit", decision: ALLOW, when: context.hiddenflag == true}
      - {permission: "hiddenledger:hiddenown", decision: ALLOW, when: data.custom.hidden.allowed}
  reader: {permissions: ["shop/book:read"]}
  hiddenclerk: {permissions: ["hiddenledger:hiddenaudit"]}
  hiddenrobot: {birthright: {types: [hiddentype]}, permissions: ["shop/book:hiddenscan"]}
  hiddenunheld: {permissions: ["shop/book:hiddenseize"]}
  guest: {birthright: {types: [user, hiddentype]}, permissions: ["shop/book:peek"]}
entitlements:
  ADMIN: {policies: [{permission: "shop/book:price", decision: ALLOW, when: resource.properties.status == "new"}]}
  HIDDENENT: {permissions: ["hiddenledger:hiddenaudit"]}
organisations:
  ACME: {name: hidden name, properties: {hiddenowner: hiddenperson}}
  HIDDENORG: {}
subjects:
  alice:
    properties: {age: 17, hiddensalary: 55566677}
    roles: [buyer]
    entitlements: {ACME: [ADMIN], HIDDENORG: [HIDDENENT]}
    policies: [{permission: "hiddenledger:hiddenown", decision: ALLOW, organisation: HIDDENORG}]
  hiddenperson: {roles: [buyer, hiddenunheld], permissions: ["shop/book:hiddendirect"], active: false}
objects:
  hiddenledger: {hiddenentry: {hiddensum: 1}}
scopes:
  hiddenscope: {permission: "hiddenledger:hiddenaudit", description: hidden description}
  books: {permission: "shop/book:read", description: hidden description}
clients:
  hiddenclient: {secret_hash: "$argon2id$v=19$m=65536,t=3,p=4$aGlkZGVuaGlkZGVu$aGlkZGVuaGlkZGVuaGlkZGVuaGlkZGVuaGlkZGVuaGlkZGVu", grants: [client_credentials], scopes: [books]}
routes:
  - {path: "/hiddenpath", methods: [GET], auth: authenticated, permissions: ["ispermitted(shop/book:read)"]}
tests:
  - {name: hidden test, subject: alice, permission: "shop/book:read", expect: ALLOW}
`)},
	"hidden-shop.yaml": {Data: []byte(`lictor: v1
namespace: shop
resources:
  book: {actions: [read, buy, burn, peek, price, hiddenscan, hiddenseize, hiddendirect], description: hidden description}
  shelf: {actions: [hiddenaction]}
objects:
  book: {"1": {owner: alice, status: new, hiddenmargin: 77766655}}
  shelf: {hiddenshelf: {}}
`)},
	"custom/hidden.rego": {Data: []byte("package custom.hidden\n\ndefault allowed := false\n")},
}

func compileClient(t *testing.T, s subset.Selection) *compiler.Result {
	t.Helper()
	r, err := compiler.Compile(t.Context(), shop, compiler.Options{Client: &s})
	if err != nil {
		t.Fatal(err)
	}
	if r.Bundle == nil {
		t.Fatalf("no bundle: %v", r.Diagnostics)
	}
	return r
}

// TestClientSeesNothingElse looks for what was left out in every member of a bundle.
func TestClientSeesNothingElse(t *testing.T) {
	t.Parallel()
	r := compileClient(t, subset.Selection{Namespaces: []string{"shop"}, Types: []string{"user"}, Subjects: []string{"alice"}})
	b, err := bundles.Open(bytes.NewReader(r.Bundle), bundles.Options{AllowUnsigned: true})
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, m := range b.Members() {
		text := strings.ToLower(m.Name + "\n" + string(m.Bytes))
		for _, secret := range []string{"hidden", "argon2", "55566677", "77766655", "aglkzgvu"} {
			if at := strings.Index(text, secret); at >= 0 {
				t.Errorf("member %s holds %q: …%s…", m.Name, secret, text[max(0, at-40):min(len(text), at+60)])
			}
		}
		all.WriteString(text)
	}
	for _, kept := range []string{"alice", "buyer", "reader", "guest", "peek", "admin", "acme", "shop", "books"} {
		if !strings.Contains(all.String(), kept) {
			t.Errorf("no member holds %q", kept)
		}
	}
	want := &bundles.Subset{For: "client", Namespaces: []string{"shop"}, Types: []string{"user"}, Subjects: 1}
	if diff := cmp.Diff(want, b.Manifest.Subset); diff != "" {
		t.Errorf("manifest (-want +got):\n%s", diff)
	}
}

// TestClientReport says what was left out.
func TestClientReport(t *testing.T) {
	t.Parallel()
	r := compileClient(t, subset.Selection{Namespaces: []string{"shop"}, Types: []string{"user"}, Subjects: []string{"alice"}})
	want := &compiler.LeftOut{
		Report: subset.Report{
			Namespaces: []string{"hiddenhome"}, Subjects: 1, Organisations: 1, Roles: 3, Entitlements: 1, Policies: 8, Conditions: 2,
			Objects: 2, Resources: 2, Scopes: 1, Clients: 1, Routes: 1,
		},
		Tests: 1, Modules: 1,
	}
	if diff := cmp.Diff(want, r.LeftOut); diff != "" {
		t.Errorf("left out (-want +got):\n%s", diff)
	}
	whole, err := compiler.Compile(t.Context(), shop, compiler.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if whole.LeftOut != nil || whole.Manifest.Subset != nil || whole.Manifest.Revision == r.Manifest.Revision {
		t.Errorf("the whole: left out %v, manifest %+v", whole.LeftOut, whole.Manifest)
	}
}

// TestClientForEverybody leaves out what depends on who asks, and warns of who is not active.
func TestClientForEverybody(t *testing.T) {
	t.Parallel()
	r := compileClient(t, subset.Selection{Namespaces: []string{"shop"}, Types: []string{"user"}})
	if len(r.Model.Subjects) != 0 || len(r.Model.Holders) != 1 || r.Model.Holders[0].Name != "guest" {
		t.Errorf("the part holds %+v, %+v", r.Model.Subjects, r.Model.Holders)
	}
	if diff := cmp.Diff([]bundles.Warning{compiler.InactiveLeftOut(1)}, r.Warnings); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
}

// TestClientUnknown selects what is not there.
func TestClientUnknown(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		selected subset.Selection
		want     error
	}{
		{subset.Selection{Types: []string{"user"}}, &subset.UnknownError{Kind: "namespace"}},
		{subset.Selection{Namespaces: []string{"shop"}}, &subset.UnknownError{Kind: "subject type"}},
		{subset.Selection{Namespaces: []string{"shopp"}, Types: []string{"user"}}, &subset.UnknownError{Kind: "namespace", Name: "shopp", Nearest: "shop"}},
		{subset.Selection{Namespaces: []string{"shop"}, Types: []string{"usr"}}, &subset.UnknownError{Kind: "subject type", Name: "usr", Nearest: "user"}},
		{subset.Selection{Namespaces: []string{"shop"}, Types: []string{"user"}, Subjects: []string{"bob"}}, &subset.UnknownError{Kind: "subject", Name: "bob"}},
		{subset.Selection{Namespaces: []string{"shop"}, Types: []string{"hiddentype"}, Subjects: []string{"alice"}}, &subset.TypeError{Subject: "alice", Type: "user"}},
	} {
		r, err := compiler.Compile(t.Context(), shop, compiler.Options{Client: &tt.selected})
		if r.Bundle != nil {
			t.Errorf("%+v: a bundle", tt.selected)
		}
		if unknown, ok := errors.AsType[*subset.UnknownError](err); ok {
			err = unknown
		}
		if diff := cmp.Diff(tt.want, err); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", tt.selected, diff)
		}
	}
}

// TestClientKeepsCalledModules keeps the project's own modules that a kept condition calls, directly or through another
// one.
func TestClientKeepsCalledModules(t *testing.T) {
	t.Parallel()
	files := fstest.MapFS{
		"a.yaml": {Data: []byte(`lictor: v1
roles:
  member:
    birthright: {types: [user]}
    policies:
      - {permission: "shop/book:lend", decision: ALLOW, when: data.custom.shown.open}
      - {permission: "ledger:read", decision: ALLOW, when: data.custom.hidden.allowed}
`)},
		"custom/shown.rego":  {Data: []byte("package custom.shown\n\nimport data.custom.base\n\ndefault open := false\n\nopen if base.weekday\n")},
		"custom/base.rego":   {Data: []byte("package custom.base\n\ndefault weekday := false\n\nweekday if input.context.day < 6\n")},
		"custom/hidden.rego": {Data: []byte("package custom.hidden\n\nimport data.custom.base\n\ndefault allowed := false\n\nallowed if base.weekday\n")},
	}
	for namespace, want := range map[string][]string{"shop": {"custom/base.rego", "custom/shown.rego"}, "default": {"custom/base.rego", "custom/hidden.rego"}} {
		r, err := compiler.Compile(t.Context(), files, compiler.Options{Client: &subset.Selection{Namespaces: []string{namespace}, Types: []string{"user"}}})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, part := range r.Manifest.Parts {
			if strings.HasPrefix(part.Name, "custom/") {
				got = append(got, part.Name)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" || r.LeftOut.Modules != 1 {
			t.Errorf("%s: left out %v (-want +got):\n%s", namespace, r.LeftOut, diff)
		}
	}
}

// TestClientKeepsCalledFiles keeps of a package only the files whose rules a kept condition needs, under whatever name.
func TestClientKeepsCalledFiles(t *testing.T) {
	t.Parallel()
	definitions := "lictor: v1\nroles:\n  member:\n    birthright: {types: [user]}\n    policies:\n" +
		"      - {permission: \"shop/book:lend\", decision: ALLOW, when: data.custom.shared.open}\n" +
		"      - {permission: \"ledger:read\", decision: ALLOW, when: data.custom.shared.vault}\n"
	helper, vault := "package custom.shared\n\nhelper(x) if x == 1\n", "package custom.shared\n\n# 998877\ndefault vault := false\n"
	hidden := "package custom.base\n\nhidden := 998877\n"
	for name, tt := range map[string]struct {
		files map[string]string
		want  []string
	}{
		"alone": {
			map[string]string{"open": "package custom.shared\n\ndefault open := false\n\nopen if input.context.day == 1\n"},
			[]string{"open"},
		},
		"a function of the package": {
			map[string]string{"open": "package custom.shared\n\ndefault open := false\n\nopen if helper(input.context.day)\n"},
			[]string{"helper", "open"},
		},
		"by its whole name": {
			map[string]string{"open": "package custom.shared\n\ndefault open := false\n\nopen if data.custom.shared.helper(input.context.day)\n"},
			[]string{"helper", "open"},
		},
		"in two files": {
			map[string]string{
				"open": "package custom.shared\n\ndefault open := false\n",
				"more": "package custom.shared\n\nopen if input.context.day == 1\n",
			},
			[]string{"more", "open"},
		},
		"imported": {
			map[string]string{
				"open":   "package custom.shared\n\nimport data.custom.base\n\ndefault open := false\n\nopen if input.context.day in base.days\n",
				"days":   "package custom.base\n\ndays := {1, one}\n",
				"one":    "package custom.base\n\none := two\n",
				"two":    "package custom.base\n\ntwo := 2 if input.context.name == \"hidden\"\n",
				"hidden": hidden,
			},
			[]string{"days", "one", "open", "two"},
		},
		"imported by another name": {
			map[string]string{
				"open":   "package custom.shared\n\nimport data.custom.base.days as some_days\n\ndefault open := false\n\nopen if input.context.day in some_days\n",
				"days":   "package custom.base\n\ndays := {1}\n",
				"hidden": hidden,
			},
			[]string{"days", "open"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files := fstest.MapFS{
				"a.yaml": {Data: []byte(definitions)}, "custom/helper.rego": {Data: []byte(helper)}, "custom/vault.rego": {Data: []byte(vault)},
			}
			for name, text := range tt.files {
				files["custom/"+name+".rego"] = &fstest.MapFile{Data: []byte(text)}
			}
			r, err := compiler.Compile(t.Context(), files, compiler.Options{Client: &subset.Selection{Namespaces: []string{"shop"}, Types: []string{"user"}}})
			if err != nil {
				t.Fatal(err)
			}
			if r.Manifest == nil {
				t.Fatalf("no bundle: %v", r.Diagnostics)
			}
			var got []string
			for _, part := range r.Manifest.Parts {
				if file, custom := strings.CutPrefix(part.Name, "custom/"); custom {
					got = append(got, strings.TrimSuffix(file, ".rego"))
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("kept (-want +got):\n%s", diff)
			}
		})
	}
}
