package unpack

// decoder decodes symbols of one Huffman code (RFC 1951, section 3.2.2): by the next bits, as many as the longest
// code has, to symbol<<4 | length of the code; 0 where no code is.
type decoder struct {
	table [1 << maxBits]uint16
	width uint
}

// make builds the decoder for codes of the given lengths. It refuses lengths that are no code; one code alone need not
// use up all.
func (d *decoder) make(lengths []uint8) error {
	var count, next [maxBits + 2]int
	d.width = 1
	for _, n := range lengths {
		if n > 0 {
			count[n]++
			d.width = max(d.width, uint(n))
		}
	}
	code, used := 0, 0
	for n := 1; n <= maxBits; n++ {
		code = (code + count[n-1]) << 1
		next[n] = code
		used += count[n]
		if code+count[n] > 1<<n {
			return ErrArchive
		}
	}
	complete := code+count[maxBits] == 1<<maxBits
	if !complete && used > 1 {
		return ErrArchive
	}
	clear(d.table[:1<<d.width])
	for symbol, n := range lengths {
		if n > 0 {
			d.fill(next[n], uint(n), uint16(symbol)<<4|uint16(n))
			next[n]++
		}
	}
	return nil
}

// fill puts an entry wherever the bits of a code come first. Codes are packed with their highest bit first.
func (d *decoder) fill(code int, n uint, entry uint16) {
	reversed := 0
	for range n {
		reversed = reversed<<1 | code&1
		code >>= 1
	}
	for at := reversed; at < 1<<d.width; at += 1 << n {
		d.table[at] = entry
	}
}

// fix builds the fixed codes (section 3.2.6): 288 for literals and lengths, 30 for distances.
func (d *decoder) fix(n int) {
	var lengths [288]uint8
	for i := range lengths[:n] {
		switch {
		case n == 30:
			lengths[i] = 5
		case i < 144, i >= 280:
			lengths[i] = 8
		case i < 256:
			lengths[i] = 9
		default:
			lengths[i] = 7
		}
	}
	if n == 30 {
		_ = d.make(append(lengths[:30:30], 5, 5)) // two codes that never occur make it complete
		return
	}
	_ = d.make(lengths[:n])
}

// symbol decodes one symbol.
func (f *inflater) symbol(d *decoder) (int, error) {
	f.need(d.width) // the last symbol may be shorter
	entry := d.table[f.bits&(1<<d.width-1)]
	n := uint(entry & 15)
	switch {
	case n == 0 && f.count < d.width, n > f.count:
		return 0, ErrTruncated
	case n == 0:
		return 0, ErrArchive
	}
	f.take(n)
	return int(entry >> 4), nil
}

// order is that of the lengths of code lengths (section 3.2.7).
var order = [19]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

// readTables reads the codes of a block (section 3.2.7).
func (f *inflater) readTables() error {
	if !f.need(14) {
		return ErrTruncated
	}
	literals, distances, codes := f.take(5)+257, f.take(5)+1, f.take(4)+4
	if literals > 286 || distances > 30 {
		return ErrArchive
	}
	var lengths [286 + 30 + maxRepeat]uint8
	for i := range codes {
		if !f.need(3) {
			return ErrTruncated
		}
		lengths[order[i]] = uint8(f.take(3))
	}
	if err := f.literals.make(lengths[:len(order)]); err != nil {
		return err
	}
	clear(lengths[:len(order)])
	for n := 0; n < literals+distances; {
		more, err := f.repeat(lengths[:], n)
		if err != nil {
			return err
		}
		if n += more; n > literals+distances {
			return ErrArchive
		}
	}
	if lengths[256] == 0 { // no end of the block
		return ErrArchive
	}
	if err := f.distances.make(lengths[literals : literals+distances]); err != nil {
		return err
	}
	return f.literals.make(lengths[:literals])
}

const maxRepeat = 138

// repeat reads one length, or one that stands for several, to lengths[n:]. It returns how many.
func (f *inflater) repeat(lengths []uint8, n int) (int, error) {
	symbol, err := f.symbol(&f.literals)
	if err != nil {
		return 0, err
	}
	if symbol < 16 {
		lengths[n] = uint8(symbol)
		return 1, nil
	}
	bits, base, value := uint(7), 11, uint8(0)
	switch symbol {
	case 16:
		if n == 0 {
			return 0, ErrArchive
		}
		bits, base, value = 2, 3, lengths[n-1]
	case 17:
		bits, base = 3, 3
	}
	if !f.need(bits) {
		return 0, ErrTruncated
	}
	times := base + f.take(bits)
	for i := range times {
		lengths[n+i] = value
	}
	return times, nil
}

// The lengths and distances that symbols stand for, and how many bits come after them (section 3.2.5).
var (
	lengthBase   = [29]uint16{3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258}
	lengthBits   = [29]uint8{0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0}
	distanceBase = [30]uint16{
		1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577,
	}
	distanceBits = [30]uint8{0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13}
)

// decode decodes symbols of a block.
func (f *inflater) decode() error {
	for f.written < 2*windowSize {
		symbol, err := f.symbol(&f.literals)
		switch {
		case err != nil:
			return err
		case symbol < 256:
			f.out[f.written] = byte(symbol)
			f.written++
		case symbol == 256:
			f.inBlock = false
			return nil
		default:
			if err := f.match(symbol - 257); err != nil {
				return err
			}
		}
	}
	return nil
}

// match copies what was there before.
func (f *inflater) match(symbol int) error {
	if symbol >= len(lengthBase) {
		return ErrArchive
	}
	if !f.need(uint(lengthBits[symbol])) {
		return ErrTruncated
	}
	n := int(lengthBase[symbol]) + f.take(uint(lengthBits[symbol]))
	symbol, err := f.symbol(&f.distances)
	switch {
	case err != nil:
		return err
	case symbol >= len(distanceBase):
		return ErrArchive
	case !f.need(uint(distanceBits[symbol])):
		return ErrTruncated
	}
	distance := int(distanceBase[symbol]) + f.take(uint(distanceBits[symbol]))
	if distance > f.written {
		return ErrArchive
	}
	for from := f.written - distance; n > 0; {
		copied := copy(f.out[f.written:f.written+n], f.out[from:f.written]) // doubles where the two overlap
		f.written += copied
		n -= copied
	}
	return nil
}
