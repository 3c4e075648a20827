package edge_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lictor-dev/lictor/bundles"
	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/tables"
	"github.com/lictor-dev/lictor/edge"
	"github.com/lictor-dev/lictor/edge/exchange"
	"github.com/lictor-dev/lictor/runtime/decision"
	"github.com/lictor-dev/lictor/runtime/golden"
	"github.com/lictor-dev/lictor/runtime/live"
)

// profiles is a test that the model of newModel reproduces if ALLOW is expected.
func profiles(tb testing.TB, expect policy.Effect) []byte {
	tb.Helper()
	g := newModel(tb).Grammar()
	p, err := g.Parse("profile:read")
	if err != nil {
		tb.Fatal(err)
	}
	text, err := golden.Encode([]golden.Test{{
		Name: "everybody reads profiles", Place: "tests.yaml:7", Expect: expect,
		Request: decision.Request{Subject: decision.Subject{Type: "user", ID: "x"}, Permissions: []permission.Permission{p}},
	}}, g)
	if err != nil {
		tb.Fatal(err)
	}
	return text
}

// newBundle writes the model of newModel with golden decisions; nil for none.
func newBundle(tb testing.TB, revision string, tests []byte) []byte {
	tb.Helper()
	data, err := tables.Build(newModel(tb))
	if err != nil {
		tb.Fatal(err)
	}
	draft := bundles.Draft{Revision: revision, Parts: map[string][]byte{bundles.DataName: []byte("{}"), bundles.TablesName: data}}
	if tests != nil {
		draft.Parts[bundles.TestsName] = tests
	}
	var file bytes.Buffer
	if err := draft.Write(&file); err != nil {
		tb.Fatal(err)
	}
	return file.Bytes()
}

func TestOpenProvesGoldenDecisions(t *testing.T) {
	t.Parallel()
	tablesOnly := func(name string) bool { return name == bundles.TablesName }
	for _, tt := range []struct {
		name  string
		tests []byte
		keep  func(string) bool
		want  string // part of the error
	}{
		{"reproduced", profiles(t, policy.Allow), bundles.Serving, ""},
		{"none", nil, bundles.Serving, ""},
		{"not reproduced", profiles(t, policy.Deny), bundles.Serving, `tests.yaml:7 "everybody reads profiles": expected DENY, got ALLOW allowed`},
		{"damaged", []byte(`{"tests":[]}`), bundles.Serving, "expected an object with a list of tests"},
		{"not kept", profiles(t, policy.Allow), tablesOnly, golden.ErrNotKept.Error()},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b, err := bundles.Open(bytes.NewReader(newBundle(t, "r1", tt.tests)), bundles.Options{AllowUnsigned: true, Keep: tt.keep})
			if err != nil {
				t.Fatal(err)
			}
			switch g, err := edge.Open(b); {
			case tt.want == "" && (err != nil || g.Revision != "r1"):
				t.Errorf("%v", err)
			case tt.want != "" && (err == nil || g != nil || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("%v, %v, want an error with %q", g, err, tt.want)
			}
			if g, err := edge.OpenUntested(b); err != nil || g.Revision != "r1" {
				t.Errorf("untested: %v", err)
			}
		})
	}
}

// TestUnreproducedBundleIsKeptOut puts a bundle whose golden decisions fail in the place of a good one.
func TestUnreproducedBundleIsKeptOut(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "b.tar.gz")
	put := func(raw []byte) {
		t.Helper()
		if err := errors.Join(os.WriteFile(path+".new", raw, 0o600), os.Rename(path+".new", path)); err != nil {
			t.Fatal(err)
		}
	}
	put(newBundle(t, "good", profiles(t, policy.Allow)))
	l, err := live.Start(t.Context(), live.Options[exchange.Generation]{Path: path, AllowUnsigned: true, Open: edge.Open, PollOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if g := l.Current(); g == nil || g.Revision != "good" {
		t.Fatalf("at the start: %+v", l.Status())
	}
	put(newBundle(t, "bad", profiles(t, policy.Deny)))
	err = l.Reload(t.Context())
	if _, ok := errors.AsType[*live.RefusedError](err); !ok {
		t.Errorf("reload: %v", err)
	}
	status := l.Status()
	if l.Current().Revision != "good" || status.Generation.Revision != "good" || len(status.Refused) != 1 ||
		!strings.Contains(status.Refused[0].Reason, "1 of the 1 tests in the bundle fail") {
		t.Errorf("after a bad bundle: %s, %+v", l.Current().Revision, status)
	}
	put(newBundle(t, "better", profiles(t, policy.Allow)))
	if err := l.Reload(t.Context()); err != nil || l.Current().Revision != "better" {
		t.Errorf("after a better one: %v", err)
	}
}
