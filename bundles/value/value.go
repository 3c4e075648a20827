// Package value holds JSON values in one flat encoding that is read in place: properties stored in
// decision tables and the properties of a request look the same, and reading either allocates nothing.
//
// [Parse] turns JSON text into a [Value], strictly: RFC 8259 with no duplicate members, no invalid
// UTF-8, no lone surrogates. A Value from Parse can be read without further checks; bytes from
// elsewhere must pass [Check] first. FORMAT.md numbers the rules of the encoding.
//
// Values are immutable and safe for concurrent use as long as nobody overwrites the buffer they are in.
package value

import (
	"unsafe"

	"github.com/lictor-dev/lictor/bundles/internal/load"
)

// Kind is the type of a value.
type Kind uint8

// The kinds. A number is an Integer while its magnitude is at most 2⁵³, and a Decimal when it has a
// fraction and at most 18 significant digits: every engine agrees on these. Any other number is Big. A
// Decimal and a Big are kept exactly, digit by digit.
const (
	Missing Kind = iota // no value: the zero Value, a member that is not there
	Null
	False
	True
	Integer
	Decimal
	Big
	String
	Array
	Object
	Set // only in conditions: unique items in any order
)

// MaxInteger is the largest magnitude of an Integer, 2⁵³.
const MaxInteger = 1 << 53

const (
	headBytes  = 1     // kind
	lengthSize = 4     // length of a string; of a container's items
	boxHead    = 1 + 8 // kind, count, bytes of the items
)

// Value is one encoded value: a slice that starts at its first byte and may run on past its end. The
// zero Value is Missing.
type Value []byte

// Kind returns the kind of v.
func (v Value) Kind() Kind {
	if len(v) == 0 {
		return Missing
	}
	return Kind(v[0])
}

// IsNumber reports whether v is an Integer, a Decimal or a Big.
func (v Value) IsNumber() bool {
	k := v.Kind()
	return k == Integer || k == Decimal || k == Big
}

// Int returns the value of an Integer, 0 for any other kind.
func (v Value) Int() int64 {
	if v.Kind() != Integer {
		return 0
	}
	return int64(load.U64(v, headBytes))
}

// Text returns the text of a String, "" for any other kind. It shares the memory of v: it is valid
// only until the buffer that holds v is written again.
func (v Value) Text() string {
	if v.Kind() != String {
		return ""
	}
	n := load.U32(v, headBytes)
	b := v[headBytes+lengthSize:][:n:n]
	return unsafe.String(unsafe.SliceData(b), len(b))
}

// Len returns the number of items of an Array, an Object or a Set, 0 for any other kind.
func (v Value) Len() int {
	if v.Kind() < Array {
		return 0
	}
	return int(load.U32(v, headBytes))
}

// Size returns the number of bytes that v occupies.
func (v Value) Size() int {
	switch v.Kind() {
	case Missing:
		return 0
	case Null, False, True:
		return headBytes
	case Integer:
		return headBytes + 8
	case Decimal, Big:
		return decimalHead + int(load.U16(v, decimalHead-2))
	case String:
		return headBytes + lengthSize + int(load.U32(v, headBytes))
	default:
		return boxHead + int(load.U32(v, headBytes+4))
	}
}

// Get returns the member of an Object by name, Missing when v is not an Object or has no such member.
// It looks at the members in turn.
func (v Value) Get(name string) Value {
	if v.Kind() != Object {
		return nil
	}
	if n := len(name); n >= wordSize && n <= 2*wordSize {
		return v.getShort(n, uint32(load.Text32(name, 0)), uint32(load.Text32(name, n-wordSize)))
	}
	for at, end := boxHead, boxHead+int(load.U32(v, headBytes+4)); at < end; {
		n := int(load.U32(v, at))
		key := at + lengthSize
		at = key + n
		next := at + headBytes + lengthSize
		if Kind(v[at]) == String {
			next += int(load.U32(v, at+headBytes))
		} else {
			next = at + v[at:].Size()
		}
		if n == len(name) && load.HoldsText(v, key, name) {
			return v[at:next]
		}
		at = next
	}
	return nil
}

// wordSize is how many bytes one comparison of getShort takes.
const wordSize = 4

// getShort is Get for an Object and a name of n bytes, between one word and two, that starts with the one and ends with the
// other. Most names are such. It calls nothing: calls would take longer than all else.
func (v Value) getShort(n int, first, last uint32) Value {
	for at, end := boxHead, boxHead+int(load.U32(v, headBytes+4)); at < end; {
		size := int(load.U32(v, at))
		key := at + lengthSize
		at = key + size
		next := at + headBytes
		switch k := Kind(v[at]); {
		case k == String:
			next += lengthSize + int(load.U32(v, next))
		case k == Integer:
			next += 8
		case k > String:
			next += boxHead - headBytes + int(load.U32(v, next+4))
		case k > True:
			next += decimalHead - headBytes + int(load.U16(v, at+decimalHead-2))
		}
		if size == n && load.U32(v, key) == first && load.U32(v, at-wordSize) == last {
			return v[at:next]
		}
		at = next
	}
	return nil
}

// Items returns an iterator over the items of an Array, an Object or a Set. It yields nothing for any
// other kind.
func (v Value) Items() Items {
	if v.Kind() < Array {
		return Items{}
	}
	return Items{rest: v[boxHead:v.Size()], keyed: v.Kind() == Object}
}

// Items iterates over a container. It is a plain value and allocates nothing.
type Items struct {
	rest  Value
	keyed bool
}

// Next returns the next item, with its name when the container is an Object.
func (it *Items) Next() (name string, item Value, ok bool) {
	if len(it.rest) == 0 {
		return "", nil, false
	}
	if it.keyed {
		n := load.U32(it.rest, 0)
		b := it.rest[lengthSize:][:n:n]
		name = unsafe.String(unsafe.SliceData(b), len(b))
		it.rest = it.rest[lengthSize+n:]
	}
	size := it.rest.Size()
	item, it.rest = it.rest[:size:size], it.rest[size:]
	return name, item, true
}
