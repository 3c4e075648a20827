package check_test

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"

	"github.com/lictor-dev/lictor/compiler/source"
)

// shape are the codes for mistakes in the shape of a file, which the schema must see too.
var shape = []string{"E0101", "E0102", "E0103", "E0104"}

// outside are the codes for mistakes before there is a JSON value that a schema could look at.
var outside = []string{"E0002", "E0003", "E0004", "E0005", "E0006", "E0007", "E0008", "E0009"}

func compileSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(source.Schema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	if err := c.AddResource("lictor.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("lictor.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// number is what JSON calls a number (RFC 8259, section 6).
var number = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)

// toJSON returns what a node stands for when YAML is read as JSON.
func toJSON(n *yaml.Node) any {
	switch n.Kind {
	case yaml.DocumentNode:
		if len(n.Content) > 0 {
			return toJSON(n.Content[0])
		}
		return nil
	case yaml.AliasNode:
		return toJSON(n.Alias)
	case yaml.MappingNode:
		m := map[string]any{}
		for i := 0; i < len(n.Content); i += 2 {
			m[n.Content[i].Value] = toJSON(n.Content[i+1])
		}
		return m
	case yaml.SequenceNode:
		list := make([]any, len(n.Content))
		for i, c := range n.Content {
			list[i] = toJSON(c)
		}
		return list
	}
	switch v := n.Value; {
	case n.Style != 0:
		return v
	case v == "" || v == "null":
		return nil
	case v == "true" || v == "false":
		return v == "true"
	case number.MatchString(v):
		return json.Number(v)
	default:
		return v
	}
}

// codesOf returns the codes that one file draws when it is read alone, without its warnings.
func codesOf(text []byte) []string {
	_, list := source.Load(fstest.MapFS{"a.yaml": {Data: text}})
	var codes []string
	for _, d := range list {
		codes = append(codes, d.Code)
	}
	return codes
}

func containsAny(codes, some []string) bool {
	return slices.ContainsFunc(codes, func(c string) bool { return slices.Contains(some, c) })
}

// TestSchemaAgrees reads every file of the cases in both ways: where the reader finds the shape broken
// the schema does, and where the reader finds nothing the schema does not either.
func TestSchemaAgrees(t *testing.T) {
	s := compileSchema(t)
	valid, invalid := 0, 0
	for _, g := range goldens(t) {
		for name, file := range g.files {
			if !strings.HasSuffix(name, ".yaml") && !strings.HasSuffix(name, ".yml") {
				continue
			}
			codes := codesOf(file.Data)
			if containsAny(codes, outside) || strings.HasPrefix(name, ".") {
				continue
			}
			var n yaml.Node
			if err := yaml.Unmarshal(file.Data, &n); err != nil {
				t.Fatal(err)
			}
			err := s.Validate(toJSON(&n))
			switch {
			case containsAny(codes, shape):
				invalid++
				if err == nil {
					t.Errorf("%s %s: the reader reports %q, the schema nothing", g.path, name, codes)
				}
			case len(codes) == 0:
				valid++
				if err != nil {
					t.Errorf("%s %s: the reader reports nothing, the schema %v", g.path, name, err)
				}
			}
		}
	}
	if valid < 15 || invalid < 10 {
		t.Errorf("only %d valid and %d invalid files were compared", valid, invalid)
	}
}

// TestSchemaSeesEachMistake breaks one valid file in one way at a time.
func TestSchemaSeesEachMistake(t *testing.T) {
	t.Parallel()
	s := compileSchema(t)
	const good = `{"lictor": "v1", "roles": {"r": {"policies": [{"permission": "a:b", "decision": "ALLOW", "when": "x"}]}},
		"subjects": {"bob": {"roles": ["r", {"role": "r", "valid_from": "2026-01-01T00:00:00Z"}], "active": true}},
		"routes": [{"path": "/", "routes": [{"path": "/x", "methods": ["GET"], "satisfy": "both"}]}],
		"tests": [{"name": "n", "subject": {"type": "user", "id": "bob"}, "permission": "a:b", "expect": "DENY", "now": 7}]}`
	tests := []struct{ name, old, new string }{
		{"nothing", "", ""},
		{"unknown key at the top", `"roles": {"r"`, `"rolls": {"r"`},
		{"unknown key in a policy", `"when"`, `"if"`},
		{"unknown key in a nested route", `"satisfy"`, `"satisfies"`},
		{"missing version", `"lictor": "v1", `, ``},
		{"missing decision", `"decision": "ALLOW", `, ``},
		{"missing path in a nested route", `"path": "/x", `, ``},
		{"wrong type", `"active": true`, `"active": "true"`},
		{"number for text", `"name": "n"`, `"name": 1`},
		{"null for a mapping", `"roles": {"r": {`, `"roles": {"q": null, "r": {`},
		{"bad word", `"ALLOW"`, `"allow"`},
		{"bad word in a nested route", `"both"`, `"all"`},
		{"other version", `"v1"`, `"v2"`},
		{"empty when", `"when": "x"`, `"when": []`},
		{"empty text", `"permission": "a:b", "decision"`, `"permission": " ", "decision"`},
		{"not a time", `"2026-01-01T00:00:00Z"`, `"2026-01-01"`},
		{"fraction of now", `"now": 7`, `"now": 7.5`},
	}
	for _, tt := range tests {
		text := strings.Replace(good, tt.old, tt.new, 1)
		if tt.old != tt.new && text == good {
			t.Fatalf("%s: nothing was replaced", tt.name)
		}
		doc, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		codes := codesOf([]byte(text))
		if invalid := s.Validate(doc) != nil; invalid != (tt.old != tt.new) || invalid != (len(codes) > 0) {
			t.Errorf("%s: invalid for the schema: %t; the reader reports %q", tt.name, invalid, codes)
		}
	}
}

// TestExamplesAreValid reads every example for the schema.
func TestExamplesAreValid(t *testing.T) {
	t.Parallel()
	s := compileSchema(t)
	files, read := os.DirFS("../../examples"), 0
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if name == "deploy" || name == "traefik" {
			return fs.SkipDir // their files are not definitions
		}
		if ext := path.Ext(name); err != nil || entry.IsDir() || ext != ".yaml" && ext != ".yml" {
			return err
		}
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		var n yaml.Node
		if err := yaml.Unmarshal(text, &n); err != nil {
			return err
		}
		if err := s.Validate(toJSON(&n)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		read++
		return nil
	})
	if err != nil || read == 0 {
		t.Errorf("%d examples: %v", read, err)
	}
}
