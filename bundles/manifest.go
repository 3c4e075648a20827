package bundles

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strconv"
)

const (
	// Format is the newest format of bundles that this program reads, and the one it writes.
	Format = 1
	// MaxEpoch is the largest epoch, 2⁵³: the range in which every JSON reader agrees.
	MaxEpoch = 1 << 53
)

// roots are what a bundle owns in an OPA that loads it.
var roots = []string{"lictor", "custom"}

// Manifest says what a bundle is: OPA's .manifest with our own metadata.
type Manifest struct {
	Format      int
	Revision    string // [A-Za-z0-9._:+-]{1,128}
	Epoch       uint64 // at most [MaxEpoch]; 0 for none
	Source      Digest // of the definitions
	Compiler    string // version of the compiler
	Entrypoints []string
	Agreement   Agreement
	Subset      *Subset // nil for a bundle that holds the whole policy
	Parts       []Part  // every member but the manifest and the signatures, sorted by name
}

// Part is what the manifest announces of one member.
type Part struct {
	Name   string
	Size   int64
	Digest Digest
}

// Agreement is the result of the check that tables and Rego decide alike. The zero Agreement says that
// nothing was checked.
type Agreement struct {
	Requests int64  // how many requests were evaluated on both sides
	Full     bool   // they were all there are, not a sample
	Seed     uint64 // of the generated requests
}

// Subset says that a bundle holds only a part of a policy, and which: what it leaves out it denies.
type Subset struct {
	For        string   // whom the part is for, such as [ForClient]
	Namespaces []string // those that it decides about
	Types      []string // the subject types that it knows
	Subjects   int64    // how many stored subjects it is about; 0 for a part that is the same for everybody
}

// ForClient is the subset that a client may see, such as a browser.
const ForClient = "client"

// CheckRevision reports whether text can be a revision.
func CheckRevision(text string) bool { return revisionPattern.MatchString(text) }

var revisionPattern = regexp.MustCompile(`^[A-Za-z0-9._:+-]{1,128}$`)

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
func (m *Manifest) encode() []byte {
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
	if err := encoder.Encode(manifestText{metadataText{own}, 1, m.Revision, roots}); err != nil {
		panic("BUG: a manifest does not encode: " + err.Error())
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n"))
}
