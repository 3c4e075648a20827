package bundles

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// ErrNotDeterministic says that a bundle is sound and yet not the bytes that [Draft.Write] gives.
var ErrNotDeterministic = errors.New("the bytes are not those the writer gives")

// Validate judges the bytes of a bundle as strictly as any writer must be judged: [Open] accepts them, the
// data and the tests are in canonical form, and writing the same members again gives the same bytes.
func Validate(raw []byte, options Options) error {
	options.Keep = nil
	b, err := Open(bytes.NewReader(raw), options)
	if err != nil {
		return err
	}
	parts := map[string][]byte{}
	for _, m := range b.members {
		parts[m.Name] = m.Bytes
	}
	if err := checkCanonical(parts); err != nil {
		return err
	}
	signatures, _ := b.Member(SignaturesName)
	var again bytes.Buffer
	if err := b.Rewrite(&again, signatures.Bytes); err != nil {
		return err
	}
	if !bytes.Equal(again.Bytes(), raw) {
		return ErrNotDeterministic
	}
	return nil
}

// Rewrite writes the bundle with other signatures, made by whoever holds the key, such as by `opa sign`. No
// signatures leave it unsigned. The bundle must have been opened with all its members kept.
func (b *Bundle) Rewrite(w io.Writer, signatures []byte) error {
	var members []content
	if signatures != nil {
		members = append(members, content{SignaturesName, signatures})
	}
	manifest, _ := b.Member(ManifestName)
	members = append(members, content{ManifestName, manifest.Bytes})
	for _, m := range b.members {
		if m.Name == ManifestName || m.Name == SignaturesName {
			continue
		}
		if m.Bytes == nil && m.Size > 0 {
			return fmt.Errorf("member %s: its bytes were not kept", quote(m.Name))
		}
		members = append(members, content{m.Name, m.Bytes})
	}
	return writeArchive(w, members)
}
