package value

import "encoding/binary"

// AppendNull appends null.
func AppendNull(dst []byte) []byte { return append(dst, byte(Null)) }

// AppendBool appends a truth value.
func AppendBool(dst []byte, b bool) []byte {
	if b {
		return append(dst, byte(True))
	}
	return append(dst, byte(False))
}

// AppendInt appends an integer. Beyond [MaxInteger] in magnitude it becomes a Big.
func AppendInt(dst []byte, n int64) []byte {
	if n > MaxInteger || n < -MaxInteger {
		return appendBigInt(dst, n)
	}
	return binary.LittleEndian.AppendUint64(append(dst, byte(Integer)), uint64(n))
}

// AppendString appends a string.
func AppendString(dst []byte, s string) []byte {
	dst = binary.LittleEndian.AppendUint32(append(dst, byte(String)), uint32(len(s)))
	return append(dst, s...)
}

// AppendKey appends the name of an object's member; its value must follow.
func AppendKey(dst []byte, name string) []byte {
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(name)))
	return append(dst, name...)
}

// Begin starts an Array, an Object or a Set. Append its items, each with its key before it in an
// Object, then call [End] with the same start, which is len(dst) before Begin. The caller keeps keys
// and the items of a Set unique.
func Begin(dst []byte, kind Kind) []byte {
	return append(dst, byte(kind), 0, 0, 0, 0, 0, 0, 0, 0)
}

// End closes the container that was begun at start and holds count items.
func End(dst []byte, start, count int) []byte {
	binary.LittleEndian.PutUint32(dst[start+headBytes:], uint32(count))
	binary.LittleEndian.PutUint32(dst[start+headBytes+4:], uint32(len(dst)-start-boxHead))
	return dst
}
