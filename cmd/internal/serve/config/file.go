package config

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/lictor-dev/lictor/compiler/diag"
	"github.com/lictor-dev/lictor/compiler/source/form"
)

// Codes of diagnostics, which compiler/diag describes.
const (
	wrongType = "E0103"
	badText   = "E0105"
)

// written is what a file says of each setting, in the order of settings; empty for what it does not name.
type written [][]form.Text

// read returns what a file says, and reports its mistakes to list.
func read(name string, text []byte, list *diag.List) written {
	w := make(written, len(settings))
	r := form.Reader{File: name, List: list}
	root := group("", func(i int, texts []form.Text) { w[i] = texts })
	form.Read(&r, text, root)
	return w
}

// Schema returns the JSON Schema of the file.
func Schema() []byte { return group("", nil).Schema.Document("Configuration of a lictor edge") }

// nothing is what the file's objects are read into: each key hands what it read to a function.
type nothing struct{}

func whole(n *nothing) *nothing { return n }

// group returns how the settings below a part of the file are read, "" for all.
func group(path string, found func(int, []form.Text)) form.Form[nothing] {
	object := form.Object[nothing]{Name: "config" + strings.ReplaceAll("."+path, ".", "_")}
	var seen []string
	for i := range settings {
		rest, inside := strings.CutPrefix(settings[i].key, path)
		name, _, deeper := strings.Cut(rest, ".")
		if !inside || slices.Contains(seen, name) {
			continue
		}
		seen = append(seen, name)
		if deeper {
			object.Keys = append(object.Keys, form.Member(name, group(path+name+".", found), whole, groups[path+name]))
			continue
		}
		object.Keys = append(object.Keys, form.Member(name, value(i, found), whole, settings[i].about))
	}
	return object.Form()
}

// groups says what the parts of the file are about.
var groups = map[string]string{
	"tls":       "TLS of the address that answers questions",
	"admin":     "the address that answers operators",
	"admin.tls": "TLS of the operators' address",
	"callers":   "who may ask, and what counts of what they say",
	"limits":    "what one client can take; nesting (64), questions of a batch (1,000) and results (10,000) are fixed",
}

// value returns how one setting is read.
func value(i int, found func(int, []form.Text)) form.Form[nothing] {
	s := &settings[i]
	read := readOne(s)
	if s.many {
		read = form.OneOrMore(form.Filled).Read
	}
	return form.Form[nothing]{Schema: s.documented(), Read: func(r *form.Reader, n *yaml.Node, _ *nothing) {
		var texts []form.Text
		if read(r, n, &texts); len(texts) > 0 {
			found(i, texts)
		}
	}}
}

// documented returns the schema with the default.
func (s *setting) documented() form.Schema {
	schema := form.Schema{}
	for name, member := range s.schema {
		schema[name] = member
	}
	standard := Default()
	if texts := s.get(&standard); len(texts) == 1 && !s.plain {
		schema["default"] = texts[0]
	}
	return schema
}

// readOne reads a value that is no list: text, or what stands for itself in YAML.
func readOne(s *setting) func(*form.Reader, *yaml.Node, *[]form.Text) {
	return func(r *form.Reader, n *yaml.Node, into *[]form.Text) {
		if s.plain && n.Kind == yaml.ScalarNode && (n.Style == 0 || s.word == "size") {
			*into = []form.Text{{Value: n.Value, Pos: r.At(n)}}
			return
		}
		if s.plain {
			r.Errorf(n, wrongType, "expected a %s", strings.Replace(s.word, "bool", "plain true or false", 1))
			return
		}
		var text form.Text
		if form.Filled.Read(r, n, &text); text.Set() {
			*into = []form.Text{text}
		}
	}
}
