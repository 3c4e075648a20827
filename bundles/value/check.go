package value

import (
	"encoding/binary"
	"errors"
)

// ErrEncoding says that bytes are not one well-formed encoded value.
var ErrEncoding = errors.New("malformed encoded value")

// Check proves that b starts with one well-formed value, so that every method of it stays in bounds,
// and returns that value. It follows the rules of FORMAT.md; nesting is bounded by [MaxDepth].
func Check(b []byte) (Value, error) {
	size, err := check(b, 0)
	if err != nil {
		return nil, err
	}
	return Value(b[:size:size]), nil
}

func check(b []byte, depth int) (size int, err error) {
	if len(b) == 0 || depth > MaxDepth+1 {
		return 0, ErrEncoding
	}
	switch Kind(b[0]) {
	case Null, False, True:
		return headBytes, nil
	case Integer:
		if len(b) < headBytes+8 {
			return 0, ErrEncoding
		}
		if n := Value(b).Int(); n > MaxInteger || n < -MaxInteger {
			return 0, ErrEncoding
		}
		return headBytes + 8, nil
	case Decimal, Big:
		return checkDecimal(b)
	case String:
		return checkLength(b, headBytes)
	case Array, Object, Set:
		return checkBox(b, depth)
	default:
		return 0, ErrEncoding
	}
}

// checkLength returns where the text ends whose length stands at offset at.
func checkLength(b []byte, at int) (int, error) {
	if len(b) < at+lengthSize {
		return 0, ErrEncoding
	}
	n := int(binary.LittleEndian.Uint32(b[at:]))
	if n > len(b)-at-lengthSize {
		return 0, ErrEncoding
	}
	return at + lengthSize + n, nil
}

func checkDecimal(b []byte) (int, error) {
	if len(b) < decimalHead || b[headBytes] > 1 {
		return 0, ErrEncoding
	}
	n := int(binary.LittleEndian.Uint16(b[decimalHead-2:]))
	if n == 0 || n > maxDigits || n > len(b)-decimalHead {
		return 0, ErrEncoding
	}
	digits := b[decimalHead : decimalHead+n]
	for _, c := range digits {
		if c < '0' || c > '9' {
			return 0, ErrEncoding
		}
	}
	exponent := int(int32(binary.LittleEndian.Uint32(b[headBytes+1:])))
	if digits[0] == '0' || digits[n-1] == '0' || exponent > maxExponent || exponent < -maxExponent {
		return 0, ErrEncoding
	}
	if kind := decimalKind(digits, exponent); kind != Kind(b[0]) {
		return 0, ErrEncoding
	}
	return decimalHead + n, nil
}

// decimalKind returns the only kind that may hold 0.digits × 10^exponent.
func decimalKind[T string | []byte](digits T, exponent int) Kind {
	const largest, places = "9007199254740992", 16 // 2⁵³
	switch {
	case len(digits) > exponent && len(digits) > maxFraction:
		return Big
	case len(digits) > exponent:
		return Decimal
	case exponent > places, exponent == places && string(digits) > largest:
		return Big
	default:
		return Integer
	}
}

func checkBox(b []byte, depth int) (int, error) {
	if len(b) < boxHead || depth > MaxDepth {
		return 0, ErrEncoding
	}
	count := int(binary.LittleEndian.Uint32(b[headBytes:]))
	size := int(binary.LittleEndian.Uint32(b[headBytes+4:]))
	if size > len(b)-boxHead {
		return 0, ErrEncoding
	}
	end := boxHead + size
	at := boxHead
	for range count {
		if Kind(b[0]) == Object {
			next, err := checkLength(b[:end], at)
			if err != nil {
				return 0, err
			}
			at = next
		}
		n, err := check(b[at:end], depth+1)
		if err != nil {
			return 0, err
		}
		at += n
	}
	if at != end {
		return 0, ErrEncoding
	}
	return end, nil
}
