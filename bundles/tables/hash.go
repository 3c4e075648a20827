package tables

import (
	"math/bits"

	"github.com/lictor-dev/lictor/bundles/internal/load"
)

// Odd constants with about as many ones as zeros.
const (
	k0 = 0xa0761d6478bd642f
	k1 = 0xe7037ed1a0b428db
	k2 = 0x8ebc6af09c88c6e3
)

// mix folds the 128-bit product of a and b.
func mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}

// hashText hashes the bytes of s (FORMAT.md, rule F5). It is not meant to resist an attacker who
// chooses the keys of a table: the writer tries another seed when a bucket grows long.
func hashText(seed uint64, s string) uint64 {
	var a, b uint64
	n := len(s)
	switch {
	case n > 16:
		for ; len(s) > 16; s = s[16:] {
			seed = mix(load.Text64(s, 0)^k1, load.Text64(s, 8)^seed)
		}
		// What is left is 1 to 16 bytes.
		return mix(k2^uint64(n), mix(tail(s)^k1, uint64(len(s))^seed))
	case n >= 8:
		a, b = load.Text64(s, 0), load.Text64(s, n-8)
	case n >= 4:
		a, b = load.Text32(s, 0), load.Text32(s, n-4)
	case n > 0:
		a = uint64(s[0])<<16 | uint64(s[n>>1])<<8 | uint64(s[n-1])
	}
	return mix(k2^uint64(n), mix(a^k1, b^seed))
}

// tail hashes the 1 to 16 bytes that are left of a long text.
func tail(s string) uint64 {
	n := len(s)
	switch {
	case n >= 8:
		return mix(load.Text64(s, 0)^k0, load.Text64(s, n-8)^k2)
	case n >= 4:
		return mix(load.Text32(s, 0)^k0, load.Text32(s, n-4)^k2)
	default:
		return mix(uint64(s[0])<<16|uint64(s[n>>1])<<8|uint64(s[n-1]), k0)
	}
}

// hashKey hashes a key from the hashes of its parts, in the order of the bits of mask (rule F6).
func hashKey(seed uint64, space, mask uint16, parts *[16]uint64) uint64 {
	h := seed ^ (uint64(space)<<16|uint64(mask))*k0
	for m := mask; m != 0; m &= m - 1 {
		h = mix(h^parts[bits.TrailingZeros16(m)], k1)
	}
	return mix(h, k2)
}

// hashName is hashKey for a key of one part.
func hashName(seed uint64, space uint16, name string) uint64 {
	return mix(mix(seed^(uint64(space)<<16|1)*k0^hashText(seed, name), k1), k2)
}

// filterBit returns the bit that stands for hash h in its bucket's filter.
func filterBit(h uint64) uint32 { return 1 << (h >> 27 & 31) }
