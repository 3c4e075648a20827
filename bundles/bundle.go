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
	"slices"
	"strings"

	"github.com/lictor-dev/lictor/bundles/sign"
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

// DigestOf returns the digest of content.
func DigestOf(content []byte) Digest { return sha256.Sum256(content) }
