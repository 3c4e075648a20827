// Package bundles reads and writes bundles: the compiled artefact, a .tar.gz that stock OPA loads as it is
// and that carries the same policy as decision tables. FORMAT.md numbers the rules of the format.
//
// [Draft.Write] makes a bundle: the same draft gives the same bytes, on any machine. [Open] reads one from
// any source, within [Limits], and gives nothing to the caller before the signature, every digest and
// every size have been checked. [Verify] does the same checks and reports on each member. [Validate]
// is the judge of every writer.
package bundles

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/lictor-dev/lictor/bundles/sign"
)

// The members with a meaning of their own. Names have no leading slash; in the archive they have one, as
// OPA writes them.
const (
	ManifestName   = ".manifest"
	SignaturesName = ".signatures.json"
	DataName       = "lictor/data.json"
	TablesName     = "lictor/tables.bin"
	TestsName      = "lictor/tests.json" // optional; golden decisions, see package golden of runtime
	WasmName       = "policy.wasm"       // optional
)

// Bundle is a bundle that passed every check of [Open]. It is immutable and safe for concurrent use.
type Bundle struct {
	Manifest Manifest
	// Signature is what the verified signature states; nil when the bundle was opened without keys.
	Signature *sign.Statement
	// ID is the digest of the manifest, which names the digests of all parts: two bundles with the same
	// ID decide alike.
	ID Digest

	members []Member
	tables  *Memory
}

// Member is one file of a bundle.
type Member struct {
	Name   string
	Size   int64
	Digest Digest
	Bytes  []byte // read only; nil when the member was not kept, or is off the heap (see [Bundle.Tables])
}

// Members returns the bundle's members, sorted by name. The caller must not change them.
func (b *Bundle) Members() []Member { return b.members }

// Member returns the member with the given name.
func (b *Bundle) Member(name string) (Member, bool) {
	i, found := slices.BinarySearchFunc(b.members, name, func(m Member, name string) int {
		return strings.Compare(m.Name, name)
	})
	if !found {
		return Member{}, false
	}
	return b.members[i], true
}

// Tables returns the memory that holds lictor/tables.bin; nil when it was not kept. With [Options.OffHeap]
// whoever uses its bytes, or anything that points into them, must keep the Memory reachable meanwhile.
func (b *Bundle) Tables() *Memory { return b.tables }

// Digest is a SHA-256 digest.
type Digest [sha256.Size]byte

// String returns the digest as 64 lower-case hexadecimal digits.
func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// DigestOf returns the digest of content.
func DigestOf(content []byte) Digest { return sha256.Sum256(content) }

// ParseDigest reads what [Digest.String] writes, and only that.
func ParseDigest(text string) (Digest, bool) {
	var d Digest
	if len(text) != hex.EncodedLen(len(d)) || strings.ToLower(text) != text {
		return Digest{}, false
	}
	_, err := hex.Decode(d[:], []byte(text))
	return d, err == nil
}
