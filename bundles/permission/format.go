package permission

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// String returns the canonical text of p with its namespace, such as "default/newsletter:read,write".
// Every grammar of the same case parses it back to an equal permission, unless the namespace and the
// escapes make it longer than [MaxBytes].
func (p *Permission) String() string {
	return escape(p.namespace, true) + "/" + p.path()
}

// Format returns the canonical text of p as this grammar reads it: the namespace is left out where it
// is the grammar's own and p can be read without it.
func (g Grammar) Format(p *Permission) string {
	if p.namespace == g.Namespace {
		return p.path()
	}
	return p.String()
}

func (p *Permission) path() string {
	var b strings.Builder
	for i := range int(p.n) {
		if i > 0 {
			b.WriteByte(':')
		}
		if p.Wild(i) {
			b.WriteByte('*')
		}
		for j, v := range p.Values(i) {
			if j > 0 {
				b.WriteByte(',')
			}
			b.WriteString(escape(v, i == 0))
		}
	}
	return b.String()
}

// String returns the text of the atom without its namespace, such as "newsletter:read:17".
func (a *Atom) String() string {
	var b strings.Builder
	for i, v := range a.Parts[:a.Len] {
		if i > 0 {
			b.WriteByte(':')
		}
		if v == "" {
			b.WriteByte('*')
		} else {
			b.WriteString(escape(v, i == 0))
		}
	}
	return b.String()
}

// escape writes a value so that parsing reads it back: the grammar's own characters, and white space
// that trimming would remove, become %XX. A slash matters only where a namespace could end.
func escape(v string, slash bool) string {
	special := ":,*%"
	if slash {
		special = ":,*%/"
	}
	if !strings.ContainsAny(v, special) && strings.TrimSpace(v) == v {
		return v
	}
	body := strings.TrimSpace(v)
	at := strings.Index(v, body)
	var b strings.Builder
	for i := 0; i < len(v); {
		r, size := utf8.DecodeRuneInString(v[i:])
		outer := unicode.IsSpace(r) && (i < at || i >= at+len(body))
		if outer || strings.ContainsRune(special, r) {
			for _, c := range []byte(v[i : i+size]) {
				b.WriteByte('%')
				b.WriteByte("0123456789ABCDEF"[c>>4])
				b.WriteByte("0123456789ABCDEF"[c&15])
			}
		} else {
			b.WriteString(v[i : i+size])
		}
		i += size
	}
	return b.String()
}
