package caller

import "bytes"

// maxToken bounds the bytes of a token.
const maxToken = 4096

var bearer = []byte("bearer")

// Bearer returns the token in the value of a header Authorization (RFC 6750, section 2.1): the scheme, in whatever case
// (RFC 9110, section 11.1), spaces, and a token68. It is false for everything else, also for what follows a token.
// The token is part of authorization.
func Bearer(authorization []byte) (token []byte, ok bool) {
	if len(authorization) <= len(bearer) || !bytes.EqualFold(authorization[:len(bearer)], bearer) {
		return nil, false
	}
	rest := authorization[len(bearer):]
	token = bytes.TrimLeft(rest, " ")
	if len(token) == len(rest) || len(token) > maxToken {
		return nil, false
	}
	return token, isToken68(token)
}

// isToken68 reports whether b is a token68 of RFC 9110, section 11.2: at least one character, and "=" at its end only.
func isToken68(b []byte) bool {
	body := bytes.TrimRight(b, "=")
	for _, c := range body {
		if !isTokenByte(c) {
			return false
		}
	}
	return len(body) > 0
}

func isTokenByte(c byte) bool {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		return true
	}
	switch c {
	case '-', '.', '_', '~', '+', '/':
		return true
	}
	return false
}
