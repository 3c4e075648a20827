package main

import (
	"context"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"os"
	"path/filepath"

	"github.com/lictor-dev/lictor/bundles"
	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/sign"
	"github.com/lictor-dev/lictor/bundles/tables"
	"github.com/lictor-dev/lictor/compiler/rego"
	"github.com/lictor-dev/lictor/compiler/wasm"
)

// The files that a measurement is made from.
const (
	bundleFile    = "bundle-0.tar.gz"
	otherFile     = "bundle-1.tar.gz" // the same policy under another revision
	keyFile       = "key.pem"
	documentFile  = "document.json" // what a user of OPA would write
	questionsFile = "questions.json"
)

// write writes what the processes read.
func (s *source) write(ctx context.Context, dir string) error {
	m, err := s.model(dir)
	if err != nil {
		return err
	}
	asked, err := ask(m)
	if err != nil {
		return err
	}
	if err := writeJSON(filepath.Join(dir, questionsFile), asked); err != nil {
		return err
	}
	if err := writeJSON(filepath.Join(dir, documentFile), documentOf(m)); err != nil {
		return err
	}
	draft, err := draftOf(ctx, m)
	if err != nil {
		return err
	}
	if draft.Key, err = newKey(filepath.Join(dir, keyFile)); err != nil {
		return err
	}
	for i, name := range []string{bundleFile, otherFile} {
		draft.Revision = [...]string{"first", "second"}[i]
		if err := writeBundle(filepath.Join(dir, name), draft); err != nil {
			return err
		}
	}
	return nil
}

// draftOf is the bundle of a policy, as the compiler writes it.
func draftOf(ctx context.Context, m *policy.Model) (*bundles.Draft, error) {
	table, err := tables.Build(m)
	if err != nil {
		return nil, err
	}
	generated, err := rego.Generate(m)
	if err != nil {
		return nil, err
	}
	parts := generated.Members()
	parts[bundles.DataName], parts[bundles.TablesName] = generated.Data, table
	if parts[bundles.WasmName], err = wasm.Compile(ctx, parts, rego.Entrypoints); err != nil {
		return nil, err
	}
	return &bundles.Draft{Epoch: 1, Compiler: "scale", Entrypoints: rego.Entrypoints, Parts: parts}, nil
}

// newKey makes a key to sign with, and writes the one to verify with.
func newKey(path string) (*sign.PrivateKey, error) {
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		return nil, err
	}
	published, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: published}), 0o600); err != nil {
		return nil, err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return nil, err
	}
	return sign.ParsePrivateKey(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), "scale")
}

func writeBundle(path string, draft *bundles.Draft) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	err = draft.Write(file)
	if closed := file.Close(); err == nil {
		err = closed
	}
	return err
}

func writeJSON(path string, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o600)
}

func readJSON(path string, into any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, into)
}

// document is a policy as OPA's documentation would have it: what each role may do, and who holds which roles where. The
// roles that count everywhere stand under "".
type document struct {
	Roles    map[string]map[string]bool     `json:"roles"`
	Subjects map[string]map[string][]string `json:"subjects"`
}

// documentOf leaves out the assignments that are over, for which OPA then needs no dates.
func documentOf(m *policy.Model) *document {
	d := &document{Roles: map[string]map[string]bool{}, Subjects: make(map[string]map[string][]string, len(m.Subjects))}
	for i := range m.Holders {
		permissions := map[string]bool{}
		for _, text := range granted(m, policy.HolderIndex(i)) {
			permissions[text] = true
		}
		d.Roles[m.Holders[i].Name] = permissions
	}
	for i := range m.Subjects {
		s := &m.Subjects[i]
		held := map[string][]string{}
		for _, a := range s.Assignments {
			if code := organisation(m, a.Validity.Organisation); a.Validity.Holds(a.Validity.Organisation, noon) {
				held[code] = append(held[code], m.Holders[a.Holder].Name)
			}
		}
		d.Subjects[s.ID] = held
	}
	return d
}
