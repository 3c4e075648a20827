package route_test

import (
	"encoding/json"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/tables"
	"github.com/lictor-dev/lictor/bundles/value"
	"github.com/lictor-dev/lictor/compiler/check"
	"github.com/lictor-dev/lictor/compiler/lower"
	"github.com/lictor-dev/lictor/compiler/source"
	"github.com/lictor-dev/lictor/runtime/decision"
	"github.com/lictor-dev/lictor/runtime/route"
	"github.com/lictor-dev/lictor/runtime/table"
)

// asked is a request of a case with the answer it must get.
type asked struct {
	Method, Path, Subject, Type, Organisation string
	Now                                       int64
	Context, Token, Properties                json.RawMessage
	Callers                                   string // what Properties count for: "", which is overlay, stored or ignore

	Status int
	Reason string
	Rule   string // methods and template, empty for none
}

func (a *asked) request(t *testing.T) *route.Request {
	t.Helper()
	r := &route.Request{
		Method: a.Method, Path: a.Path, Authenticated: a.Subject != "", Organisation: a.Organisation, Now: a.Now,
		Subject: decision.Subject{ID: a.Subject, Type: a.Type},
	}
	if r.Subject.Type == "" {
		r.Subject.Type = "user"
	}
	r.Callers = map[string]decision.Callers{"stored": decision.Stored, "ignore": decision.Ignore}[a.Callers]
	for text, to := range map[*json.RawMessage]*value.Value{
		&a.Context: &r.Context, &a.Token: &r.Token, &a.Properties: &r.Subject.Properties,
	} {
		if len(*text) == 0 {
			continue
		}
		_, v, err := value.Parse(nil, *text)
		if err != nil {
			t.Fatal(err)
		}
		*to = v
	}
	return r
}

// compiled returns what definitions come to, as tables.
func compiled(t testing.TB, files fstest.MapFS) *tables.Tables {
	t.Helper()
	definitions, list := source.Load(files)
	list.Add(check.Run(definitions)...)
	m, faults := lower.Lower(definitions)
	list.Add(faults...)
	if list.HasErrors() {
		t.Fatalf("diagnostics: %v", list)
	}
	return opened(t, m)
}

func opened(t testing.TB, m *policy.Model) *tables.Tables {
	t.Helper()
	data, err := tables.Build(m)
	if err != nil {
		t.Fatal(err)
	}
	got, err := tables.Open(data)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func engine(t testing.TB, of *tables.Tables) *table.Engine {
	t.Helper()
	e, err := table.New(of)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// ruleText names the rule of an outcome by its methods and template.
func ruleText(o route.Outcome) string {
	if o.Rule == nil {
		return ""
	}
	return "[" + strings.Join(o.Rule.Methods, " ") + "] " + o.Rule.Template()
}

// TestCases asks everything in testdata.
func TestCases(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(names) < 10 {
		t.Fatalf("cases %v, %v", names, err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			files := fstest.MapFS{}
			for _, f := range archive.Files {
				files[f.Name] = &fstest.MapFile{Data: f.Data}
			}
			text := files["requests"]
			delete(files, "requests")
			of := compiled(t, files)
			m, e := route.New(of), engine(t, of)
			n := 0
			for d := json.NewDecoder(strings.NewReader(string(text.Data))); ; n++ {
				d.DisallowUnknownFields()
				var want asked
				if err := d.Decode(&want); errors.Is(err, io.EOF) {
					break
				} else if err != nil {
					t.Fatal(err)
				}
				got := m.Decide(e, want.request(t))
				line := asked{Status: got.Status.HTTP(), Reason: got.Reason.String(), Rule: ruleText(got)}
				if diff := cmp.Diff(asked{Status: want.Status, Reason: want.Reason, Rule: want.Rule}, line); diff != "" {
					t.Errorf("%s %q of %q (-want +got):\n%s", want.Method, want.Path, want.Subject, diff)
				}
			}
			if n == 0 {
				t.Error("no requests")
			}
		})
	}
}
