package bundles

import (
	"archive/tar"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/klauspost/compress/gzip"

	"github.com/lictor-dev/lictor/bundles/manifest"
	"github.com/lictor-dev/lictor/bundles/sign"
)

// gzipLevel is fixed, since it decides the bytes of a bundle.
const gzipLevel = 6

// Draft is a bundle to be written.
type Draft struct {
	Revision    string // see [CheckRevision]
	Epoch       uint64
	Source      Digest
	Compiler    string
	Entrypoints []string
	Agreement   Agreement
	Subset      *Subset // nil for a bundle that holds the whole policy
	// Parts holds the content of every member but the manifest and the signatures, by name. The data
	// and the tests must be in canonical form (see [Canonical]).
	Parts map[string][]byte
	// Key signs the bundle; nil leaves it unsigned.
	Key *sign.PrivateKey
}

// Warning is something about a draft that is legal and probably wrong.
type Warning string

// SignedWithoutEpoch says that a signed bundle has epoch 0: an edge cannot tell it from an older one.
const SignedWithoutEpoch Warning = "the bundle is signed with epoch 0, so an older bundle could be put in its place"

// Warnings returns what is probably wrong with the draft.
func (d *Draft) Warnings() []Warning {
	if d.Key != nil && d.Epoch == 0 {
		return []Warning{SignedWithoutEpoch}
	}
	return nil
}

// Manifest returns the manifest that the draft is written with. The error is a [*ManifestError] or a
// [*NameError].
func (d *Draft) Manifest() (*Manifest, error) {
	m := &Manifest{
		Format: Format, Revision: d.Revision, Epoch: d.Epoch, Source: d.Source,
		Compiler: d.Compiler, Entrypoints: d.Entrypoints, Agreement: d.Agreement, Subset: d.Subset,
	}
	for _, name := range sortedKeys(d.Parts) {
		if err := CheckName(name); err != nil {
			return nil, err
		}
		content := d.Parts[name]
		m.Parts = append(m.Parts, Part{Name: name, Size: int64(len(content)), Digest: DigestOf(content)})
	}
	return DecodeManifest(encode(m))
}

// Write writes the bundle. The same draft gives the same bytes, on any machine and at any time.
func (d *Draft) Write(w io.Writer) error {
	announced, err := d.Manifest()
	if err != nil {
		return err
	}
	if err := checkCanonical(d.Parts); err != nil {
		return err
	}
	text := encode(announced)
	members := []content{{ManifestName, text}}
	if d.Key != nil {
		signatures, err := sign.Sign(d.Key, files(announced, text))
		if err != nil {
			return err
		}
		members = []content{{SignaturesName, signatures}, {ManifestName, text}}
	}
	for _, part := range announced.Parts {
		members = append(members, content{part.Name, d.Parts[part.Name]})
	}
	return writeArchive(w, members)
}

// checkCanonical checks the members that must be in canonical form: the data, and the tests if there are any.
func checkCanonical(parts map[string][]byte) error {
	for _, name := range []string{DataName, TestsName} {
		text, found := parts[name]
		if name == TestsName && !found || manifest.IsCanonical(text) {
			continue
		}
		if _, err := Canonical(text); err != nil {
			return fmt.Errorf("member %s: %w", quote(name), err)
		}
		return fmt.Errorf("member %s: not in canonical form", quote(name))
	}
	return nil
}

// files returns what a signature lists for a bundle whose manifest is m, encoded as text.
func files(m *Manifest, text []byte) []sign.File {
	list := []sign.File{signedFile(ManifestName, DigestOf(text))}
	for _, part := range m.Parts {
		list = append(list, signedFile(part.Name, part.Digest))
	}
	return list
}

func signedFile(name string, d Digest) sign.File {
	return sign.File{Name: name, Hash: d.String(), Algorithm: sign.DigestAlgorithm}
}

type content struct {
	name  string
	bytes []byte
}

// writeArchive writes members in order. Nothing but their names and bytes decides the output.
func writeArchive(w io.Writer, members []content) error {
	zip, err := gzip.NewWriterLevel(w, gzipLevel)
	if err != nil {
		panic("BUG: gzip level: " + err.Error())
	}
	out := tar.NewWriter(zip)
	for _, m := range members {
		header := &tar.Header{
			Typeflag: tar.TypeReg, Name: "/" + m.name, Size: int64(len(m.bytes)),
			Mode: 0o644, Format: tar.FormatUSTAR,
		}
		if err := out.WriteHeader(header); err != nil {
			return err
		}
		if _, err := out.Write(m.bytes); err != nil {
			return err
		}
	}
	if err := out.Close(); err != nil {
		return err
	}
	return zip.Close()
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
