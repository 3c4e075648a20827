package rego

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/lictor-dev/lictor/bundles/value"
)

// document writes canonical JSON: members in the order given, which must be sorted, no white space,
// nothing escaped that need not be. It is the form whose hash OPA computes for signatures.
type document struct {
	b     []byte
	comma bool // a comma is due before the next item
}

func (d *document) open(bracket byte) {
	d.separate()
	d.b, d.comma = append(d.b, bracket), false
}

func (d *document) shut(bracket byte) { d.b, d.comma = append(d.b, bracket), true }

func (d *document) separate() {
	if d.comma {
		d.b = append(d.b, ',')
	}
	d.comma = true
}

func (d *document) key(name string) {
	d.separate()
	d.b = append(appendString(d.b, name), ':')
	d.comma = false
}

// mark writes a member that is true.
func (d *document) mark(name string) {
	d.key(name)
	d.separate()
	d.b = append(d.b, "true"...)
}

func (d *document) text(s string) {
	d.separate()
	d.b = appendString(d.b, s)
}

func (d *document) int(n int64) {
	d.separate()
	d.b = strconv.AppendInt(d.b, n, 10)
}

func (d *document) value(v value.Value) {
	d.separate()
	d.b = appendValue(d.b, v)
}

func (d *document) texts(items []string) {
	d.open('[')
	for _, s := range items {
		d.text(s)
	}
	d.shut(']')
}

// appendString appends a JSON string as encoding/json writes it without escaping HTML.
func appendString(dst []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= 0x7f {
			return appendEscaped(dst, s)
		}
	}
	dst = append(dst, '"')
	dst = append(dst, s...)
	return append(dst, '"')
}

func appendEscaped(dst []byte, s string) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string always encodes
	return append(dst, bytes.TrimSuffix(b.Bytes(), []byte("\n"))...)
}

// appendValue appends a value with the members of its objects sorted.
func appendValue(dst []byte, v value.Value) []byte {
	switch v.Kind() {
	case value.String:
		return appendString(dst, v.Text())
	case value.Object:
		return appendObject(dst, v)
	case value.Array:
		dst = append(dst, '[')
		items := v.Items()
		for i := range v.Len() {
			if i > 0 {
				dst = append(dst, ',')
			}
			_, item, _ := items.Next()
			dst = appendValue(dst, item)
		}
		return append(dst, ']')
	default:
		return value.AppendJSON(dst, v)
	}
}

func appendObject(dst []byte, v value.Value) []byte {
	type member struct {
		name  string
		value value.Value
	}
	members := make([]member, 0, v.Len())
	items := v.Items()
	for range v.Len() {
		name, item, _ := items.Next()
		members = append(members, member{name, item})
	}
	slices.SortFunc(members, func(a, b member) int { return strings.Compare(a.name, b.name) })
	dst = append(dst, '{')
	for i, m := range members {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendValue(append(appendString(dst, m.name), ':'), m.value)
	}
	return append(dst, '}')
}
