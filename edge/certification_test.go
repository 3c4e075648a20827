package edge_test

import (
	"io/fs"
	"path"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/compiler/lower"
	"github.com/lictor-dev/lictor/compiler/source"
	"github.com/lictor-dev/lictor/edge"
	"github.com/lictor-dev/lictor/edge/authzen"
	"github.com/lictor-dev/lictor/edge/exchange"
	"github.com/lictor-dev/lictor/runtime/conformance"
)

// TestCertification goes through AuthZEN's certification scenario, level by level, on each engine.
func TestCertification(t *testing.T) {
	t.Parallel()
	archive, err := txtar.ParseFile("testdata/certification.txtar")
	if err != nil {
		t.Fatal(err)
	}
	model := compile(t, policyFile(string(archive.Files[0].Data)))
	metadata, err := authzen.Metadata("https://pdp.example.com")
	if err != nil {
		t.Fatal(err)
	}
	reference := newGeneration(t, "r1")
	reference.Engine, reference.Searcher = conformance.NewReference(model), conformance.NewReference(model)
	levels := map[string]int{}
	for engine, g := range map[string]*exchange.Generation{"reference": reference, "tables": tableGeneration(t, model)} {
		e := start(t, edge.Options{Source: newSource(g), Metadata: metadata})
		for _, f := range archive.Files[1:] {
			levels[path.Dir(f.Name)]++
			t.Run(engine+"/"+f.Name, func(t *testing.T) { converse(t, e, string(f.Data)) })
		}
	}
	for _, level := range []string{"basic-core", "basic-properties", "batch-core", "batch-properties", "search-core", "search-properties", "discovery"} {
		if levels[level] == 0 {
			t.Errorf("no case of %s", level)
		}
	}
}

// policyFile is a folder with one file of definitions.
func policyFile(text string) fs.FS { return fstest.MapFS{"policy.yaml": {Data: []byte(text)}} }

// compile returns the model of definitions without mistakes.
func compile(tb testing.TB, files fs.FS) *policy.Model {
	tb.Helper()
	definitions, list := source.Load(files)
	model, more := lower.Lower(definitions)
	if list.HasErrors() || more.HasErrors() {
		tb.Fatalf("%s%s", list, more)
	}
	return model
}

// turn is one request of a conversation and the answer it must get.
type turn struct {
	method, path, body string
	headers            []string
	status             int
	answer             string
	answerHeaders      []string
}

// converse sends one request after the other, as testdata/certification.txtar describes.
func converse(t *testing.T, e *edgeAt, text string) {
	t.Helper()
	token := ""
	for _, turn := range turns(t, text) {
		headers := append([]string{typeJSON}, turn.headers...)
		if strings.Contains(strings.Join(turn.headers, "\n"), "Content-Type: ") {
			headers = turn.headers
		}
		got := send(t, e.data, turn.method, turn.path, strings.ReplaceAll(turn.body, "<token>", token), headers...)
		if _, rest, ok := strings.Cut(got.Body, `"next_token":"`); ok && rest[0] != '"' {
			token, _, _ = strings.Cut(rest, `"`)
			got.Body = strings.Replace(got.Body, token, "<token>", 1)
		}
		if got.Status != turn.status {
			t.Errorf("%s\nstatus %d, want %d: %s", turn.body, got.Status, turn.status, got.Body)
		}
		for _, h := range turn.answerHeaders {
			name, want, _ := strings.Cut(h, ":")
			if have := got.Header.Get(name); have != strings.TrimSpace(want) {
				t.Errorf("%s\nheader %s is %q, want%s", turn.body, name, have, want)
			}
		}
		if diff := cmp.Diff(turn.answer, got.Body); turn.answer != "" && diff != "" {
			t.Errorf("%s (-want +got):\n%s", turn.body, diff)
		}
	}
}

func turns(t *testing.T, text string) (list []turn) {
	t.Helper()
	var now *turn
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		asking := len(list) == 0 || now.status != 0
		sign, rest, _ := strings.Cut(line, " ")
		switch {
		case sign == ">" && asking:
			list = append(list, turn{})
			now = &list[len(list)-1]
			now.method, now.path, _ = strings.Cut(rest, " ")
		case sign == ">":
			now.headers = append(now.headers, rest)
		case sign == "<" && !asking:
			status, err := strconv.Atoi(rest)
			if err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			now.status = status
		case sign == "<":
			now.answerHeaders = append(now.answerHeaders, rest)
		case asking:
			now.answer += line
		default:
			now.body += line
		}
	}
	return list
}
