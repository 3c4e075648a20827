package unpack

import (
	"bytes"
	"strings"

	"github.com/lictor-dev/lictor/bundles/manifest"
)

const (
	block     = 512
	chunkSize = 64 << 10
)

// Offsets in a ustar header (POSIX.1-1988, "ustar Interchange Format").
const (
	nameEnd     = 100
	sizeAt      = 124
	sizeEnd     = 136
	checksumAt  = 148
	checksumEnd = 156
	kindAt      = 156
	magicAt     = 257
	magicEnd    = 265
	prefixAt    = 345
	prefixEnd   = 500
)

// member is a file of the archive. Its content is nil when it is not wanted.
type member struct {
	part    manifest.Part
	content []byte
}

// reader reads members one after the other.
type reader struct {
	gzip    *inflater
	count   int
	scratch [chunkSize]byte
}

func newReader(archive []byte) *reader { return &reader{gzip: newInflater(archive)} }

// next returns the next member, nil after the last one.
func (r *reader) next() (*member, error) {
	header := r.scratch[:block]
	if err := r.gzip.full(header); err != nil {
		return nil, err
	}
	if isZero(header) {
		return nil, r.finish()
	}
	if r.count++; r.count > maxMembers {
		return nil, ErrLimit
	}
	m, err := readHeader(header)
	if err != nil {
		return nil, err
	}
	if err := r.readContent(m); err != nil {
		return nil, err
	}
	padding := r.scratch[:-m.part.Size&(block-1)]
	return m, r.gzip.full(padding)
}

func readHeader(h []byte) (*member, error) {
	if kind := h[kindAt]; kind != '0' && kind != 0 || string(h[magicAt:magicEnd]) != "ustar\x0000" {
		return nil, ErrKind
	}
	sum, ok := octal(h[checksumAt:checksumEnd])
	if !ok || sum != checksum(h) {
		return nil, ErrArchive
	}
	size, ok := octal(h[sizeAt:sizeEnd])
	if !ok {
		return nil, ErrArchive
	}
	name := text(h[:nameEnd])
	if prefix := text(h[prefixAt:prefixEnd]); prefix != "" {
		name = prefix + "/" + name
	}
	name = strings.TrimPrefix(name, "/")
	if err := manifest.CheckPath(name); err != nil {
		return nil, err
	}
	if size > limitOf(name) {
		return nil, ErrLimit
	}
	return &member{part: manifest.Part{Name: name, Size: size}}, nil
}

func limitOf(name string) int64 {
	switch name {
	case manifest.ManifestName, manifest.SignaturesName:
		return manifest.MaxText
	case manifest.TestsName:
		return manifest.MaxTests
	default:
		return maxMember
	}
}

func text(field []byte) string {
	if end := bytes.IndexByte(field, 0); end >= 0 {
		field = field[:end]
	}
	return string(field)
}

// octal reads a number, which spaces or a zero byte end.
func octal(field []byte) (n int64, ok bool) {
	digits := strings.Trim(text(field), " ")
	for i := range len(digits) {
		if digits[i] < '0' || digits[i] > '7' {
			return 0, false
		}
		n = n<<3 | int64(digits[i]-'0')
	}
	return n, digits != ""
}

// checksum adds up the bytes of a header, with spaces for the checksum itself.
func checksum(h []byte) (sum int64) {
	for i, c := range h {
		if checksumAt <= i && i < checksumEnd {
			c = ' '
		}
		sum += int64(c)
	}
	return sum
}

// readContent reads a member, keeps what an engine needs, and digests all of it. Memory grows with what arrives.
func (r *reader) readContent(m *member) error {
	keep := m.part.Name == manifest.ManifestName || m.part.Name == manifest.TablesName || m.part.Name == manifest.TestsName
	if keep {
		m.content = make([]byte, 0, min(m.part.Size, r.gzip.expected()))
	}
	sum := newDigester()
	for left := m.part.Size; left > 0; {
		chunk := r.scratch[:min(left, chunkSize)]
		if err := r.gzip.full(chunk); err != nil {
			return err
		}
		sum.write(chunk)
		if keep {
			m.content = append(m.content, chunk...)
		}
		left -= int64(len(chunk))
	}
	m.part.Digest = sum.sum()
	return nil
}

// finish checks that nothing but padding follows the last member (rule A5).
func (r *reader) finish() error {
	for padding := 0; ; {
		n, err := r.gzip.read(r.scratch[:])
		if err != nil {
			return err
		}
		if n == 0 {
			return r.gzip.end()
		}
		if padding += n; padding > maxPadding || !isZero(r.scratch[:n]) {
			return ErrTrailing
		}
	}
}

func isZero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}
