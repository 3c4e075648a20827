package unpack

import "hash/crc32"

const (
	windowSize = 32 << 10 // how far back a match may reach (RFC 1951, section 2)
	maxMatch   = 258
	maxBits    = 15
)

// inflater decompresses a gzip stream of one member (RFC 1952) in memory.
type inflater struct {
	in    []byte
	at    int
	bits  uint64 // read ahead, the next in the lowest place
	count uint   // how many

	out     [2*windowSize + maxMatch]byte
	written int // bytes in out
	taken   int // of them, given to the reader
	summed  int // of them, in the checksum

	total    int64
	checksum uint32
	final    bool // the last block began
	inBlock  bool
	stored   int // bytes left of a block that is not compressed; -1 in one that is
	over     bool
	err      error

	literals, distances decoder
}

// newInflater reads the header. What is wrong with it is the error of the first read.
func newInflater(in []byte) *inflater {
	f := &inflater{in: in}
	f.err = f.header()
	return f
}

// header reads the header of a gzip member, which has no name, no comment and nothing extra (rule A2).
func (f *inflater) header() error {
	const size = 10
	if len(f.in) < size {
		return ErrTruncated
	}
	if string(f.in[:4]) != "\x1f\x8b\x08\x00" {
		return ErrArchive
	}
	f.at = size
	return nil
}

// expected returns how many bytes are likely to come at most; more may.
func (f *inflater) expected() int64 { return 8 * int64(len(f.in)-f.at) }

// full fills dst.
func (f *inflater) full(dst []byte) error {
	for len(dst) > 0 {
		n, err := f.read(dst)
		if err != nil {
			return err
		}
		if n == 0 {
			return ErrTruncated
		}
		dst = dst[n:]
	}
	return nil
}

// read returns 0 bytes at the end of the stream.
func (f *inflater) read(dst []byte) (int, error) {
	for f.taken == f.written && f.err == nil && !f.over {
		f.slide()
		f.err = f.step()
		f.sum()
	}
	if f.taken == f.written {
		return 0, f.err
	}
	n := copy(dst, f.out[f.taken:f.written])
	f.taken += n
	if f.total += int64(n); f.total > maxTotal {
		f.err = ErrLimit
		return 0, f.err
	}
	return n, nil
}

// slide makes room, and keeps what matches may reach.
func (f *inflater) slide() {
	if f.written < windowSize {
		return
	}
	n := copy(f.out[:], f.out[f.written-min(f.written, windowSize):f.written])
	f.written, f.taken, f.summed = n, n, n
}

// sum adds new bytes to the checksum.
func (f *inflater) sum() {
	f.checksum = crc32.Update(f.checksum, crc32.IEEETable, f.out[f.summed:f.written])
	f.summed = f.written
}

// step decompresses until out is full, or a block ends.
func (f *inflater) step() error {
	switch {
	case !f.inBlock && f.final:
		f.over = true
		return nil
	case !f.inBlock:
		return f.begin()
	case f.stored >= 0:
		return f.copyStored()
	default:
		return f.decode()
	}
}

// need makes sure of n bits, at most 32.
func (f *inflater) need(n uint) bool {
	for f.count < n {
		if f.at == len(f.in) {
			return false
		}
		f.bits |= uint64(f.in[f.at]) << f.count
		f.at++
		f.count += 8
	}
	return true
}

// take returns n bits that are there.
func (f *inflater) take(n uint) int {
	v := f.bits & (1<<n - 1)
	f.bits >>= n
	f.count -= n
	return int(v)
}

// begin reads the head of a block (RFC 1951, section 3.2.3).
func (f *inflater) begin() error {
	if !f.need(3) {
		return ErrTruncated
	}
	f.final = f.take(1) == 1
	f.inBlock, f.stored = true, -1
	switch f.take(2) {
	case 0:
		return f.beginStored()
	case 1:
		f.literals.fix(288)
		f.distances.fix(30)
		return nil
	case 2:
		return f.readTables()
	default:
		return ErrArchive
	}
}

func (f *inflater) beginStored() error {
	f.take(f.count & 7) // to the next byte
	if !f.need(32) {
		return ErrTruncated
	}
	n, inverse := f.take(16), f.take(16)
	if n != ^inverse&0xffff {
		return ErrArchive
	}
	f.stored = n
	return nil
}

func (f *inflater) copyStored() error {
	for f.count > 0 && f.stored > 0 && f.written < 2*windowSize { // what was read ahead
		f.out[f.written] = byte(f.take(8))
		f.written++
		f.stored--
	}
	n := min(f.stored, 2*windowSize-f.written)
	if f.count == 0 && n > 0 {
		if len(f.in)-f.at < n {
			return ErrTruncated
		}
		f.written += copy(f.out[f.written:], f.in[f.at:f.at+n])
		f.at += n
		f.stored -= n
	}
	f.inBlock = f.stored > 0
	return nil
}

// end checks what follows the stream: its checksum, its size, and nothing else.
func (f *inflater) end() error {
	f.take(f.count & 7)
	if !f.need(32) {
		return ErrTruncated
	}
	checksum := uint32(f.take(32))
	if !f.need(32) {
		return ErrTruncated
	}
	switch size := uint32(f.take(32)); {
	case checksum != f.checksum, size != uint32(f.total):
		return ErrArchive
	case f.at != len(f.in) || f.count > 0:
		return ErrTrailing
	}
	return nil
}
