package state

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/lictor-dev/lictor/bundles/store"
	"github.com/lictor-dev/lictor/cmd/internal/cli"
)

func newPin(program string) *cobra.Command {
	var f flags
	cmd := &cobra.Command{
		Use:   "pin --state DIR [REVISION|ID]",
		Short: "Hold on to a generation, whatever is published",
		Long: `Pin has the edge run one stored generation, which is named by its revision, its id, or the beginning of its id,
and keep it, whatever is published, until "` + program + ` unpin". Without a name it is the generation that runs.

The edge that runs on the folder verifies the stored generation again and switches at once; without one it counts from
the next start. The exit status is 1 when there is no such generation.`,
		Example: "  " + program + " pin --state /var/lib/lictor\n  " + program + " pin --state /var/lib/lictor 2026-11-20.1",
		Args:    atMostOne,

		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: cli.Run(func(cmd *cobra.Command, args []string) error {
			s, err := f.open()
			if err != nil {
				return err
			}
			var g store.Generation
			if len(args) == 1 {
				g, err = choose(s, args[0])
			} else {
				g, err = running(s)
			}
			if err != nil {
				return err
			}
			return f.hold(cmd.Context(), cmd.OutOrStdout(), s, g)
		}),
	}
	f.register(cmd)
	return cmd
}

func atMostOne(_ *cobra.Command, args []string) error {
	if len(args) > 1 {
		return fmt.Errorf("argument %q is one too many", args[1])
	}
	return nil
}
