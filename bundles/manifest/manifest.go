// Package manifest reads what a bundle says of itself: the manifest, rules M1 to M6 of bundles/FORMAT.md, with the names and the
// digests of the members. It knows nothing of archives and signatures, which are package bundles', and links nothing that costs much: guest modules read
// bundles with it.
package manifest

const (
	// Format is the newest format of bundles that this program reads, and the one it writes.
	Format = 1
	// MaxEpoch is the largest epoch, 2⁵³: the range in which every JSON reader agrees.
	MaxEpoch = 1 << 53
)

// MaxTests bounds the bytes of the golden decisions, and MaxText those of the manifest and of the signatures: they are held as a
// whole.
const (
	MaxTests = 16 << 20
	MaxText  = 1 << 20
)

// Roots are what a bundle owns in an OPA that loads it.
func Roots() []string { return []string{"lictor", "custom"} }

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
func CheckRevision(text string) bool {
	if len(text) < 1 || len(text) > maxRevision {
		return false
	}
	for i := range len(text) {
		if c := text[i]; !nameByte(c) && c != ':' && c != '+' {
			return false
		}
	}
	return true
}

const maxRevision = 128
