package tables

import (
	"slices"

	"github.com/lictor-dev/lictor/bundles/internal/load"
)

// resourceProof proves the rows of the declared vocabulary, in order.
type resourceProof struct {
	t      *Tables
	last   []string            // namespace and type of the row before
	proven map[uint32]struct{} // lists, which rows share
}

func (p *resourceProof) prove(row []byte) error {
	for _, ref := range [][]byte{row, row[refSize:]} {
		if err := p.t.proveRef(secResources, ref); err != nil {
			return err
		}
	}
	key := []string{p.t.text(row), p.t.text(row[refSize:])}
	if p.last != nil && slices.Compare(key, p.last) <= 0 {
		return corrupt(secResources, "not sorted")
	}
	p.last = key
	for _, list := range []uint32{load.U32(row, 16), load.U32(row, 20)} {
		if _, ok := p.proven[list]; ok {
			continue
		}
		if err := p.t.proveWords(list); err != nil {
			return err
		}
		p.proven[list] = struct{}{}
	}
	return nil
}

// proveWords proves a list of refs to texts: none empty, each greater than the one before.
func (t *Tables) proveWords(list uint32) error {
	items, err := t.proveList(secResources, list)
	if err != nil {
		return err
	}
	if len(items)%refSize != 0 {
		return corrupt(secResources, "list is not of refs")
	}
	for last := ""; len(items) > 0; items = items[refSize:] {
		if err := t.proveRef(secResources, items); err != nil {
			return err
		}
		word := t.text(items)
		if word <= last {
			return corrupt(secResources, "words not sorted")
		}
		last = word
	}
	return nil
}
