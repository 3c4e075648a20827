package bundles

import (
	"errors"
	"io"

	"github.com/lictor-dev/lictor/bundles/sign"
)

// Peek reads no more of a bundle than its manifest and the signature over it, and returns the manifest. It
// checks who signed and that the manifest is what was signed; the other members may still be missing or
// damaged. Bundles that [Draft.Write] wrote have both in front, so that this costs little. Its errors are
// those of [Open].
func Peek(r io.Reader, options Options) (*Manifest, error) {
	if (options.Keys == nil) == !options.AllowUnsigned {
		return nil, ErrNoVerification
	}
	b, err := peek(r, options)
	if err != nil {
		return nil, err
	}
	if err := peekSignature(b, options.Keys); err != nil {
		return nil, err
	}
	err = b.readManifest()
	if _, differ := errors.AsType[*MembersError](err); err != nil && !(differ && b.Manifest.Format != 0) {
		return nil, err
	}
	return &b.Manifest, nil
}

// peek reads members until it has the ones it needs.
func peek(r io.Reader, options Options) (*Bundle, error) {
	a, err := newArchive(r, options.Limits.withDefaults(), func(string) bool { return false }, false)
	if err != nil {
		return nil, err
	}
	b := &Bundle{}
	for wanted := 2; wanted > 0; {
		m, err := a.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		switch {
		case m.Name == SignaturesName:
			b.members = append(b.members, m)
			wanted--
		case m.Name == ManifestName:
			b.members = append([]Member{m}, b.members...)
			wanted--
			if options.Keys == nil {
				wanted = 0
			}
		}
	}
	return b, nil
}

func peekSignature(b *Bundle, keys *sign.KeySet) error {
	_, err := checkSignature(b, keys)
	members, differ := errors.AsType[*MembersError](err)
	if !differ {
		return err
	}
	for _, fault := range members.Faults {
		if fault.Name == ManifestName {
			return &MembersError{Faults: []Fault{fault}}
		}
	}
	return nil
}
