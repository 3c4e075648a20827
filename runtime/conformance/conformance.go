// Package conformance holds what every engine has to agree on: a reference engine that transcribes the
// meaning of policies ([Reference]), and one tree of cases ([Cases]) that is run against each engine, the
// SDK and a live edge.
//
// A case is a txtar file in testdata: a comment that cites the sentence it covers, definitions
// (*.yaml), and a file named requests, which holds one JSON object after the other:
//
//	input      the request, as a bundle's entrypoints and runtime/decision/input take it
//	decision   "ALLOW" or "DENY"
//	code       the reason
//	policies   the policies that decided, as [PolicyText] writes them, by their ids
//	malformed  instead of the three: the member for which the request is refused
//	roles      role checks for the same subject, by name: held or not
//	strict     true: one policy must cover all atoms
//	callers    "stored" or "ignore": what properties of the request count for
//
// Cases in testdata/rego have conditions that only Rego can evaluate ([RegoCases]), and may hold modules of the
// project's own (*.rego).
//
// What an input cannot say (strict, callers) only engines that are called in process can be asked.
package conformance

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/runtime/decision"
)

//go:embed testdata
var tree embed.FS

// Now is the time, in seconds since 1970, of a request whose input has no member now.
const Now = int64(1_800_000_000)

// Case is one behaviour: a policy, and what requests to it are answered.
type Case struct {
	Name     string // its path below testdata without the extension, such as "implies/star"
	Comment  string // what it shows, citing the source
	Files    fs.FS  // the definitions
	Requests []Request
}

// Request is one question of a case with the answer it must get.
type Request struct {
	Input     json.RawMessage `json:"input"`
	Decision  string          `json:"decision"`
	Code      string          `json:"code"`
	Policies  []string        `json:"policies"`
	Malformed string          `json:"malformed"`
	Roles     map[string]bool `json:"roles"`
	Strict    bool            `json:"strict"`
	Callers   string          `json:"callers"`
}

// Plain reports whether the input says the whole request, so that it can be put to any engine.
func (r *Request) Plain() bool { return !r.Strict && r.Callers == "" }

// folder of the cases whose conditions only Rego can evaluate.
const regoFolder = "testdata/rego"

// Cases returns the cases that every engine can be asked, sorted by name. The error names a file that is not a case.
func Cases() ([]Case, error) { return cases("testdata") }

// RegoCases returns the cases with conditions that only Rego can evaluate, sorted by name: for engines that know how
// to. The error names a file that is not a case.
func RegoCases() ([]Case, error) { return cases(regoFolder) }

func cases(folder string) ([]Case, error) {
	var cases []Case
	err := fs.WalkDir(tree, folder, func(name string, entry fs.DirEntry, err error) error {
		if err == nil && name == regoFolder && name != folder {
			return fs.SkipDir
		}
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(tree, name)
		if err != nil {
			return err
		}
		name = strings.TrimPrefix(strings.TrimSuffix(name, ".txtar"), "testdata/")
		c, err := parseCase(name, text)
		if err != nil {
			return fmt.Errorf("case %s: %w", name, err)
		}
		cases = append(cases, c)
		return nil
	})
	return cases, err
}

var (
	errNoComment  = errors.New("no comment that cites a source")
	errNoRequests = errors.New("no requests")
	errNoPolicy   = errors.New("no definitions")
	errFile       = errors.New("unexpected file")
	errAnswer     = errors.New("neither a decision with its code, nor malformed, nor roles")
)

func parseCase(name string, text []byte) (Case, error) {
	archive := txtar.Parse(text)
	c := Case{Name: name, Comment: strings.TrimSpace(string(archive.Comment))}
	files := fstest.MapFS{}
	for _, f := range archive.Files {
		switch {
		case f.Name == "requests":
			var err error
			if c.Requests, err = parseRequests(string(f.Data)); err != nil {
				return c, err
			}
		case path.Ext(f.Name) == ".yaml", path.Ext(f.Name) == ".rego" && strings.HasPrefix(name, "rego/"):
			files[f.Name] = &fstest.MapFile{Data: f.Data, Mode: 0o644}
		default:
			return c, fmt.Errorf("%w %q", errFile, f.Name)
		}
	}
	c.Files = files
	switch {
	case c.Comment == "":
		return c, errNoComment
	case len(files) == 0:
		return c, errNoPolicy
	case len(c.Requests) == 0:
		return c, errNoRequests
	}
	return c, nil
}

func parseRequests(text string) ([]Request, error) {
	var all []Request
	for d := json.NewDecoder(strings.NewReader(text)); ; {
		d.DisallowUnknownFields()
		var r Request
		switch err := d.Decode(&r); {
		case errors.Is(err, io.EOF):
			return all, nil
		case err != nil:
			return nil, fmt.Errorf("request %d: %w", len(all)+1, err)
		}
		if err := r.check(); err != nil {
			return nil, fmt.Errorf("request %d: %w", len(all)+1, err)
		}
		all = append(all, r)
	}
}

// check reports an answer that contradicts itself.
func (r *Request) check() error {
	if r.Malformed != "" || r.Code == "" && len(r.Roles) > 0 {
		if r.Code != "" || r.Decision != "" || len(r.Policies) > 0 {
			return errAnswer
		}
		return nil
	}
	code, ok := decision.ParseCode(r.Code)
	if !ok || (r.Decision == "ALLOW") != (code == decision.Allowed) || r.Decision != "ALLOW" && r.Decision != "DENY" {
		return errAnswer
	}
	return nil
}

// PolicyText names a policy by its owner and permission, such as "role editor: newsletter:read,write".
func PolicyText(m *policy.Model, id policy.ID) string {
	p := m.Policy(id)
	owner := ""
	switch p.Owner {
	case policy.OwnedByRole, policy.OwnedByEntitlement:
		h := &m.Holders[p.OwnerIndex]
		owner = h.Kind.String() + " " + h.Name
	case policy.OwnedBySubject:
		owner = "subject " + m.Subjects[p.OwnerIndex].ID
	}
	return owner + ": " + m.Grammar().Format(&p.Permission)
}
