package permission

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Parse reads a permission string. The error is always a [*SyntaxError].
func (g Grammar) Parse(s string) (Permission, error) {
	var p Permission
	err := g.ParseInto(&p, s)
	return p, err
}

// ParseInto is Parse into reused storage: it overwrites p, keeps its capacity, and allocates only
// where s holds a percent-escape or a letter that folding changes. The parsed values share the
// memory of s. After an error p is the zero permission.
func (g Grammar) ParseInto(p *Permission, s string) error {
	p.reset()
	if err := g.parse(p, s); err != nil {
		p.reset()
		return err
	}
	return nil
}

func (p *Permission) reset() { *p = Permission{values: p.values[:0]} }

func (g Grammar) parse(p *Permission, s string) error {
	if len(s) > MaxBytes {
		return syntaxError(s, 0, "is longer than 4096 bytes")
	}
	if !utf8.ValidString(s) {
		return syntaxError(s, 0, "is not valid UTF-8")
	}
	body := strings.TrimSpace(s)
	if body == "" {
		return syntaxError(s, 0, "is empty")
	}
	p.namespace = g.Namespace
	at := strings.Index(s, body) // offsets in errors count from the start of s
	first, _, _ := strings.Cut(body, ":")
	if slash := strings.IndexByte(first, '/'); slash >= 0 {
		ns, err := parseNamespace(s, at, first[:slash])
		if err != nil {
			return err
		}
		p.namespace, body, at = ns, body[slash+1:], at+slash+1
	}
	for more := true; more; {
		var part string
		part, body, more = strings.Cut(body, ":")
		if p.n == MaxParts {
			return syntaxError(s, at, "has more than 16 parts")
		}
		if err := g.parsePart(p, s, at, part); err != nil {
			return err
		}
		if p.Atoms() > MaxAtoms { // after each part: the product of all could overflow
			return syntaxError(s, 0, "expands to more than 1024 atoms")
		}
		at += len(part) + 1
	}
	return nil
}

func parseNamespace(s string, at int, text string) (string, error) {
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		return "", syntaxError(s, at, "has an empty namespace before '/'")
	case strings.ContainsAny(text, "*,"):
		return "", syntaxError(s, at, "has a namespace that is not one literal name")
	}
	return unescape(s, at, text)
}

// parsePart appends one part's values to p.
func (g Grammar) parsePart(p *Permission, s string, at int, part string) error {
	start, raw, begin := len(p.values), 0, at
	wild := false
	for rest, more := part, true; more; {
		var item string
		item, rest, more = strings.Cut(rest, ",")
		value := strings.TrimSpace(item)
		if value == "" {
			at += len(item) + 1
			continue
		}
		if raw++; raw > MaxValues {
			return syntaxError(s, at, "has more than 64 values in one part")
		}
		if value == "*" {
			wild = true
		} else {
			v, err := g.parseValue(s, at, value)
			if err != nil {
				return err
			}
			p.values = append(p.values, v)
		}
		at += len(item) + 1
	}
	if raw == 0 {
		return syntaxError(s, begin, "has a part without a value")
	}
	if wild {
		p.values = p.values[:start]
		p.wild |= 1 << p.n
	} else if len(p.values)-start > 1 {
		slices.Sort(p.values[start:])
		unique := slices.Compact(p.values[start:])
		p.values = p.values[:start+len(unique)]
	}
	p.ends[p.n] = uint16(len(p.values))
	p.n++
	return nil
}

func (g Grammar) parseValue(s string, at int, value string) (string, error) {
	if strings.IndexByte(value, '*') >= 0 {
		return "", syntaxError(s, at, "has a '*' inside a value: a wildcard stands alone, a literal star is written %2A")
	}
	v, err := unescape(s, at, value)
	if err != nil {
		return "", err
	}
	if !g.Folds(v) {
		return "", syntaxError(s, at, "has a letter whose case engines know differently")
	}
	return g.Fold(v), nil
}

// Fold returns one literal value as the grammar compares it: lower-cased when the grammar is
// insensitive, unchanged otherwise.
func (g Grammar) Fold(value string) string {
	if g.Case == Insensitive {
		return strings.ToLower(value)
	}
	return value
}

// Folds reports whether every engine folds a value alike ([HasNewCase]). One that is folded differently is none that a
// permission may hold.
func (g Grammar) Folds(value string) bool { return g.Case == Sensitive || !HasNewCase(value) }

// unescape replaces every %XX of text by the byte it names. The result must be valid UTF-8, because
// a value has to be expressible in JSON.
func unescape(s string, at int, text string) (string, error) {
	if strings.IndexByte(text, '%') < 0 {
		return text, nil
	}
	var b strings.Builder
	b.Grow(len(text))
	for i := 0; i < len(text); i++ {
		if text[i] != '%' {
			b.WriteByte(text[i])
			continue
		}
		if i+2 >= len(text) {
			return "", syntaxError(s, at+i, "has a '%' that is not followed by two hexadecimal digits")
		}
		hi, lo := unhex(text[i+1]), unhex(text[i+2])
		if hi < 0 || lo < 0 {
			return "", syntaxError(s, at+i, "has a '%' that is not followed by two hexadecimal digits")
		}
		b.WriteByte(byte(hi<<4 | lo))
		i += 2
	}
	if !utf8.ValidString(b.String()) {
		return "", syntaxError(s, at, "has escapes that are not valid UTF-8")
	}
	return b.String(), nil
}

func unhex(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// SetLiteral makes p the permission type:action:id[:attribute] of an AuthZEN request, in reused
// storage. Each argument is exactly one literal value and is never parsed, so "*" or "a,b" is that
// text. A type may carry a namespace as "ns/type", up to its first slash. An empty attribute means
// that there is none; an empty type, action, id or namespace, invalid UTF-8, or more than [MaxBytes]
// bytes in all is a [*SyntaxError].
//
//nolint:revive // argument-limit: the literals are the four members of a request, in its order
func (g Grammar) SetLiteral(p *Permission, resourceType, action, id, attribute string) error {
	if isASCII(resourceType) && isASCII(action) && isASCII(id) && isASCII(attribute) &&
		g.SetPlain(p, resourceType, action, id, attribute) {
		return nil
	}
	return g.setLiteral(p, [4]string{resourceType, action, id, attribute})
}

// setLiteral is SetLiteral for whatever texts.
func (g *Grammar) setLiteral(p *Permission, values [4]string) error {
	p.reset()
	namespace := g.Namespace
	if slash := strings.IndexByte(values[0], '/'); slash >= 0 {
		namespace, values[0] = values[0][:slash], values[0][slash+1:]
	}
	if namespace == "" || values[0] == "" || !utf8.ValidString(namespace) {
		return syntaxError(values[0], 0, "is not a resource type")
	}
	if len(namespace)+len(values[0])+len(values[1])+len(values[2])+len(values[3]) > MaxBytes {
		return syntaxError(values[0], 0, "is longer than 4096 bytes with its action and id")
	}
	n := len(values)
	if values[3] == "" {
		n--
	}
	for i, v := range values[:n] {
		if v == "" || !utf8.ValidString(v) {
			p.reset()
			return syntaxError(v, 0, "is not a literal value: it must be non-empty valid UTF-8")
		}
		if !g.Folds(v) {
			p.reset()
			return syntaxError(v, 0, "has a letter whose case engines know differently")
		}
		p.values = append(p.values, g.Fold(v))
		p.ends[i] = uint16(i + 1)
	}
	p.namespace, p.n = namespace, uint8(n)
	return nil
}

// SetPlain is [Grammar.SetLiteral] for texts that the caller knows to be valid UTF-8, in a fraction of the time. It returns false,
// and p is then unspecified, where SetLiteral has more to do than to take the texts: they are malformed, name a
// namespace, or are to be folded.
//
//nolint:revive // argument-limit: those of SetLiteral
func (g *Grammar) SetPlain(p *Permission, resourceType, action, id, attribute string) bool {
	if resourceType == "" || action == "" || id == "" || g.Case != Sensitive || g.Namespace == "" ||
		len(g.Namespace)+len(resourceType)+len(action)+len(id)+len(attribute) > MaxBytes || strings.IndexByte(resourceType, '/') >= 0 {
		return false
	}
	if cap(p.values) < 4 {
		p.values = make([]string, 4)
	}
	values := p.values[:4]
	values[0], values[1], values[2], values[3] = resourceType, action, id, attribute
	p.namespace, p.wild, p.ends = g.Namespace, 0, [MaxParts]uint16{}
	p.ends[0], p.ends[1], p.ends[2] = 1, 2, 3
	if p.n = 3; attribute != "" {
		p.n, p.ends[3] = 4, 4
	}
	p.values = values[:p.n]
	return true
}
