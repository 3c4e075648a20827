package guest

import (
	"errors"

	"github.com/lictor-dev/lictor/bundles/manifest"
	"github.com/lictor-dev/lictor/bundles/unpack"
)

// OpenBundle opens the first n bytes of the buffer as a bundle (rule P1) and returns a handle, or an error of rule E1. Who
// signed it is not checked: the flag host_verified says that the host has (rule P2).
func (g *Guest) OpenBundle(n, flags uint32) int32 {
	if code := g.checkFlags(flags); code != 0 {
		return int32(code)
	}
	content, code := g.take(n)
	if code != 0 {
		return int32(code)
	}
	b, err := unpack.Open(content)
	if err != nil {
		return int32(g.refuseBundle(err))
	}
	p, code := g.open(b.Tables, flags)
	if code != 0 {
		return int32(code)
	}
	p.bundle = &identity{revision: b.Manifest.Revision, id: b.ID.String(), epoch: b.Manifest.Epoch}
	if b.Tests != nil {
		if code := g.prove(p, b.Tests); code != 0 {
			return int32(code)
		}
	}
	return g.keep(p)
}

// refuseBundle is fail for an error of a bundle.
func (g *Guest) refuseBundle(err error) Code {
	if _, newer := errors.AsType[*manifest.FormatError](err); newer {
		return g.fail(format, err.Error())
	}
	if errors.Is(err, unpack.ErrLimit) {
		return g.fail(limit, err.Error())
	}
	return g.fail(damaged, err.Error())
}
