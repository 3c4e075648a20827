package bundles

import (
	"bytes"
	"encoding/json"
	"strconv"

	"github.com/lictor-dev/lictor/bundles/manifest"
)

type (
	// Manifest says what a bundle is: [manifest.Manifest].
	Manifest = manifest.Manifest
	// Part is what the manifest announces of one member.
	Part = manifest.Part
	// Agreement is the result of the check that tables and Rego decide alike.
	Agreement = manifest.Agreement
	// Subset says that a bundle holds only a part of a policy.
	Subset = manifest.Subset
	// Member is one file of a bundle.
	Member = manifest.Member
	// Digest is a SHA-256 digest.
	Digest = manifest.Digest

	// NameError says that a member's name is not one a bundle may hold.
	NameError = manifest.NameError
	// FormatError says that a bundle has a format that is newer than this program.
	FormatError = manifest.FormatError
	// ManifestError says what is wrong with a manifest.
	ManifestError = manifest.Error
)

// The names of the members with a meaning of their own, and limits, as in package manifest.
const (
	ManifestName   = manifest.ManifestName
	SignaturesName = manifest.SignaturesName
	DataName       = manifest.DataName
	TablesName     = manifest.TablesName
	TestsName      = manifest.TestsName
	WasmName       = manifest.WasmName

	Format    = manifest.Format
	MaxEpoch  = manifest.MaxEpoch
	MaxTests  = manifest.MaxTests
	ForClient = manifest.ForClient
)

// DecodeManifest is [manifest.Decode].
func DecodeManifest(text []byte) (*Manifest, error) { return manifest.Decode(text) }

// CheckRevision is [manifest.CheckRevision].
func CheckRevision(text string) bool { return manifest.CheckRevision(text) }

// CheckName is [manifest.CheckName].
func CheckName(name string) error { return manifest.CheckName(name) }

// ParseDigest is [manifest.ParseDigest].
func ParseDigest(text string) (Digest, bool) { return manifest.ParseDigest(text) }

// manifestText is the manifest as OPA sees it. Its fields are in the canonical order of their names.
type manifestText struct {
	Metadata    metadataText `json:"metadata"`
	RegoVersion int          `json:"rego_version"`
	Revision    string       `json:"revision"`
	Roots       []string     `json:"roots"`
}

type metadataText struct {
	Lictor lictorText `json:"lictor"`
}

type lictorText struct {
	Agreement   agreementText       `json:"agreement"`
	Compiler    string              `json:"compiler"`
	Entrypoints []string            `json:"entrypoints"`
	Epoch       uint64              `json:"epoch"`
	Format      int                 `json:"format"`
	Parts       map[string]partText `json:"parts"`
	Source      string              `json:"source"`
	Subset      *subsetText         `json:"subset,omitempty"`
}

type subsetText struct {
	For        string   `json:"for"`
	Namespaces []string `json:"namespaces"`
	Types      []string `json:"subject_types"`
	Subjects   int64    `json:"subjects"`
}

type agreementText struct {
	Full     bool   `json:"full"`
	Requests int64  `json:"requests"`
	Seed     string `json:"seed"`
}

type partText struct {
	Digest string `json:"sha256"`
	Size   int64  `json:"size"`
}

// encode returns the canonical text of m.
func encode(m *Manifest) []byte {
	own := lictorText{
		Agreement: agreementText{
			Full:     m.Agreement.Full,
			Requests: m.Agreement.Requests,
			Seed:     strconv.FormatUint(m.Agreement.Seed, 10),
		},
		Compiler:    m.Compiler,
		Entrypoints: append([]string{}, m.Entrypoints...),
		Epoch:       m.Epoch,
		Format:      m.Format,
		Parts:       map[string]partText{},
		Source:      m.Source.String(),
	}
	if s := m.Subset; s != nil {
		own.Subset = &subsetText{s.For, append([]string{}, s.Namespaces...), append([]string{}, s.Types...), s.Subjects}
	}
	for _, part := range m.Parts {
		own.Parts[part.Name] = partText{part.Digest.String(), part.Size}
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(manifestText{metadataText{own}, 1, m.Revision, manifest.Roots()}); err != nil {
		panic("BUG: a manifest does not encode: " + err.Error())
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n"))
}
