package bundles

import (
	"archive/tar"
	"bufio"
	"crypto/sha256"
	"errors"
	"hash"
	"io"
	"runtime"
	"slices"
	"strings"

	"github.com/klauspost/compress/gzip"

	"github.com/lictor-dev/lictor/bundles/manifest"
)

const (
	readBuffer = 64 << 10
	chunkBytes = 256 << 10 // read and hashed at once, small enough to stay in cache
	// maxPadding is how many zero bytes may follow the end of the tar archive: tar programs fill up to a
	// record of 10 KiB, some to larger ones.
	maxPadding = 1 << 20
)

// archive reads the members of a bundle from a source, one after the other.
type archive struct {
	limits  Limits
	keep    func(name string) bool
	offHeap bool
	source  *bufio.Reader
	gzip    *gzip.Reader
	plain   *boundedReader
	tar     *tar.Reader
	seen    map[string]bool
	tables  *Memory
}

func newArchive(r io.Reader, limits Limits, keep func(string) bool, offHeap bool) (*archive, error) {
	a := &archive{limits: limits, keep: keep, offHeap: offHeap, seen: map[string]bool{}}
	a.source = bufio.NewReaderSize(newBoundedReader(r, limits.Compressed, "compressed bytes"), readBuffer)
	var err error
	if a.gzip, err = gzip.NewReader(a.source); err != nil {
		return nil, archiveFault(err)
	}
	a.gzip.Multistream(false)
	a.plain = newBoundedReader(a.gzip, limits.Total, "bytes")
	a.tar = tar.NewReader(a.plain)
	return a, nil
}

// archiveFault turns what the decoders say into our own errors.
func archiveFault(err error) error {
	if limit, ok := errors.AsType[*LimitError](err); ok {
		return limit
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return ErrTruncated
	}
	return &ArchiveError{Err: err}
}

// next returns the next member, io.EOF after the last one.
func (a *archive) next() (Member, error) {
	header, err := a.tar.Next()
	if err == io.EOF {
		return Member{}, a.finish()
	}
	if err != nil {
		return Member{}, archiveFault(err)
	}
	name, err := a.admit(header)
	if err != nil {
		return Member{}, err
	}
	return a.read(name, header.Size)
}

// admit says whether a member may be in a bundle at all, before anything of it is read.
func (a *archive) admit(header *tar.Header) (string, error) {
	name := strings.TrimPrefix(header.Name, "/")
	if header.Typeflag != tar.TypeReg {
		return "", &KindError{Name: name, Kind: header.Typeflag}
	}
	for record := range header.PAXRecords {
		if strings.HasPrefix(record, "GNU.sparse.") {
			return "", &KindError{Name: name, Kind: tar.TypeGNUSparse}
		}
	}
	if err := manifest.CheckPath(name); err != nil {
		return "", err
	}
	if a.seen[name] {
		return "", &RepeatedError{Name: name}
	}
	a.seen[name] = true
	if len(a.seen) > a.limits.Members {
		return "", &LimitError{What: "members", Limit: int64(a.limits.Members)}
	}
	if limit := a.limits.member(name); header.Size > limit {
		return "", &LimitError{What: "bytes of a member", Name: name, Limit: limit}
	}
	return name, nil
}

// read reads a member, keeps it if it is wanted and digests it in any case.
func (a *archive) read(name string, size int64) (Member, error) {
	m := Member{Name: name, Size: size}
	sum := sha256.New()
	var err error
	switch {
	case name == ManifestName || name == SignaturesName:
		m.Bytes, err = a.readHeap(sum, size)
	case !a.keep(name):
		_, err = io.CopyBuffer(sum, a.tar, make([]byte, min(size, chunkBytes)+1))
	case name == TablesName && a.offHeap:
		err = a.readOffHeap(sum, size)
	default:
		m.Bytes, err = a.readHeap(sum, size)
	}
	if err != nil {
		return Member{}, archiveFault(err)
	}
	sum.Sum(m.Digest[:0])
	return m, nil
}

// readHeap grows as bytes arrive, so that a header alone cannot claim memory.
func (a *archive) readHeap(sum hash.Hash, size int64) ([]byte, error) {
	content := make([]byte, 0, min(size, chunkBytes))
	for int64(len(content)) < size {
		n := int(min(size-int64(len(content)), chunkBytes))
		content = slices.Grow(content, n)
		if _, err := io.ReadFull(a.tar, content[len(content):len(content)+n]); err != nil {
			return nil, err
		}
		content = content[:len(content)+n]
	}
	sum.Write(content)
	return content, nil
}

// readOffHeap reads the tables into memory that the system commits page by page as bytes arrive.
func (a *archive) readOffHeap(sum hash.Hash, size int64) error {
	memory, err := newMemory(size)
	if err != nil {
		return err
	}
	defer runtime.KeepAlive(memory)
	for chunk := range slices.Chunk(memory.bytes, chunkBytes) {
		if _, err := io.ReadFull(a.tar, chunk); err != nil {
			return err
		}
		sum.Write(chunk)
	}
	a.tables = memory
	return memory.seal()
}

// finish checks that nothing but padding follows the last member, and returns io.EOF.
func (a *archive) finish() error {
	rest := newBoundedReader(a.plain, maxPadding, "bytes of padding")
	buffer := make([]byte, readBuffer)
	for {
		n, err := rest.Read(buffer)
		if slices.ContainsFunc(buffer[:n], func(b byte) bool { return b != 0 }) {
			return ErrTrailing
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return archiveFault(err)
		}
	}
	if _, err := a.source.Peek(1); err == nil {
		return ErrTrailing
	} else if err != io.EOF {
		return archiveFault(err)
	}
	return io.EOF
}
