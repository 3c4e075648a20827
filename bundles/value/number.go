package value

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strconv"
	"strings"
)

// A Decimal or Big is kept as ±0.d₁d₂…dₙ × 10^exponent, without leading or trailing zeros in the
// digits, so that equal numbers have equal bytes and order follows from sign, exponent and digits:
// kind u8, sign u8 (0 positive, 1 negative), exponent i32, count of digits u16, digits as ASCII.
const decimalHead = headBytes + 1 + 4 + 2

const (
	maxFraction = 18  // significant digits of a Decimal: engines that compute with 64 bits tell these apart
	maxDigits   = 400 // significant digits of a number
	maxExponent = 400 // magnitude of a number's exponent, in the form above
)

// ErrNumberRange says that a number has more than 400 significant digits, or that it is not 0 and its
// magnitude is 10⁴⁰⁰ or more, or less than 10⁻⁴⁰¹.
var ErrNumberRange = errors.New("number out of range")

// AppendNumber appends the number that text, which must match the grammar of RFC 8259, section 6,
// stands for. The error is [ErrNumberRange].
func AppendNumber(dst []byte, text string) ([]byte, error) {
	if len(text) <= 15 && !strings.ContainsAny(text, ".eE") {
		n, _ := strconv.ParseInt(text, 10, 64)
		return AppendInt(dst, n), nil
	}
	negative := strings.HasPrefix(text, "-")
	mantissa, power, _ := strings.Cut(strings.ToLower(strings.TrimPrefix(text, "-")), "e")
	exponent := 0
	if power != "" {
		n, err := strconv.ParseInt(strings.TrimPrefix(power, "+"), 10, 32)
		if err != nil {
			return dst, ErrNumberRange
		}
		exponent = int(n)
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := strings.TrimLeft(whole+fraction, "0")
	exponent += len(whole) - (len(whole) + len(fraction) - len(digits))
	digits = strings.TrimRight(digits, "0")
	if len(digits) > maxDigits || digits != "" && (exponent > maxExponent || exponent < -maxExponent) {
		return dst, ErrNumberRange
	}
	return appendDecimal(dst, negative, digits, exponent), nil
}

func appendBigInt(dst []byte, n int64) []byte {
	text := strconv.FormatInt(n, 10)
	negative := text[0] == '-'
	text = strings.TrimPrefix(text, "-")
	return appendDecimal(dst, negative, strings.TrimRight(text, "0"), len(text))
}

// appendDecimal appends ±0.digits × 10^exponent in its canonical kind.
func appendDecimal(dst []byte, negative bool, digits string, exponent int) []byte {
	if digits == "" {
		return AppendInt(dst, 0)
	}
	kind := decimalKind(digits, exponent)
	if kind == Integer {
		n, _ := strconv.ParseInt(digits+strings.Repeat("0", exponent-len(digits)), 10, 64)
		if negative {
			n = -n
		}
		return AppendInt(dst, n)
	}
	sign := byte(0)
	if negative {
		sign = 1
	}
	dst = append(dst, byte(kind), sign)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(int32(exponent)))
	dst = binary.LittleEndian.AppendUint16(dst, uint16(len(digits)))
	return append(dst, digits...)
}

// decimal is a number ready to be compared.
type decimal struct {
	negative bool
	exponent int32
	digits   []byte
}

// decimal returns the number v stands for. An Integer's digits are written to buf.
func (v Value) decimal(buf *[20]byte) decimal {
	if v.Kind() == Integer {
		n := v.Int()
		text := strconv.AppendInt(buf[:0], n, 10)
		d := decimal{negative: n < 0, digits: bytes.TrimPrefix(text, []byte("-"))}
		d.exponent = int32(len(d.digits))
		d.digits = bytes.TrimRight(d.digits, "0")
		if len(d.digits) == 0 {
			d.exponent = 0
		}
		return d
	}
	return decimal{
		negative: v[headBytes] == 1,
		exponent: int32(binary.LittleEndian.Uint32(v[headBytes+1:])),
		digits:   v[decimalHead:v.Size()],
	}
}

func compareNumbers(a, b Value) int {
	if a.Kind() == Integer && b.Kind() == Integer {
		return compareOrdered(a.Int(), b.Int())
	}
	var bufA, bufB [20]byte
	x, y := a.decimal(&bufA), b.decimal(&bufB)
	if sx, sy := x.sign(), y.sign(); sx != sy {
		return compareOrdered(sx, sy)
	}
	magnitude := compareOrdered(x.exponent, y.exponent)
	if magnitude == 0 {
		magnitude = bytes.Compare(x.digits, y.digits)
	}
	if x.negative {
		return -magnitude
	}
	return magnitude
}

func (d decimal) sign() int {
	switch {
	case len(d.digits) == 0:
		return 0
	case d.negative:
		return -1
	}
	return 1
}

func compareOrdered[T int | int32 | int64](a, b T) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
