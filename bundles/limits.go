package bundles

import (
	"io"

	"github.com/lictor-dev/lictor/bundles/manifest"
)

// Limits bound what a reader takes from a source before it gives up. A zero field means its default.
type Limits struct {
	Compressed int64 // bytes of the archive; default 512 MiB
	Total      int64 // bytes after decompression, headers and padding included; default 2 GiB
	Member     int64 // bytes of one member; default 1 GiB
	Members    int   // how many members; default 1,024
}

// The defaults of [Limits].
const (
	DefaultCompressed = 512 << 20
	DefaultTotal      = 2 << 30
	DefaultMember     = 1 << 30
	DefaultMembers    = 1024
)

// MaxWasm bounds the bytes of policy.wasm, which are held as a whole and made into machine code.
const MaxWasm = 64 << 20

func (l Limits) withDefaults() Limits {
	return Limits{
		Compressed: orDefault(l.Compressed, DefaultCompressed),
		Total:      orDefault(l.Total, DefaultTotal),
		Member:     orDefault(l.Member, DefaultMember),
		Members:    int(orDefault(int64(l.Members), DefaultMembers)),
	}
}

func orDefault(n, otherwise int64) int64 {
	if n <= 0 {
		return otherwise
	}
	return n
}

// member returns the most bytes that the member of that name may have.
func (l Limits) member(name string) int64 {
	switch name {
	case ManifestName, SignaturesName:
		return min(l.Member, manifest.MaxText)
	case TestsName:
		return min(l.Member, MaxTests)
	case WasmName:
		return min(l.Member, MaxWasm)
	default:
		return l.Member
	}
}

// boundedReader fails with a [*LimitError] when its source holds more than left bytes.
type boundedReader struct {
	from  io.Reader
	left  int64
	limit LimitError
}

func newBoundedReader(from io.Reader, limit int64, what string) *boundedReader {
	return &boundedReader{from: from, left: limit, limit: LimitError{What: what, Limit: limit}}
}

func (r *boundedReader) Read(p []byte) (int, error) {
	if r.left < 0 {
		return 0, &r.limit
	}
	if int64(len(p)) > r.left+1 {
		p = p[:r.left+1]
	}
	n, err := r.from.Read(p)
	r.left -= int64(n)
	if r.left < 0 {
		return n - 1, &r.limit
	}
	return n, err
}
