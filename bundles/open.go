package bundles

import (
	"io"
	"slices"
	"strings"

	"github.com/lictor-dev/lictor/bundles/sign"
)

// Options say how to read a bundle. The zero Options refuse every bundle, with [ErrNoVerification].
type Options struct {
	// Keys that the bundle may be signed with.
	Keys *sign.KeySet
	// AllowUnsigned opens bundles without checking who made them; a signature is then not looked at. It
	// excludes Keys.
	AllowUnsigned bool
	// HighestEpoch is the highest epoch that has run: a bundle with a lower one is refused.
	HighestEpoch uint64
	Limits       Limits
	// Keep says which members' bytes are wanted; nil means all. The others are checked all the same.
	Keep func(name string) bool
	// OffHeap puts the tables into memory outside the garbage-collected heap, where the system has such: for
	// whoever serves from them for long. [Memory] says what that asks of the caller.
	OffHeap bool
}

// Serving is what an edge keeps of a bundle: a value for [Options.Keep].
func Serving(name string) bool {
	return name == TablesName || name == TestsName || name == WasmName
}

// Open reads a whole bundle from r and checks all of it: within the limits, well formed, signed by one of the
// keys, every member as the signature and the manifest announce it, not older than what has run. It
// decodes no member before the signature has been checked over the raw bytes of every member.
//
// The errors are [ErrNoVerification], [ErrUnsigned], [ErrTruncated], [ErrTrailing], [*ArchiveError], [*NameError],
// [*KindError], [*RepeatedError], [*LimitError], those of [sign.KeySet.Verify], [*MembersError],
// [*ManifestError], [*FormatError] and [*EpochError].
func Open(r io.Reader, options Options) (*Bundle, error) {
	b, err := read(r, options)
	if err != nil {
		return nil, err
	}
	if b.Manifest.Epoch < options.HighestEpoch {
		return nil, &EpochError{Got: b.Manifest.Epoch, Highest: options.HighestEpoch}
	}
	return b, nil
}

func read(r io.Reader, options Options) (*Bundle, error) {
	if (options.Keys == nil) == !options.AllowUnsigned {
		return nil, ErrNoVerification
	}
	b, err := scan(r, options)
	if err != nil {
		return nil, err
	}
	if b.Signature, err = checkSignature(b, options.Keys); err != nil {
		return nil, err
	}
	return b, b.readManifest()
}

// scan reads every member and checks none.
func scan(r io.Reader, options Options) (*Bundle, error) {
	keep := options.Keep
	if keep == nil {
		keep = func(string) bool { return true }
	}
	a, err := newArchive(r, options.Limits.withDefaults(), keep, options.OffHeap)
	if err != nil {
		return nil, err
	}
	b := &Bundle{}
	for {
		m, err := a.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		b.members = append(b.members, m)
	}
	slices.SortFunc(b.members, func(x, y Member) int { return strings.Compare(x.Name, y.Name) })
	b.tables = a.tables
	if m, found := b.Member(TablesName); found && m.Bytes != nil {
		b.tables = &Memory{bytes: m.Bytes}
	}
	return b, nil
}

// checkSignature checks who signed and that every member is what was signed. Without keys there is
// nothing to check.
func checkSignature(b *Bundle, keys *sign.KeySet) (*sign.Statement, error) {
	if keys == nil {
		return nil, nil
	}
	signatures, found := b.Member(SignaturesName)
	if !found {
		return nil, ErrUnsigned
	}
	statement, err := keys.Verify(signatures.Bytes)
	if err != nil {
		return nil, err
	}
	if faults := signedFaults(b, statement); len(faults) > 0 {
		return nil, &MembersError{Faults: faults}
	}
	return statement, nil
}

// readManifest decodes the manifest and compares the other members with it.
func (b *Bundle) readManifest() error {
	text, found := b.Member(ManifestName)
	if !found {
		return &MembersError{Faults: []Fault{{Name: ManifestName, Status: StatusMissing, By: "format"}}}
	}
	manifest, err := DecodeManifest(text.Bytes)
	if err != nil {
		return err
	}
	b.Manifest, b.ID = *manifest, text.Digest
	if faults := announcedFaults(b); len(faults) > 0 {
		return &MembersError{Faults: faults}
	}
	return nil
}
