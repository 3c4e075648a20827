package state

import (
	"github.com/spf13/cobra"

	"github.com/lictor-dev/lictor/bundles/store"
	"github.com/lictor-dev/lictor/cmd/internal/cli"
)

func newRollback(program string) *cobra.Command {
	var f flags
	var to string
	cmd := &cobra.Command{
		Use:   "rollback --state DIR",
		Short: "Return to a generation that ran before, and stay there",
		Long: `Rollback has the edge run a stored generation again, in spite of its lower epoch: the one that took over before
the one that runs, or the one that --to names by its revision, its id, or the beginning of its id. It stays, whatever
is published, until "` + program + ` unpin". A rollback after a rollback goes back one further.

The edge that runs on the folder verifies the stored generation again and switches at once; without one it counts from
the next start. The exit status is 1 when there is nothing to roll back to.`,
		Example: "  " + program + " rollback --state /var/lib/lictor\n  " + program + " rollback --state /var/lib/lictor --to 2026-11-20.1",
		Args:    cobra.NoArgs,

		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: cli.Run(func(cmd *cobra.Command, _ []string) error {
			s, err := f.open()
			if err != nil {
				return err
			}
			var g store.Generation
			if cmd.Flags().Changed("to") {
				g, err = choose(s, to)
			} else {
				g, err = before(s)
			}
			if err != nil {
				return err
			}
			return f.hold(cmd.Context(), cmd.OutOrStdout(), s, g)
		}),
	}
	f.register(cmd)
	cmd.Flags().StringVar(&to, "to", "", "`name` of the generation: its revision, its id, or the beginning of its id")
	return cmd
}
