// Package callers is the file that says which programs may ask an edge: their names, and the digests of their API keys.
// The keys themselves are in no file of the edge.
package callers

import (
	"encoding/hex"
	"errors"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/lictor-dev/lictor/cmd/internal/cli"
	"github.com/lictor-dev/lictor/compiler/diag"
	"github.com/lictor-dev/lictor/compiler/source/form"
	"github.com/lictor-dev/lictor/edge/caller"
)

// Codes of diagnostics, which compiler/diag describes.
const (
	badText  = "E0105"
	repeated = "E0211"
)

// entry is one caller as it is written.
type entry struct {
	name    form.Text
	digests []form.Text
	explain bool
}

// file is the whole file.
type file struct{ callers []entry }

const digestPattern = "^[0-9a-f]{64}$"

var isDigest = regexp.MustCompile(digestPattern)

// digest reads the SHA-256 of a key. What else stands there may be the key, and is not repeated.
var digest = form.Form[form.Text]{
	Schema: form.Schema{"type": "string", "pattern": digestPattern},
	Read: func(r *form.Reader, n *yaml.Node, into *form.Text) {
		if n.Kind != yaml.ScalarNode || !isDigest.MatchString(n.Value) {
			r.Errorf(n, badText, "expected the SHA-256 of a key: 64 hexadecimal digits in lower case").Hint = `"lictor key" makes a key and prints its digest; a key itself must not stand in a file`
			return
		}
		*into = form.Text{Value: n.Value, Pos: r.At(n)}
	},
}

func format() form.Form[file] {
	one := form.Object[entry]{Name: "caller", Keys: []form.Key[entry]{
		form.Required("sha256", form.OneOrMore(digest), func(e *entry) *[]form.Text { return &e.digests },
			"SHA-256 of its API key, in hexadecimal; several while keys are rotated"),
		form.Member("explain", form.Flag, func(e *entry) *bool { return &e.explain },
			"it may ask for explanations, which tell how the policy is written"),
	}}.Form()
	return form.Object[file]{Name: "callers", Keys: []form.Key[file]{
		form.Required("callers", form.Named(one, func(e *entry) *form.Text { return &e.name }), func(f *file) *[]entry { return &f.callers },
			"the programs that may ask, by name"),
	}}.Form()
}

// Schema returns the JSON Schema of the file.
func Schema() []byte { return format().Schema.Document("Callers of a lictor edge") }

// Read returns the callers in the text of a file by the digests of their keys. The error names all mistakes, one in a
// line, and no key.
func Read(name string, text []byte) (map[caller.Digest]*caller.Caller, error) {
	var list diag.List
	read := form.Read(&form.Reader{File: name, List: &list}, text, format())
	known := map[caller.Digest]*caller.Caller{}
	for _, e := range read.callers {
		add(known, e, &list)
	}
	if len(list) > 0 {
		return nil, problems(list)
	}
	return known, nil
}

// add adds the digests of one caller.
func add(known map[caller.Digest]*caller.Caller, e entry, list *diag.List) {
	if looksLikeKey.MatchString(e.name.Value) {
		e.name.Errorf(list, badText, "the name of a caller looks like a key")
	}
	who := &caller.Caller{Name: e.name.Value, Explain: e.explain}
	for _, written := range e.digests {
		var d caller.Digest
		if n, err := hex.Decode(d[:], []byte(written.Value)); n != len(d) || err != nil {
			continue // was reported
		}
		if first := known[d]; first != nil {
			written.Errorf(list, repeated, "the key of %s is there already, as one of %s", diag.Quote(who.Name), diag.Quote(first.Name))
			continue
		}
		known[d] = who
	}
}

// looksLikeKey matches keys wherever they stand, also when they are cut.
var looksLikeKey = regexp.MustCompile(regexp.QuoteMeta(Prefix) + `[A-Za-z0-9_-]{8,}`)

// problems returns a list as an error.
func problems(list diag.List) error {
	list.Sort()
	lines := make([]error, len(list))
	for i, d := range list {
		line := d.Pos.String() + ": " + d.Message
		if d.Hint != "" {
			line += " (" + d.Hint + ")"
		}
		lines[i] = errors.New(looksLikeKey.ReplaceAllString(strings.TrimSpace(line), Prefix+"…"))
	}
	return &cli.Failure{Status: cli.Usage, Err: errors.Join(lines...)}
}
