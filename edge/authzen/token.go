package authzen

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"slices"
	"strings"

	"github.com/lictor-dev/lictor/bundles/value"
	"github.com/lictor-dev/lictor/edge/exchange"
	"github.com/lictor-dev/lictor/runtime/decision/input"
)

// position is where a page begins: after a result, "" for the first one, with so many results at most.
type position struct {
	limit int
	after string
}

// A token of paging is, in base64url without padding (RFC 4648 section 5):
//
//	1 byte    tokenVersion
//	16 bytes  the first of SHA-256 over the fingerprint of the search and all that follows here
//	uvarint   the limit
//	rest      the result after which the page begins
//
// So it belongs to one search and tells nothing that its owner was not answered before. It is no secret and proves no
// right: what it leads to is decided anew, so whoever makes one up gains only what the same search without it tells.
const (
	tokenVersion = 1
	digestBytes  = 16
	tokenHead    = 1 + digestBytes
)

func appendToken(dst []byte, p position, bound [sha256.Size]byte) []byte {
	raw := make([]byte, tokenHead, tokenHead+binary.MaxVarintLen64+len(p.after))
	raw[0] = tokenVersion
	raw = binary.AppendUvarint(raw, uint64(p.limit))
	raw = append(raw, p.after...)
	h := sha256.New()
	h.Write(bound[:])
	h.Write(raw[tokenHead:])
	copy(raw[1:tokenHead], h.Sum(nil))
	return base64.RawURLEncoding.AppendEncode(dst, raw)
}

// openToken returns the position in a token that was made for the search with this fingerprint.
func openToken(token string, bound [sha256.Size]byte) (p position, ok bool) {
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(raw) <= tokenHead {
		return p, false
	}
	limit, n := binary.Uvarint(raw[tokenHead:])
	if n <= 0 || limit > MaxLimit {
		return p, false
	}
	p = position{int(limit), string(raw[tokenHead+n:])}
	return p, token == string(appendToken(nil, p, bound))
}

// fingerprint tells searches apart by everything in their bodies that has a meaning, but limit and token.
func fingerprint(body value.Value, sought input.Sought) [sha256.Size]byte {
	text := []byte{byte(sought)}
	for _, name := range [...]string{"subject", "action", "resource", "context", "organisation", "attribute"} {
		text = appendSorted(append(text, ','), body.Get(name))
	}
	text = appendSorted(append(text, ','), body.Get("page").Get("properties"))
	return sha256.Sum256(text)
}

// appendSorted appends v as JSON with the members of objects in the order of their names; nothing for what is missing.
func appendSorted(dst []byte, v value.Value) []byte {
	switch v.Kind() {
	case value.Missing:
		return dst
	case value.Array:
		dst = append(dst, '[')
		for items := v.Items(); ; {
			_, item, ok := items.Next()
			if !ok {
				return append(dst, ']')
			}
			dst = append(appendSorted(dst, item), ',')
		}
	case value.Object:
		dst = append(dst, '{')
		for _, m := range sorted(v) {
			dst = append(exchange.AppendQuoted(dst, m.name), ':')
			dst = append(appendSorted(dst, m.value), ',')
		}
		return append(dst, '}')
	default:
		return value.AppendJSON(dst, v)
	}
}

type member struct {
	name  string
	value value.Value
}

func sorted(object value.Value) []member {
	list := make([]member, 0, object.Len())
	for items := object.Items(); ; {
		name, v, ok := items.Next()
		if !ok {
			break
		}
		list = append(list, member{name, v})
	}
	slices.SortFunc(list, func(a, b member) int { return strings.Compare(a.name, b.name) })
	return list
}
