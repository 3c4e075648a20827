// Package unpack reads a bundle from memory in guest modules, where package bundles would cost more than all of the engine:
// compress/flate, archive/tar and crypto/sha256 bring fmt, os and more with them. It checks what rules A1 to A6, N1 to N4 and
// M1 to M6 of bundles/FORMAT.md say, and not who signed the bundle: that is for whoever hands it over. Of tar it
// knows plain ustar headers only, which is what writers use (rule A2).
//
// Start reading at [Open].
package unpack

import (
	"errors"
	"strings"

	"github.com/lictor-dev/lictor/bundles/manifest"
)

// Bundle is what an engine needs of a bundle.
type Bundle struct {
	Manifest manifest.Manifest
	ID       manifest.Digest // of the manifest
	Tables   []byte
	Tests    []byte // nil for a bundle without
}

// The errors of [Open] beside those of package manifest.
var (
	ErrArchive   = errors.New("not a bundle, or a damaged one")
	ErrTruncated = errors.New("the bundle is truncated")
	ErrTrailing  = errors.New("something follows the end of the bundle")
	ErrKind      = errors.New("the bundle holds something that is not a plain file with a ustar header")
	ErrRepeated  = errors.New("a member occurs twice")
	ErrLimit     = errors.New("the bundle is larger than a limit allows")
	ErrMembers   = errors.New("the members are not those that the manifest announces")
)

// The limits of rule A6. That of bytes is lower than elsewhere, since they count twice while a bundle is read.
const (
	maxTotal   = 1 << 30
	maxMember  = 512 << 20
	maxMembers = 1024
	maxPadding = 1 << 20
)

// Open reads a whole bundle. The errors are those of this package, [*manifest.NameError], [*manifest.FormatError] and
// [*manifest.Error], some wrapped. The memory of archive is not used afterwards.
func Open(archive []byte) (*Bundle, error) {
	r := newReader(archive)
	found := map[string]manifest.Part{}
	b := &Bundle{}
	var announced []byte
	for {
		m, err := r.next()
		if err != nil {
			return nil, err
		}
		if m == nil {
			break
		}
		if _, twice := found[m.part.Name]; twice {
			return nil, ErrRepeated
		}
		found[m.part.Name] = m.part
		switch m.part.Name {
		case manifest.ManifestName:
			announced, b.ID = m.content, m.part.Digest
		case manifest.TablesName:
			b.Tables = m.content
		case manifest.TestsName:
			b.Tests = m.content
		}
	}
	if announced == nil {
		return nil, ErrMembers
	}
	read, err := manifest.Decode(announced)
	if err != nil {
		return nil, err
	}
	b.Manifest = *read
	return b, b.compare(found)
}

// compare checks that the members are exactly those that the manifest announces (rule M3).
func (b *Bundle) compare(found map[string]manifest.Part) error {
	delete(found, manifest.ManifestName)
	delete(found, manifest.SignaturesName)
	for _, part := range b.Manifest.Parts {
		if found[part.Name] != part {
			return &MemberError{part.Name, ErrMembers}
		}
		delete(found, part.Name)
	}
	for name := range found {
		return &MemberError{name, ErrMembers}
	}
	return nil
}

// MemberError says which member an error is about.
type MemberError struct {
	Name string
	Err  error
}

func (e *MemberError) Error() string {
	return "member " + strings.ToValidUTF8(e.Name[:min(len(e.Name), maxName)], "") + ": " + e.Err.Error()
}

// Unwrap returns the error.
func (e *MemberError) Unwrap() error { return e.Err }

const maxName = 80
