package table_test

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/tables"
	"github.com/lictor-dev/lictor/runtime/decision"
	"github.com/lictor-dev/lictor/runtime/route"
	"github.com/lictor-dev/lictor/runtime/table"
)

const noon = 1782907200 // 12:00 on 1 July 2026

// TestFormatsOpenForEver asks tables that earlier compilers wrote. Their bytes are never rewritten: a
// new format gets a folder of its own.
func TestFormatsOpenForEver(t *testing.T) {
	t.Parallel()
	tests := []struct {
		file, subject, organisation, permission string
		code                                    decision.Code
	}{
		{"springfield", "homer.simpson@springfield.com", "SNPP", "reactor:read:sector-7g", decision.Allowed},
		{"springfield", "homer.simpson@springfield.com", "SNPP", "organisation:update:SNPP", decision.Allowed},
		{"springfield", "homer.simpson@springfield.com", "MOES", "organisation:update:MOES", decision.NoGrant},
		{"springfield", "lenny.leonard@springfield.com", "SNPP", "reactor:operate:sector-4", decision.DeniedByPolicy},
		{"newsletter", "stranger", "", "newsletter:read:welcome", decision.Allowed},
		{"newsletter", "ann", "", "newsletter:update:draft:text,title", decision.Allowed},
		{"newsletter", "ann", "", "newsletter:update:draft:date,text", decision.NoGrant},
		{"newsletter", "pat", "", "Printer:PRINT:LP7200", decision.Allowed},
		{"newsletter", "ada", "", "newsletter:delete:daily", decision.DeniedByPolicy},
		{"newsletter", "ada", "", "newsletter:delete", decision.DeniedConditionUnknown},
		{"bookstore", "alice", "", "book:order:moby-dick", decision.Allowed},
		{"bookstore", "alice", "", "book:order:ulysses", decision.ConditionFalse},
		{"bookstore", "alice", "", "book:order:necronomicon", decision.ConditionUnknown},
		{"bookstore", "alice", "", "record:read:record-1,record-2", decision.ConditionFalse},
	}
	for _, format := range []string{"format1", "format2", "format3"} {
		engines := map[string]*table.Engine{}
		for _, test := range tests {
			e := engines[test.file]
			if e == nil {
				e = openFile(t, "testdata/"+format+"/"+test.file+".bin")
				engines[test.file] = e
			}
			d, err := e.Decide(goldenRequest(t, e, [3]string{test.subject, test.organisation, test.permission}))
			if err != nil || d.Code != test.code || d.Allowed != (test.code == decision.Allowed) {
				t.Errorf("%s/%s: %s %s: got %v, %v, want %v", format, test.file, test.subject, test.permission, d, err, test.code)
			}
		}
	}
}

// goldenRequest makes a request from a user's id, an organisation and a permission.
func goldenRequest(t *testing.T, e *table.Engine, texts [3]string) *decision.Request {
	t.Helper()
	p, err := e.Grammar().Parse(texts[2])
	if err != nil {
		t.Fatal(err)
	}
	return &decision.Request{
		Subject:      decision.Subject{Type: "user", ID: texts[0]},
		Permissions:  []permission.Permission{p},
		Organisation: texts[1],
		Now:          noon,
	}
}

// TestFormatsAreSearchedForEver searches the same tables. Format 1 knows only the actions that policies name.
func TestFormatsAreSearchedForEver(t *testing.T) {
	t.Parallel()
	tests := []struct {
		file, kind string
		request    [3]string
		want       []string
	}{
		{"format1/springfield", "subjects", [3]string{"", "SNPP", "reactor:operate:sector-7g"}, []string{
			"carl.carlson@springfield.com", "homer.simpson@springfield.com", "lenny.leonard@springfield.com",
		}},
		{"format1/springfield", "subjects", [3]string{"", "MOES", "organisation:update:MOES"}, []string{"moe.szyslak@springfield.com"}},
		{"format1/bookstore", "resources", [3]string{"alice", "", "book:order"}, []string{"lolita", "moby-dick"}},
		{"format1/bookstore", "resources", [3]string{"bob", "", "record:read"}, []string{"record-2"}},
		{"format1/newsletter", "actions", [3]string{"ada", "", "newsletter:read:weekly"}, []string{"create", "read", "update"}},
		{"format1/newsletter", "resources", [3]string{"eve", "", "newsletter:DELETE"}, []string{"monthly", "weekly"}},
		{"format2/springfield", "actions", [3]string{"lenny.leonard@springfield.com", "SNPP", "reactor:read:sector-7g"}, []string{"operate", "read", "shutdown"}},
		{"format2/newsletter", "actions", [3]string{"ada", "", "newsletter:read:weekly"}, []string{"create", "read", "update"}},
		{"format2/vocabulary", "actions", [3]string{"ann", "", "DOC:read:magna-carta"}, []string{"read", "shred"}},
		{"format2/vocabulary", "actions", [3]string{"bob", "", "doc:read:magna-carta"}, []string{"read"}},
		{"format2/vocabulary", "actions", [3]string{"ann", "", "shelf:bind:1"}, []string{"bind"}},
		{"format2/vocabulary", "actions", [3]string{"ann", "", "other:bind:1"}, []string{}},
		{"format2/vocabulary", "subjects", [3]string{"", "", "doc:shred:1"}, []string{"ann"}},
		{"format2/vocabulary", "resources", [3]string{"bob", "", "DOC:read"}, []string{"magna-carta"}},
		{"format3/vocabulary", "actions", [3]string{"ann", "", "DOC:read:magna-carta"}, []string{"read", "shred"}},
		{"format3/vocabulary", "subjects", [3]string{"", "", "doc:shred:1"}, []string{"ann"}},
		{"format3/newsletter", "resources", [3]string{"eve", "", "newsletter:DELETE"}, []string{"monthly", "weekly"}},
	}
	for _, tt := range tests {
		t.Run(tt.file+" "+tt.kind+" "+tt.request[2], func(t *testing.T) {
			t.Parallel()
			e := openFile(t, "testdata/"+tt.file+".bin")
			if diff := cmp.Diff(tt.want, found(t, e, tt.kind, goldenRequest(t, e, tt.request), "", -1)); diff != "" {
				t.Errorf("found (-want +got):\n%s", diff)
			}
		})
	}
}

// TestFormatsKeepTheirRules asks for what format 3 brought: expressions that only Rego evaluates, and route rules.
func TestFormatsKeepTheirRules(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("testdata/format3/rules.bin")
	if err != nil {
		t.Fatal(err)
	}
	opened, err := tables.Open(data)
	if err != nil {
		t.Fatal(err)
	}
	w := &witness{says: decision.True}
	e, err := table.NewWith(opened, w)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct{ method, path, subject, want, asked string }{
		{"GET", "/pages/home", "", "not_authenticated", ""},
		{"GET", "/pages/home", "bob", "satisfied", ""},
		{"HEAD", "/pages/new", "bob", "not_satisfied", ""},
		{"GET", "/pages/new", "", "open_route", ""},
		{"PUT", "/pages/home", "bob", "not_satisfied", ""},
		{"PUT", "/pages/home", "ann", "satisfied", `r2 {"resource":{"properties":{"team":"web"}},"context":{}}`},
		{"PUT", "/pages/home", "eve", "not_satisfied", ""},
		{"PUT", "/pages", "eve", "unmatched", ""},
		{"DELETE", "/pages/home", "ann", "no_route", ""},
	}
	rules := route.New(opened)
	for _, tt := range tests {
		w.asked = nil
		got := rules.Decide(e, &route.Request{
			Method: tt.method, Path: tt.path, Authenticated: tt.subject != "", Subject: decision.Subject{Type: "user", ID: tt.subject}, Now: noon,
		})
		if asked := strings.Join(w.asked, "\n"); got.Reason.String() != tt.want || asked != tt.asked {
			t.Errorf("%s %s of %q: got %v after asking %s, want %s after %s", tt.method, tt.path, tt.subject, got.Reason, asked, tt.want, tt.asked)
		}
	}
}

func openFile(t *testing.T, name string) *table.Engine {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return openBytes(t, data)
}
