package state

import (
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/lictor-dev/lictor/bundles/store"
	"github.com/lictor-dev/lictor/cmd/internal/cli"
)

// generation is a stored generation.
type generation struct {
	ID       string     `json:"id"`
	Revision string     `json:"revision"`
	Epoch    uint64     `json:"epoch"`
	Size     int64      `json:"size"`      // of the bundle, in bytes
	TookOver *time.Time `json:"took_over"` // for the last time; null when it never has
	Runs     bool       `json:"runs"`      // on an edge
	Pinned   bool       `json:"pinned"`
}

func newGeneration(g store.Generation) *generation {
	out := &generation{ID: g.ID.String(), Revision: g.Revision, Epoch: g.Epoch, Size: g.Size}
	if g.Sequence > 0 {
		at := g.At.UTC()
		out.TookOver = &at
	}
	return out
}

// listed is the result of generations.
type listed struct {
	Generations []*generation `json:"generations"` // what took over last first
	Edges       []edge        `json:"edges"`
}

func newGenerations(program string) *cobra.Command {
	var f flags
	cmd := &cobra.Command{
		Use:   "generations --state DIR",
		Short: "List what rollback and pin can return to",
		Long: `Generations lists what is stored in the state folder of an edge, what took over last first: by these
revisions and ids rollback and pin name a generation. It says which one runs, if an edge runs on the folder, and which one
is pinned.`,
		Example: "  " + program + " generations --state /var/lib/lictor",
		Args:    cobra.NoArgs,

		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: cli.Run(func(cmd *cobra.Command, _ []string) error {
			s, err := f.open()
			if err != nil {
				return err
			}
			return f.list(cmd.OutOrStdout(), s)
		}),
	}
	f.register(cmd)
	return cmd
}

// list shows what can be believed, also when something cannot.
func (f *flags) list(out io.Writer, s *store.Source) error {
	stored, broken := s.Generations()
	pin, unknown := s.Pin()
	reports, err := s.Edges()
	if err != nil {
		return damaged(err)
	}
	l := listed{Generations: []*generation{}, Edges: []edge{}}
	for _, r := range reports {
		l.Edges = append(l.Edges, newEdge(r))
	}
	for _, g := range stored {
		shown := newGeneration(g)
		shown.Pinned = pin.ID == g.ID
		for _, r := range reports {
			shown.Runs = shown.Runs || r.ID == g.ID
		}
		l.Generations = append(l.Generations, shown)
	}
	if f.json {
		err = cli.PrintJSON(out, l)
	} else {
		err = l.write(out)
	}
	if both := errors.Join(broken, unknown); err == nil && both != nil {
		return damaged(both)
	}
	return err
}

func (l *listed) write(out io.Writer) error {
	if len(l.Generations) == 0 {
		_, err := fmt.Fprintln(out, "nothing is stored")
		return err
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "REVISION\tEPOCH\tID\tTOOK OVER\tSTATE")
	for _, g := range l.Generations {
		fmt.Fprintf(table, "%s\t%d\t%.*s\t%s\t%s\n", g.Revision, g.Epoch, shortID, g.ID, g.took(), g.state())
	}
	return table.Flush()
}

func (g *generation) took() string {
	if g.TookOver == nil {
		return "never"
	}
	return g.TookOver.Format(time.RFC3339)
}

func (g *generation) state() string {
	switch {
	case g.Runs && g.Pinned:
		return "runs, pinned"
	case g.Runs:
		return "runs"
	case g.Pinned:
		return "pinned"
	}
	return "-"
}
