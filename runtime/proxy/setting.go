package proxy

import (
	"slices"
	"strconv"
	"strings"

	"github.com/lictor-dev/lictor/bundles/value"
)

// Field is a header that an allowed request carries upstream.
type Field struct {
	Name  string
	Value Fact
}

// Fact is something known of an allowed request.
type Fact uint8

// The facts.
const (
	Revision     Fact = iota // of the bundle that decided
	Rule                     // place of the route rule that let the request through
	Subject                  // id of who is authenticated
	SubjectType              // type of who is authenticated
	Organisation             // that was asked for
	factCount    = iota
)

var factTexts = [factCount]string{"revision", "rule", "subject", "subject_type", "organisation"}

// String returns the word for f in a configuration.
func (f Fact) String() string { return factTexts[f] }

// text reads a string that is not empty.
func text(v value.Value, into *string) string {
	if v.Kind() != value.String {
		return "expected a string"
	}
	if *into = v.Text(); *into == "" {
		return "it is empty"
	}
	return ""
}

// truth reads true or false, also as words in a string: Traefik hands every setting on as a string, from files too.
func truth(v value.Value, into *bool) string {
	switch {
	case v.Kind() == value.True, v.Text() == "true":
		*into = true
	case v.Kind() == value.False, v.Text() == "false":
		*into = false
	default:
		return "expected true or false"
	}
	return ""
}

// whole reads an integer, or a string of its digits as truth does.
func whole(v value.Value) (int64, bool) {
	if v.Kind() == value.Integer {
		return v.Int(), true
	}
	n, err := strconv.ParseInt(v.Text(), 10, 64)
	return n, err == nil && n <= value.MaxInteger && strconv.FormatInt(n, 10) == v.Text()
}

func headerName(v value.Value, into *string) string {
	if reason := text(v, into); reason != "" {
		return reason
	}
	if !isToken(*into) {
		return "not the name of a header"
	}
	return ""
}

// isToken reports whether s is a token (RFC 9110, section 5.6.2).
func isToken(s string) bool {
	for _, c := range []byte(s) {
		alphanumeric := '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		if !alphanumeric && !strings.ContainsRune("!#$%&'*+-.^_`|~", rune(c)) {
			return false
		}
	}
	return s != ""
}

func (r *reader) readPrefix(v value.Value) string {
	if reason := text(v, &r.StripPrefix); reason != "" {
		return reason
	}
	segments, found := strings.CutPrefix(r.StripPrefix, "/")
	if !found {
		return "expected a path such as /api"
	}
	for segment := range strings.SplitSeq(segments, "/") {
		if segment == "" || segment == "." || segment == ".." {
			return "a path without empty segments, '.' and '..' is needed"
		}
	}
	if strings.ContainsFunc(segments, func(c rune) bool { return c <= ' ' || c > '~' || strings.ContainsRune(`?#%\`, c) }) {
		return "a path of plain characters is needed, without '?', '#', '%' and '\\'"
	}
	return ""
}

func (r *reader) readChallenge(v value.Value) string {
	if reason := text(v, &r.Challenge); reason != "" {
		return reason
	}
	scheme, _, _ := strings.Cut(r.Challenge, " ")
	if !isToken(scheme) || !isFieldValue(r.Challenge) {
		return `expected a challenge such as Bearer realm="shop"`
	}
	return ""
}

// isFieldValue reports whether s can be the value of a header as it is (RFC 9110, section 5.5), in ASCII.
func isFieldValue(s string) bool {
	return s == strings.TrimSpace(s) && !strings.ContainsFunc(s, func(c rune) bool { return c < ' ' || c > '~' })
}

func (r *reader) readUpstream(v value.Value) string {
	if v.Kind() != value.Object {
		return "expected an object of header names and what they are to hold"
	}
	for items := v.Items(); ; {
		name, fact, more := items.Next()
		if !more {
			return ""
		}
		f := Field{Name: name}
		if reason := r.readField(&f, fact.Text()); reason != "" {
			return strconv.Quote(capped(name)) + ": " + reason
		}
		r.Upstream = append(r.Upstream, f)
	}
}

func (r *reader) readField(f *Field, word string) string {
	switch {
	case !isToken(f.Name):
		return "not the name of a header"
	case slices.Contains(framing[:], strings.ToLower(f.Name)):
		return "it belongs to the connection"
	}
	for _, other := range r.Upstream {
		if strings.EqualFold(other.Name, f.Name) {
			return "it is there twice"
		}
	}
	for i, text := range factTexts {
		if text == word {
			f.Value = Fact(i)
			return ""
		}
	}
	return "expected one of " + strings.Join(factTexts[:], ", ")
}

// names reports whether a header is one that is read or set.
func (c *Config) names(header string) bool {
	return header != "" && (strings.EqualFold(header, c.SubjectHeader) || strings.EqualFold(header, c.OrganisationHeader) ||
		slices.ContainsFunc(c.Upstream, func(f Field) bool { return strings.EqualFold(header, f.Name) }))
}

// framing are headers that say how a message is carried, or where to.
var framing = [...]string{
	"host", "content-length", "transfer-encoding", "connection", "keep-alive", "te", "trailer", "upgrade", "expect",
}

// capped bounds what an error quotes.
func capped(s string) string {
	const most = 100
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
