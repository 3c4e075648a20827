package value

import "unicode/utf8"

// AppendQuoted appends s as a JSON string, byte for byte as encoding/json does: with <, > and & escaped as for HTML, and
// what is no UTF-8 replaced. It allocates only to grow dst.
func AppendQuoted(dst []byte, s string) []byte {
	dst = append(dst, '"')
	plain := 0
	for i := 0; i < len(s); {
		r, size := rune(s[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(s[i:])
		}
		if !isPlain(r, size) {
			dst = appendEscaped(append(dst, s[plain:i]...), r)
			plain = i + size
		}
		i += size
	}
	return append(append(dst, s[plain:]...), '"')
}

// isPlain reports whether a rune that is written with size bytes stays as it is.
func isPlain(r rune, size int) bool {
	switch r {
	case '"', '\\', '<', '>', '&', '\u2028', '\u2029':
		return false
	case utf8.RuneError:
		return size > 1
	default:
		return r >= ' '
	}
}

func appendEscaped(dst []byte, r rune) []byte {
	const hex = "0123456789abcdef"
	switch r {
	case '"', '\\':
		return append(dst, '\\', byte(r))
	case '\b':
		return append(dst, `\b`...)
	case '\f':
		return append(dst, `\f`...)
	case '\n':
		return append(dst, `\n`...)
	case '\r':
		return append(dst, `\r`...)
	case '\t':
		return append(dst, `\t`...)
	default:
		return append(dst, '\\', 'u', hex[r>>12&15], hex[r>>8&15], hex[r>>4&15], hex[r&15])
	}
}
