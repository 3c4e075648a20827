package guest

import (
	"unsafe"

	"github.com/lictor-dev/lictor/bundles/value"
)

const (
	highBits     = 0x8080808080808080 // of eight bytes; ASCII has none of them
	plainFlags   = RequestNow | RequestNames | RequestStrict | RequestEncoded
	smallestName = headSize + (textCount+objectCount+nameCount)*fieldSize
	cutOff       = 1 << 40 // where a field ends that is cut off: beyond any request
)

// readPlain reads the compact request that nearly all are: it asks by names, in ASCII, and has no objects. It returns false
// for any other, malformed ones among them, and g.request is then unspecified: decodeCompact judges those. In
// WebAssembly a call costs as much as what it does here, and so does a loop; hence there are none.
func (g *Guest) readPlain(p *policyState, body []byte) bool {
	if len(body) < smallestName || load32(body, 4) != nameCount {
		return false
	}
	flags, now := load32(body, 0), int64(load64(body, 8))
	if flags&^plainFlags != 0 || flags&RequestNames == 0 || now > value.MaxInteger || now < -value.MaxInteger || !isPlain(body) {
		return false
	}
	if flags&RequestNow == 0 {
		if now != 0 {
			return false
		}
		now = g.host.Now()
	}
	d := &g.request
	d.Now, d.Strict, d.Callers = now, flags&RequestStrict != 0, p.callers
	subject, at := next(body, headSize)
	id, at := next(body, at)
	organisation, at := next(body, at)
	if len(subject) == 0 || len(id) == 0 || at > len(body)-(objectCount+nameCount)*fieldSize {
		return false
	}
	if load64(body, at)|load64(body, at+8)|uint64(load32(body, at+16)) != 0 {
		return false
	}
	d.Subject.Type, d.Subject.ID, d.Organisation = subject, id, organisation
	d.Subject.Properties, d.ActionProperties, d.ResourceProperties, d.Context, d.Token = nil, nil, nil, nil, nil
	kind, at := next(body, at+objectCount*fieldSize)
	action, at := next(body, at)
	id, at = next(body, at)
	attribute, at := next(body, at)
	if at != len(body) {
		return false
	}
	g.growPermissions(1)
	return p.grammar.SetPlain(&g.request.Permissions[0], kind, action, id, attribute)
}

// next returns the text of a field and where it ends, which is never within the body when it is cut off.
func next(body []byte, at int) (text string, end int) {
	if at > len(body)-fieldSize {
		return "", cutOff
	}
	n := int(load32(body, at))
	if end = at + fieldSize + n; end > len(body) {
		return "", cutOff
	}
	return unsafe.String((*byte)(unsafe.Add(unsafe.Pointer(unsafe.SliceData(body)), at+fieldSize)), n), end
}

// isPlain reports whether all bytes behind the head are ASCII. Lengths are among them: a field of 128 bytes is not plain.
func isPlain(body []byte) bool {
	const block = 32
	var seen uint64
	at, last := headSize, len(body)-block
	for ; at < last; at += block {
		seen |= load64(body, at) | load64(body, at+8) | load64(body, at+16) | load64(body, at+24)
	}
	seen |= load64(body, last) | load64(body, last+8) | load64(body, last+16) | load64(body, last+24)
	return seen&highBits == 0
}
