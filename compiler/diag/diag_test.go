package diag_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/lictor-dev/lictor/compiler/diag"
)

var update = flag.Bool("update", false, "rewrite CODES.md")

func at(file string, line, col int) diag.Pos { return diag.Pos{File: file, Line: line, Col: col} }

func TestSortOrdersAndDropsRepeats(t *testing.T) {
	t.Parallel()
	var l diag.List
	l.Errorf("E0203", at("b.yaml", 1, 1), "last")
	l.Errorf("E0203", at("a.yaml", 2, 9), "fourth")
	l.Warnf("W0101", at("a.yaml", 2, 3), "third")
	l.Errorf("E0101", at("a.yaml", 2, 3), "second").Hint = "first hint"
	l.Errorf("E0101", at("a.yaml", 2, 3), "second").Hint = "repeat"
	l.Errorf("E0101", at("a.yaml", 2, 3), "same place, other message")
	l.Errorf("E0001", diag.Pos{File: "a.yaml"}, "whole file")
	l.Errorf("E0102", at("a.yaml", 10, 1), "fifth")
	l.Sort()
	var got []string
	for _, d := range l {
		got = append(got, d.Message)
	}
	want := []string{"whole file", "same place, other message", "second", "third", "fourth", "fifth", "last"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
	if l[2].Hint != "first hint" {
		t.Errorf("of two repeats the first must stay, got hint %q", l[2].Hint)
	}
}

func TestHasErrors(t *testing.T) {
	t.Parallel()
	var l diag.List
	l.Warnf("W0101", at("a.yaml", 1, 1), "warning")
	if l.HasErrors() || l.Count(diag.Warning) != 1 {
		t.Errorf("a warning counts as an error: %v", l)
	}
	l.Errorf("E0101", at("a.yaml", 1, 1), "error")
	if !l.HasErrors() || l.Count(diag.Error) != 1 {
		t.Errorf("an error does not count: %v", l)
	}
}

func TestWrite(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 200) + "HERE" + strings.Repeat("y", 200)
	tests := []struct {
		name, source string
		d            diag.Diagnostic
		want         string
	}{
		{"everything", "roles:\n  editor: [raeder]\n", diag.Diagnostic{
			Code: "E0203", Pos: at("a.yaml", 2, 12), Width: 6, Message: `role "raeder" is not defined`, Hint: `did you mean "reader"?`,
			Related: []diag.Related{{Pos: at("b.yaml", 7, 3), Message: "defined here"}},
		}, `a.yaml:2:12: error E0203: role "raeder" is not defined
    editor: [raeder]
             ^^^^^^
  b.yaml:7:3: defined here
  hint: did you mean "reader"?
`},
		{
			"warning without width", "a: b\n",
			diag.Diagnostic{Code: "W0101", Severity: diag.Warning, Pos: at("a.yaml", 1, 4), Message: "m"},
			"a.yaml:1:4: warning W0101: m\n    a: b\n       ^\n",
		},
		{"whole line", "a: b\n", diag.Diagnostic{Code: "E0101", Pos: at("a.yaml", 1, 0), Message: "m"}, "a.yaml:1: error E0101: m\n    a: b\n"},
		{"whole file", "a: b\n", diag.Diagnostic{Code: "E0101", Pos: at("a.yaml", 0, 0), Message: "m"}, "a.yaml: error E0101: m\n"},
		{"other file", "a: b\n", diag.Diagnostic{Code: "E0101", Pos: at("gone.yaml", 1, 1), Message: "m"}, "gone.yaml:1:1: error E0101: m\n"},
		{
			"past the end of the line", "a: b\n",
			diag.Diagnostic{Code: "E0101", Pos: at("a.yaml", 1, 99), Width: 7, Message: "m"},
			"a.yaml:1:99: error E0101: m\n    a: b\n        ^\n",
		},
		{"past the end of the file", "a: b\n", diag.Diagnostic{Code: "E0101", Pos: at("a.yaml", 9, 1), Message: "m"}, "a.yaml:9:1: error E0101: m\n"},
		{"code points", "é: ü: x\n", diag.Diagnostic{Code: "E0101", Pos: at("a.yaml", 1, 4), Width: 1, Message: "m"}, "a.yaml:1:4: error E0101: m\n    é: ü: x\n       ^\n"},
		{"tabs", "a:\tb\tc\n", diag.Diagnostic{Code: "E0101", Pos: at("a.yaml", 1, 4), Width: 2, Message: "m"}, "a.yaml:1:4: error E0101: m\n    a:    b    c\n          ^^^^^\n"},
		{"byte order mark", "\ufeffa: b\n", diag.Diagnostic{Code: "E0101", Pos: at("a.yaml", 1, 1), Message: "m"}, "a.yaml:1:1: error E0101: m\n    a: b\n    ^\n"},
		{"line ends of YAML 1.1", "a\r\nb\rc\u0085d\u2028e\nf: x", diag.Diagnostic{Code: "E0101", Pos: at("a.yaml", 6, 4), Message: "m"}, "a.yaml:6:4: error E0101: m\n    f: x\n       ^\n"},
		{"terminal control", "a: \x1b[31m\u202eb\n", diag.Diagnostic{Code: "E0101", Pos: at("a.yaml", 1, 1), Message: "m"}, "a.yaml:1:1: error E0101: m\n    a: \ufffd[31m\ufffdb\n    ^\n"},
		{
			"long line", long,
			diag.Diagnostic{Code: "E0101", Pos: at("a.yaml", 1, 201), Width: 4, Message: "m"},
			"a.yaml:1:201: error E0101: m\n    " + strings.Repeat("x", 80) + "HERE" + strings.Repeat("y", 76) + "\n    " + strings.Repeat(" ", 80) + "^^^^\n",
		},
		{
			"quoted secret", `a: {secret_hash: "hun ter\"2", x: 1}`,
			diag.Diagnostic{Code: "E0101", Pos: at("a.yaml", 1, 1), Message: "m"},
			"a.yaml:1:1: error E0101: m\n    a: {secret_hash: ************, x: 1}\n    ^\n",
		},
		{
			"plain secret", `client_secret: hunter2`,
			diag.Diagnostic{Code: "E0101", Pos: at("a.yaml", 1, 1), Message: "m"},
			"a.yaml:1:1: error E0101: m\n    client_secret: *******\n    ^\n",
		},
		{
			"hash anywhere", `x: [$2b$10$abc, $argon2id$v=19$m=1$x]`,
			diag.Diagnostic{Code: "E0101", Pos: at("a.yaml", 1, 1), Message: "m"},
			"a.yaml:1:1: error E0101: m\n    x: [**********, ********************]\n    ^\n",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var b strings.Builder
			l := diag.List{tt.d}
			if err := l.Write(&b, fstest.MapFS{"a.yaml": {Data: []byte(tt.source)}}); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, b.String()); diff != "" {
				t.Errorf("text (-want +got):\n%s", diff)
			}
		})
	}
}

func TestMarshalJSON(t *testing.T) {
	t.Parallel()
	l := diag.List{{
		Code: "E0203", Pos: at("a.yaml", 2, 12), Width: 6, Message: `role "x" is not defined`, Hint: "h",
		Related: []diag.Related{{Pos: at("b.yaml", 7, 3), Message: "here"}},
	}, {Code: "W0101", Severity: diag.Warning, Pos: diag.Pos{File: "b.yaml"}, Message: "m"}}
	got, err := json.Marshal(l)
	if err != nil {
		t.Fatal(err)
	}
	want := `[{"file":"a.yaml","line":2,"col":12,"severity":"error","code":"E0203","message":"role \"x\" is not defined","width":6,"hint":"h",` +
		`"related":[{"file":"b.yaml","line":7,"col":3,"message":"here"}]},{"file":"b.yaml","severity":"warning","code":"W0101","message":"m"}]`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("JSON (-want +got):\n%s", diff)
	}
	if got, _ := json.Marshal(diag.List(nil)); string(got) != "[]" {
		t.Errorf("an empty list is %s, want []", got)
	}
}

func TestNearest(t *testing.T) {
	t.Parallel()
	tests := []struct{ word, known, want string }{
		{"raeder", "reader writer", "reader"},
		{"READER", "reader", "reader"},
		{"reader", "reader", ""},
		{"readers", "reader writer", "reader"},
		{"organizations", "options organisations", "organisations"},
		{"abc", "abd abe", "abd"},
		{"kind", "type id", ""},
		{"x", "y", ""},
		{"x", "X", "X"},
		{"v2", "v1", "v1"},
		{"", "a", ""},
		{"permissoin", "policies permissions", "permissions"},
		{"schlüsel", "schlüssel", "schlüssel"},
		{"something-else", "reader", ""},
	}
	for _, tt := range tests {
		if got := diag.NewNames(strings.Fields(tt.known)).Nearest(tt.word); got != tt.want {
			t.Errorf("Nearest(%q) among %q = %q, want %q", tt.word, tt.known, got, tt.want)
		}
	}
}

func TestNearestGivesUp(t *testing.T) {
	t.Parallel()
	n := diag.NewNames([]string{"reader"})
	for i := range 10000 {
		n.Nearest(fmt.Sprintf("word%d", i))
	}
	if got := n.Nearest("raeder"); got != "" {
		t.Errorf("after thousands of words Nearest still searches: %q", got)
	}
}

func TestDistance(t *testing.T) {
	t.Parallel()
	tests := []struct {
		a, b string
		want int
	}{{"", "", 0}, {"abc", "abc", 0}, {"", "abc", 3}, {"abc", "ab", 1}, {"abc", "acb", 1}, {"kitten", "sitting", 3}, {"ca", "abc", 3}}
	for _, tt := range tests {
		if got, back := diag.Distance(tt.a, tt.b), diag.Distance(tt.b, tt.a); got != tt.want || back != tt.want {
			t.Errorf("Distance(%q, %q) = %d and %d back, want %d", tt.a, tt.b, got, back, tt.want)
		}
	}
}

func TestQuote(t *testing.T) {
	t.Parallel()
	if got, want := diag.Quote("a\"\n"), `"a\"\n"`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := diag.Quote(strings.Repeat("é", 60)), `"`+strings.Repeat("é", 40)+`…"`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestCodesAreDocumented holds CODES.md against the table.
func TestCodesAreDocumented(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("# Codes\n\nEvery diagnostic has one of these codes. They are stable: a code is never used again for something else. `E` is an\n" +
		"error, which stops the build; `W` a warning, which does so only with `--strict`.\n\n| code | when |\n|---|---|\n")
	last := ""
	for _, c := range diag.Codes() {
		if c.Code <= last && c.Code[0] == last[0] {
			t.Errorf("code %s is out of order or repeated", c.Code)
		}
		last = c.Code
		fmt.Fprintf(&b, "| `%s` | %s |\n", c.Code, c.Title)
	}
	if *update {
		if err := os.WriteFile("CODES.md", []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile("CODES.md")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(b.String(), string(got)); diff != "" {
		t.Errorf("CODES.md (-want +got); go test ./compiler/diag -update rewrites it:\n%s", diff)
	}
}
