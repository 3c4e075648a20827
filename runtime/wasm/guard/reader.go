package guard

import "fmt"

// reader reads the binary format. The first error stays, and everything read after it is zero.
type reader struct {
	bytes []byte
	at    int
	base  int // offset of bytes in the module
	err   error
}

func (r *reader) fail(reason string, args ...any) {
	r.refuse(&FormatError{Offset: r.base + r.at, Reason: fmt.Sprintf(reason, args...)})
}

func (r *reader) refuse(err error) {
	if r.err == nil {
		r.err = err
		r.at = len(r.bytes)
	}
}

func (r *reader) more() bool { return r.err == nil && r.at < len(r.bytes) }

func (r *reader) byte() byte {
	if r.at >= len(r.bytes) {
		r.fail("truncated")
		return 0
	}
	r.at++
	return r.bytes[r.at-1]
}

// take returns the next n bytes.
func (r *reader) take(n uint32) []byte {
	if uint64(n) > uint64(len(r.bytes)-r.at) {
		r.fail("truncated")
		return nil
	}
	r.at += int(n)
	return r.bytes[r.at-int(n) : r.at : r.at]
}

// u32 reads an unsigned LEB128 number.
func (r *reader) u32() uint32 {
	var n uint64
	for shift := 0; ; shift += 7 {
		b := r.byte()
		n |= uint64(b&0x7f) << shift
		if b < 0x80 || r.err != nil {
			break
		}
		if shift == 28 {
			r.fail("number is too long")
		}
	}
	if n > 0xffffffff {
		r.fail("number is too large")
		return 0
	}
	return uint32(n)
}

// signed reads a signed LEB128 number of at most 64 bits.
func (r *reader) signed() int64 {
	var n int64
	for shift := 0; r.err == nil; shift += 7 {
		b := r.byte()
		n |= int64(b&0x7f) << shift
		if b < 0x80 {
			if b&0x40 != 0 && shift+7 < 64 {
				n |= -1 << (shift + 7)
			}
			break
		}
		if shift == 63 {
			r.fail("number is too long")
		}
	}
	return n
}

func (r *reader) name() string { return string(r.take(r.u32())) }

// limits reads the bounds of a table or a memory, and returns the lower one.
func (r *reader) limits() uint32 {
	flag, low := r.byte(), r.u32()
	switch flag {
	case 0:
	case 1:
		r.u32()
	default:
		r.fail("limits of kind %d", flag)
	}
	return low
}

// constant reads an initial value. Those that are no 32 bit integer count as 0.
func (r *reader) constant() (n int64) {
	switch op := r.byte(); op {
	case 0x41:
		n = r.signed()
	case 0x42:
		r.signed()
	case 0x43:
		r.take(4)
	case 0x44:
		r.take(8)
	default:
		r.fail("initial value by instruction 0x%02x", op)
	}
	if end := r.byte(); end != opEnd {
		r.fail("initial value by more than one instruction")
	}
	return n
}

func appendU32(dst []byte, n uint32) []byte {
	for ; n >= 0x80; n >>= 7 {
		dst = append(dst, byte(n)|0x80)
	}
	return append(dst, byte(n))
}

func appendS32(dst []byte, n int32) []byte {
	for {
		b := byte(n) & 0x7f
		n >>= 7
		if n == 0 && b&0x40 == 0 || n == -1 && b&0x40 != 0 {
			return append(dst, b)
		}
		dst = append(dst, b|0x80)
	}
}
