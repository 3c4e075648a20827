package manifest

import "strings"

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

// Member is one file of a bundle.
type Member struct {
	Name   string
	Size   int64
	Digest Digest
	Bytes  []byte // read only; nil when the member was not kept, or is off the heap (see Bundle.Tables in package bundles)
}

// Digest is a SHA-256 digest.
type Digest [32]byte

const hexDigits = "0123456789abcdef"

// String returns the digest as 64 lower-case hexadecimal digits.
func (d Digest) String() string {
	text := make([]byte, 0, 2*len(d))
	for _, b := range d {
		text = append(text, hexDigits[b>>4], hexDigits[b&15])
	}
	return string(text)
}

// ParseDigest reads what [Digest.String] writes, and only that.
func ParseDigest(text string) (Digest, bool) {
	var d Digest
	if len(text) != 2*len(d) {
		return d, false
	}
	for i := range len(text) {
		digit := strings.IndexByte(hexDigits, text[i])
		if digit < 0 {
			return Digest{}, false
		}
		d[i/2] = d[i/2]<<4 | byte(digit)
	}
	return d, true
}
