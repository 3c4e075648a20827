// Package state is what operators do with the state folder of an edge: list the generations that are stored there,
// return to one of them, hold on to it, and let go. The verbs need no key and no address: they write what is to run
// into the folder, and the edge that runs on it obeys.
package state

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/lictor-dev/lictor/bundles/store"
	"github.com/lictor-dev/lictor/cmd/internal/cli"
)

// source is the one source of an edge's state folder: the highest epoch is that of the edge, whatever
// path its bundles come from, so that renaming a file replays nothing.
const source = "edge"

// Open opens the state folder of an edge, and makes it if need be.
func Open(dir string) (*store.Source, error) {
	state, err := store.Open(dir)
	if err != nil {
		return nil, err
	}
	return state.Source(source)
}

// Commands returns the verbs of a program.
func Commands(program string) []*cobra.Command {
	return []*cobra.Command{newGenerations(program), newRollback(program), newPin(program), newUnpin(program)}
}

// flags are what the verbs have in common.
type flags struct {
	dir  string
	json bool
}

func (f *flags) register(cmd *cobra.Command) {
	set := cmd.Flags()
	set.StringVar(&f.dir, "state", "", "state `folder` of the edge")
	cli.JSONFlag(cmd, &f.json)
	cli.Require(cmd, "state")
}

// open opens a state folder that an edge has used.
func (f *flags) open() (*store.Source, error) {
	if _, err := os.Stat(filepath.Join(f.dir, "sources")); err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return nil, cli.WithHint(fmt.Errorf("%q is not the state folder of an edge", f.dir), "give the folder that serve was given with --state")
		}
		return nil, cli.Unreadable(err)
	}
	s, err := Open(f.dir)
	return s, cli.Unreadable(err)
}
