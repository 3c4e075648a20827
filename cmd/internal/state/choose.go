package state

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/lictor-dev/lictor/bundles"
	"github.com/lictor-dev/lictor/bundles/store"
	"github.com/lictor-dev/lictor/cmd/internal/cli"
)

const hintList = `"generations" lists what is stored`

// choose returns the stored generation that an operator names by its revision, its id, or the beginning of its id.
func choose(s *store.Source, name string) (store.Generation, error) {
	list, err := s.Generations()
	var found []store.Generation
	for _, g := range list {
		if g.ID.String() == name {
			return g, nil
		}
		if g.Revision == name || name != "" && strings.HasPrefix(g.ID.String(), name) {
			found = append(found, g)
		}
	}
	if len(found) == 1 {
		return found[0], nil
	}
	if len(found) > 1 {
		return store.Generation{}, cli.WithHint(cli.Misuse("%q names %d stored generations", name, len(found)), "name one by its id, or by more of it; "+hintList)
	}
	if err != nil {
		return store.Generation{}, damaged(err)
	}
	return store.Generation{}, none("no stored generation is named %q", name)
}

// none ends a command that found nothing to do it with.
func none(format string, args ...any) error {
	return &cli.Failure{Status: cli.Negative, Err: fmt.Errorf(format, args...), Hint: hintList}
}

// damaged adds the hint of what cannot be believed.
func damaged(err error) error {
	if corrupt, ok := errors.AsType[*store.CorruptError](err); ok {
		return cli.WithHint(err, corrupt.Hint())
	}
	return cli.Unreadable(err)
}

// current returns what runs: what the edges on the folder say, else what the next one will begin with. It is zero
// when nothing has ever run.
func current(s *store.Source) (bundles.Digest, error) {
	edges, err := s.Edges()
	if err != nil {
		return bundles.Digest{}, damaged(err)
	}
	var runs bundles.Digest
	for _, edge := range edges {
		switch edge.ID {
		case bundles.Digest{}, runs: // one on which nothing runs says nothing about the others
			continue
		}
		if runs != (bundles.Digest{}) {
			return runs, cli.WithHint(cli.Misuse("the edges on the folder run different generations"), "name one; "+hintList)
		}
		runs = edge.ID
	}
	if runs != (bundles.Digest{}) {
		return runs, nil
	}
	pin, err := s.Pin()
	if err != nil {
		return runs, damaged(err)
	}
	if pin.Pinned() {
		return pin.ID, nil
	}
	last, _, err := s.Previous(runs)
	if err != nil {
		return runs, damaged(err)
	}
	return last.ID, nil
}

// running returns the stored generation that runs.
func running(s *store.Source) (store.Generation, error) {
	id, err := current(s)
	if err != nil {
		return store.Generation{}, err
	}
	if id == (bundles.Digest{}) {
		return store.Generation{}, none("nothing has run yet")
	}
	g, err := s.Generation(id)
	if errors.Is(err, fs.ErrNotExist) {
		return g, none("what runs is not stored")
	}
	if err != nil {
		return g, damaged(err)
	}
	return g, nil
}

// before returns the stored generation that ran before the one that runs.
func before(s *store.Source) (store.Generation, error) {
	id, err := current(s)
	if err != nil {
		return store.Generation{}, err
	}
	g, ok, err := s.Previous(id)
	if err != nil {
		return g, damaged(err) // the one that is damaged may be the one
	}
	if !ok || id == (bundles.Digest{}) {
		return g, none("there is nothing to roll back to")
	}
	return g, nil
}
