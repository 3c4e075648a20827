package state

import (
	"github.com/spf13/cobra"

	"github.com/lictor-dev/lictor/cmd/internal/cli"
)

func newUnpin(program string) *cobra.Command {
	var f flags
	cmd := &cobra.Command{
		Use:   "unpin --state DIR",
		Short: "Let the best bundle run again after pin or rollback",
		Long: `Unpin has the edge run the best bundle of its source again: the one with the highest epoch, and none older than
what has run. When the source gives none, it is the stored generation that took over last.

The edge that runs on the folder switches at once; without one it counts from the next start.`,
		Example: "  " + program + " unpin --state /var/lib/lictor",
		Args:    cobra.NoArgs,

		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: cli.Run(func(cmd *cobra.Command, _ []string) error {
			s, err := f.open()
			if err != nil {
				return err
			}
			what := "nothing is pinned any more"
			if pin, err := s.Pin(); err == nil && !pin.Pinned() { // one that cannot be read is replaced
				what = "nothing was pinned"
			}
			pin, err := s.Unpin()
			if err != nil {
				return cli.Unreadable(err)
			}
			edges, err := wait(cmd.Context(), s, pin)
			if err != nil {
				return err
			}
			return f.say(cmd.OutOrStdout(), obeyed{Edges: edges}, what)
		}),
	}
	f.register(cmd)
	return cmd
}
