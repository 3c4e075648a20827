package value

import (
	"encoding/binary"
	"strconv"
	"strings"
)

// AppendJSON appends v as JSON text. A Set becomes an array; Missing becomes null.
func AppendJSON(dst []byte, v Value) []byte {
	switch v.Kind() {
	case Missing, Null:
		return append(dst, "null"...)
	case False:
		return append(dst, "false"...)
	case True:
		return append(dst, "true"...)
	case Integer:
		return strconv.AppendInt(dst, v.Int(), 10)
	case Decimal, Big:
		return appendDecimalText(dst, v)
	case String:
		return AppendQuoted(dst, v.Text())
	default:
		return appendBoxText(dst, v)
	}
}

func appendBoxText(dst []byte, v Value) []byte {
	open, shut := byte('['), byte(']')
	if v.Kind() == Object {
		open, shut = '{', '}'
	}
	dst = append(dst, open)
	items := v.Items()
	for first := true; ; first = false {
		name, item, ok := items.Next()
		if !ok {
			return append(dst, shut)
		}
		if !first {
			dst = append(dst, ',')
		}
		if v.Kind() == Object {
			dst = append(AppendQuoted(dst, name), ':')
		}
		dst = AppendJSON(dst, item)
	}
}

// appendDecimalText writes plain notation where that is short, and an exponent otherwise.
func appendDecimalText(dst []byte, v Value) []byte {
	exponent := int(int32(binary.LittleEndian.Uint32(v[headBytes+1:])))
	digits := string(v[decimalHead:v.Size()])
	if v[headBytes] == 1 {
		dst = append(dst, '-')
	}
	switch {
	case exponent > 40 || exponent < -20:
		dst = append(dst, "0."...)
		dst = append(dst, digits...)
		dst = append(dst, 'e')
		return strconv.AppendInt(dst, int64(exponent), 10)
	case exponent <= 0:
		dst = append(dst, "0."...)
		dst = append(dst, strings.Repeat("0", -exponent)...)
		return append(dst, digits...)
	case len(digits) <= exponent:
		dst = append(dst, digits...)
		return append(dst, strings.Repeat("0", exponent-len(digits))...)
	default:
		dst = append(dst, digits[:exponent]...)
		dst = append(dst, '.')
		return append(dst, digits[exponent:]...)
	}
}
