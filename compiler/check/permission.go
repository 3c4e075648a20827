package check

import (
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/compiler/diag"
	"github.com/lictor-dev/lictor/compiler/source"
)

// written is a permission string with the namespace it is read in.
type written struct{ namespace, text string }

// reading is what a permission string says. Equal strings share one.
type reading struct {
	permission permission.Permission
	err        *permission.SyntaxError
	faults     []fault
	count      int         // how often it is written
	first      source.Text // where first
}

// permission reads a permission string and reports what is wrong with it where it is written. It
// returns nil for one that is malformed. What it returns is shared and must not be changed.
func (c *checker) permission(namespace string, t source.Text) *permission.Permission {
	if !t.Set() {
		return nil
	}
	return c.permissionAs(written{namespace, t.Value}, t)
}

// permissionAs is permission for a text that is read as key says.
func (c *checker) permissionAs(key written, t source.Text) *permission.Permission {
	r, ok := c.read[key]
	if !ok {
		r = c.parse(key)
		r.first = t
		c.read[key] = r
	}
	if t.Pos.Compare(r.first.Pos) < 0 {
		r.first = t
	}
	r.count++
	if r.err != nil {
		c.malformed(t, r.err)
		return nil
	}
	for _, f := range r.faults {
		d := c.list.Errorf(f.code, t.At(locate(t.Value, f.part, f.value)), "%s", f.message)
		d.Width, d.Hint = utf8.RuneCountInString(f.value), f.hint
	}
	return &r.permission
}

func (c *checker) parse(key written) *reading {
	p, err := c.defs.Options.Grammar(key.namespace).Parse(key.text)
	r := &reading{permission: p}
	if errors.As(err, &r.err) {
		return r
	}
	if longest := 3 * (len(key.text) + len(key.namespace)); longest >= permission.MaxBytes && len(p.String()) > permission.MaxBytes {
		r.err = &permission.SyntaxError{Reason: "is longer than 4096 bytes with its namespace, as bundles write it"}
		return r
	}
	r.faults = c.faults(&r.permission)
	return r
}

func (c *checker) malformed(t source.Text, err *permission.SyntaxError) {
	d := c.list.Errorf(badPermission, t.At(err.Offset), "permission %s %s", diag.Quote(t.Value), err.Reason)
	d.Width = 1
	d.Hint = "write it as resource:action:instance, each part a name, a list such as read,write, or *"
}

// locate returns the offset of a value in the text it was read from, 0 where it is written otherwise.
func locate(text string, part int, value string) int {
	offset := 0
	for range part {
		next := strings.IndexByte(text[offset:], ':')
		if next < 0 {
			return 0
		}
		offset += next + 1
	}
	list, _, _ := strings.Cut(text[offset:], ":")
	if part == typePart {
		if slash := strings.IndexByte(list, '/'); slash >= 0 {
			offset, list = slash+1, list[slash+1:]
		}
	}
	for item := range strings.SplitSeq(list, ",") {
		if strings.EqualFold(strings.TrimSpace(item), value) {
			return offset + strings.Index(item, strings.TrimSpace(item))
		}
		offset += len(item) + 1
	}
	return 0
}

// filler stands in for a path variable: as long as the variable is written, and no value that anyone
// can write, since no definition file holds such a character.
const filler = "\x01"

func isFiller(value string) bool { return strings.HasPrefix(value, filler) }
