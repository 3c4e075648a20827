package binary

// reader reads a part of a module. Its methods never go beyond the end of the part.
type reader struct {
	all []byte
	at  int
	end int  // at most len(all)
	cut bool // something was missing at the end

	calls []uint32 // the operands of calls so far
}

func (r *reader) fault(reason string) error { return &FormatError{Offset: r.at, Reason: reason} }

// short returns an error when something was missing at the end.
func (r *reader) short() error {
	if r.cut {
		return r.fault("the module ends too early")
	}
	return nil
}

// byte returns the next byte; 0 where there is none, which short then tells.
func (r *reader) byte() byte {
	if r.at >= r.end {
		r.cut = true
		return 0
	}
	r.at++
	return r.all[r.at-1]
}

// skip leaves n bytes out.
func (r *reader) skip(n int) error {
	if n > r.end-r.at {
		r.cut = true
		return r.short()
	}
	r.at += n
	return nil
}

// u32 reads an unsigned integer in LEB128 (section 5.2.2 of the specification).
func (r *reader) u32() (uint32, error) {
	var n uint64
	for shift := 0; shift < 35; shift += 7 {
		b := r.byte()
		n |= uint64(b&0x7f) << shift
		if b < 0x80 {
			if n > 1<<32-1 {
				return 0, r.fault("integer beyond 32 bits")
			}
			return uint32(n), r.short()
		}
	}
	return 0, r.fault("integer of more than 5 bytes")
}

// skipInteger leaves out an integer of at most so many bytes in LEB128.
func (r *reader) skipInteger(most int) error {
	for range most {
		if r.byte() < 0x80 {
			return r.short()
		}
	}
	return r.fault("integer of too many bytes")
}

// sized returns the part that follows behind its size, and goes on behind it.
func (r *reader) sized(what string) (*reader, error) {
	size, err := r.u32()
	if err != nil {
		return nil, err
	}
	if uint64(size) > uint64(r.end-r.at) {
		return nil, r.fault(what + " is longer than what holds it")
	}
	part := &reader{all: r.all, at: r.at, end: r.at + int(size)}
	r.at = part.end
	return part, nil
}

func (r *reader) name() (string, error) {
	part, err := r.sized("name")
	if err != nil {
		return "", err
	}
	return string(part.all[part.at:part.end]), nil
}

func (r *reader) skipName() error {
	_, err := r.sized("name")
	return err
}

// skipLimits leaves out the limits of a table or a memory.
func (r *reader) skipLimits() error {
	bounds := 1
	if r.byte()&1 != 0 {
		bounds = 2
	}
	for range bounds {
		if _, err := r.u32(); err != nil {
			return err
		}
	}
	return nil
}
