package proxy

import (
	"strings"
	"unicode/utf8"
)

// The reasons of a refusal that come from here; the others are those of package route.
const (
	noBundle    = "no_bundle"    // or no clock
	noMethod    = "no_method"    // the host did not say it
	noPath      = "no_path"      // the host did not say it, or it is no path
	otherPrefix = "other_prefix" // the path is not below strip_prefix
	noHeader    = "header_fault" // the host did not say who is authenticated
	hopByHop    = "hop_by_hop"   // Connection would have headers of the configuration taken away on the way to upstream
)

// who is authenticated. The zero who is nobody.
type who struct {
	kind, id     string
	organisation string // none when empty
}

// judge decides a request and changes nothing of it.
func (g *Gate) judge(x Exchange) verdict {
	by, now := g.ready()
	if by == nil {
		return verdict{status: unavailable, reason: noBundle}
	}
	method, err := x.Method()
	if err != nil {
		return verdict{status: forbidden, reason: noMethod}
	}
	uri, err := x.URI()
	if err != nil {
		return verdict{status: forbidden, reason: noPath}
	}
	path, reason := g.path(uri)
	if reason != "" {
		return verdict{status: forbidden, reason: reason}
	}
	hidden, err := g.hides(x)
	if err != nil {
		return verdict{status: unavailable, reason: noHeader}
	}
	if hidden {
		return verdict{status: forbidden, reason: hopByHop}
	}
	who, err := g.who(x)
	if err != nil {
		return verdict{status: unavailable, reason: noHeader}
	}
	v := by.decide(question{method: method, path: path, who: who, now: now.Unix()})
	v.by, v.who = by, who
	return v
}

// path returns the path that route rules are about, undecoded, or why there is none. The query is no part of it.
func (g *Gate) path(uri string) (path, reason string) {
	path, _, _ = strings.Cut(uri, "?")
	if !strings.HasPrefix(path, "/") {
		return "", noPath
	}
	path, below := strings.CutPrefix(path, g.config.StripPrefix)
	switch {
	case !below:
		return "", otherPrefix
	case path == "":
		return "/", ""
	case !strings.HasPrefix(path, "/"):
		return "", otherPrefix
	default:
		return path, ""
	}
}

// hides reports whether the client names a header of the configuration as one for this connection only (RFC 9110, section 7.6.1). A
// proxy takes such headers away, from others than the client too, so that upstream would not see who asks.
func (g *Gate) hides(x Exchange) (bool, error) {
	values, err := x.Header("Connection")
	if err != nil {
		return false, err
	}
	for _, value := range values {
		for option := range strings.SplitSeq(value, ",") {
			if g.config.names(strings.TrimSpace(option)) {
				return true, nil
			}
		}
	}
	return false, nil
}

// who returns who is authenticated: nobody when the header is missing, empty, no text, or there more than once, or when that is so
// of the organisation's.
func (g *Gate) who(x Exchange) (who, error) {
	if g.config.SubjectHeader == "" {
		return who{}, nil
	}
	id, ok, err := single(x, g.config.SubjectHeader)
	if err != nil || !ok || id == "" {
		return who{}, err
	}
	w := who{kind: g.config.SubjectType, id: id}
	if g.config.OrganisationHeader != "" {
		if w.organisation, ok, err = single(x, g.config.OrganisationHeader); err != nil || !ok {
			return who{}, err
		}
	}
	return w, nil
}

// single returns the only value of a header, "" when it is missing, and reports whether there is nothing wrong with it.
func single(x Exchange, name string) (text string, ok bool, err error) {
	values, err := x.Header(name)
	if err != nil || len(values) == 0 {
		return "", err == nil, err
	}
	text = values[0]
	return text, len(values) == 1 && isPlain(text), nil
}

// isPlain reports whether text can be the value of a header as it is: not empty, without control characters and without space
// around it (RFC 9110, section 5.5).
func isPlain(text string) bool {
	return text != "" && text == strings.TrimSpace(text) && utf8.ValidString(text) &&
		!strings.ContainsFunc(text, func(c rune) bool { return c < ' ' || c == 0x7f })
}
