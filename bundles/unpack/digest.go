package unpack

import (
	"math/bits"

	"github.com/lictor-dev/lictor/bundles/manifest"
)

// digester computes SHA-256 (FIPS 180-4, section 6.2) of public data, for comparison with a digest that somebody else has vouched for.
type digester struct {
	state [8]uint32
	block [64]byte
	used  int // bytes in block
	total uint64
}

func newDigester() *digester {
	return &digester{state: [8]uint32{
		0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
	}}
}

func (d *digester) write(p []byte) {
	d.total += uint64(len(p))
	if d.used > 0 {
		n := copy(d.block[d.used:], p)
		p = p[n:]
		if d.used += n; d.used < len(d.block) {
			return
		}
		d.compress(d.block[:])
		d.used = 0
	}
	for ; len(p) >= len(d.block); p = p[len(d.block):] {
		d.compress(p[:len(d.block)])
	}
	d.used = copy(d.block[:], p)
}

// sum returns the digest. Nothing may be written afterwards.
func (d *digester) sum() (digest manifest.Digest) {
	length := d.total * 8
	padding := [72]byte{0x80}
	n := 1 + (119-d.used)%64
	for i := range 8 {
		padding[n+i] = byte(length >> (56 - 8*i))
	}
	d.write(padding[:n+8])
	for i, word := range d.state {
		digest[4*i], digest[4*i+1], digest[4*i+2], digest[4*i+3] = byte(word>>24), byte(word>>16), byte(word>>8), byte(word)
	}
	return digest
}

// compress takes in one block of 64 bytes.
func (d *digester) compress(p []byte) {
	var w [64]uint32
	for i := range 16 {
		w[i] = uint32(p[4*i])<<24 | uint32(p[4*i+1])<<16 | uint32(p[4*i+2])<<8 | uint32(p[4*i+3])
	}
	for i := 16; i < 64; i++ {
		a, b := w[i-2], w[i-15]
		w[i] = (bits.RotateLeft32(a, -17) ^ bits.RotateLeft32(a, -19) ^ a>>10) + w[i-7] +
			(bits.RotateLeft32(b, -7) ^ bits.RotateLeft32(b, -18) ^ b>>3) + w[i-16]
	}
	s := d.state
	a, b, c, e, f, g := s[0], s[1], s[2], s[4], s[5], s[6]
	dd, h := s[3], s[7]
	for i := range 64 {
		t1 := h + (bits.RotateLeft32(e, -6) ^ bits.RotateLeft32(e, -11) ^ bits.RotateLeft32(e, -25)) + (e&f ^ ^e&g) + roundConstants[i] + w[i]
		t2 := (bits.RotateLeft32(a, -2) ^ bits.RotateLeft32(a, -13) ^ bits.RotateLeft32(a, -22)) + (a&b ^ a&c ^ b&c)
		h, g, f, e, dd, c, b, a = g, f, e, dd+t1, c, b, a, t1+t2
	}
	for i, v := range [8]uint32{a, b, c, dd, e, f, g, h} {
		d.state[i] += v
	}
}

var roundConstants = [64]uint32{
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
	0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
	0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
	0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
}
