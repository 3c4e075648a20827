package bundles

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxCanonicalDepth is how deep a JSON member may nest.
const maxCanonicalDepth = 1000

// Canonical returns JSON text in the form whose SHA-256 is the digest that OPA computes for a structured
// member: no white space, members sorted by name as bytes, strings escaped as encoding/json does without
// its HTML escaping, numbers digit by digit as they were. It refuses duplicate members, invalid
// UTF-8 and anything after the value. Canonical text stays as it is.
func Canonical(text []byte) ([]byte, error) {
	if !utf8.Valid(text) {
		return nil, errors.New("invalid UTF-8")
	}
	c := &canonicalizer{in: json.NewDecoder(bytes.NewReader(text)), out: make([]byte, 0, len(text))}
	c.in.UseNumber()
	c.encoder = json.NewEncoder(&c.scratch)
	c.encoder.SetEscapeHTML(false)
	if err := c.value(0); err == io.EOF {
		return nil, io.ErrUnexpectedEOF
	} else if err != nil {
		return nil, err
	}
	if _, err := c.in.Token(); err != io.EOF {
		return nil, errors.New("unexpected text after the value")
	}
	return c.out, nil
}

type canonicalizer struct {
	in      *json.Decoder
	out     []byte
	scratch bytes.Buffer
	encoder *json.Encoder
}

func (c *canonicalizer) value(depth int) error {
	token, err := c.in.Token()
	if err != nil {
		return err
	}
	if depth > maxCanonicalDepth {
		return errors.New("nested too deeply")
	}
	switch token := token.(type) {
	case json.Delim:
		if token == '{' {
			return c.object(depth)
		}
		return c.array(depth)
	case string:
		c.quoted(token)
	case json.Number:
		c.out = append(c.out, token...)
	case bool:
		c.out = append(c.out, map[bool]string{true: "true", false: "false"}[token]...)
	default:
		c.out = append(c.out, "null"...)
	}
	return nil
}

func (c *canonicalizer) quoted(s string) {
	c.scratch.Reset()
	_ = c.encoder.Encode(s) // a string always encodes
	c.out = append(c.out, bytes.TrimSuffix(c.scratch.Bytes(), []byte("\n"))...)
}

func (c *canonicalizer) array(depth int) error {
	c.out = append(c.out, '[')
	for first := true; c.in.More(); first = false {
		if !first {
			c.out = append(c.out, ',')
		}
		if err := c.value(depth + 1); err != nil {
			return err
		}
	}
	c.out = append(c.out, ']')
	_, err := c.in.Token()
	return err
}

// member is one member of an object being written: its name, and where its text lies in the output.
type member struct {
	name     string
	from, to int
}

func (c *canonicalizer) object(depth int) error {
	start := len(c.out)
	c.out = append(c.out, '{')
	var members []member
	for c.in.More() {
		token, err := c.in.Token()
		if err != nil {
			return err
		}
		name := token.(string) // More and the decoder's state leave nothing else
		if len(members) > 0 {
			c.out = append(c.out, ',')
		}
		from := len(c.out)
		c.quoted(name)
		c.out = append(c.out, ':')
		if err := c.value(depth + 1); err != nil {
			return err
		}
		members = append(members, member{name, from, len(c.out)})
	}
	c.out = append(c.out, '}')
	if _, err := c.in.Token(); err != nil {
		return err
	}
	return c.sort(start, members)
}

// sort puts the members of the object that begins at start into order.
func (c *canonicalizer) sort(start int, members []member) error {
	byName := func(a, b member) int { return strings.Compare(a.name, b.name) }
	sorted := slices.IsSortedFunc(members, byName)
	slices.SortFunc(members, byName)
	for i := 1; i < len(members); i++ {
		if members[i].name == members[i-1].name {
			return errors.New("duplicate member " + quote(members[i].name))
		}
	}
	if sorted {
		return nil
	}
	text := slices.Clone(c.out[start:])
	at := start + 1
	for i, m := range members {
		if i > 0 {
			c.out[at] = ','
			at++
		}
		at += copy(c.out[at:], text[m.from-start:m.to-start])
	}
	return nil
}
