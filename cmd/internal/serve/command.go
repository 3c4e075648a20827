package serve

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/lictor-dev/lictor/cmd/internal/cli"
	"github.com/lictor-dev/lictor/cmd/internal/serve/config"
)

// Config is what an edge is to do.
type Config = config.Config

// Command returns the verb serve of a program.
func Command(program string) *cobra.Command {
	var flags *config.Flags
	var printed bool
	cmd := &cobra.Command{
		Use:   "serve --bundle FILE|DIR (--verify-key PEM | --allow-unsigned)",
		Short: "Answer from a bundle over HTTP, and take up every new one",
		Long: `Serve answers POST /v1/check and AuthZEN's /access/v1/… on one address, and /healthz, /readyz, /metrics and
/v1/generation on another. When the bundle changes it is verified and takes over whole; while a new bundle is not
good, the old one stays. Without a good bundle serve waits, is not ready, and answers 503.

Of a folder, the newest *.tar.gz counts: the one with the highest epoch, and among equals the last by name. A bundle
with a lower epoch than one that has run is refused.

Every flag can also be set in the file that --config names, whose keys "lictor schema edge" describes, and by a
variable such as LICTOR_MAX_BODY for --max-body. Flags win over variables, and those over the file.

SIGHUP makes it read the bundle, certificates, verification keys and API keys again, which it does by itself when they change. SIGINT
and SIGTERM end it when the questions that have begun are answered.`,
		Example: "  " + program + " serve --bundle springfield.tar.gz --verify-key release.pub.pem --state /var/lib/lictor",
		Args:    cobra.NoArgs,

		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: cli.Run(func(cmd *cobra.Command, _ []string) error {
			c, err := config.Load(flags, os.Environ())
			if err != nil {
				return explained(err, cmd)
			}
			if printed {
				return c.Print(cmd.OutOrStdout())
			}
			ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGINT, syscall.SIGTERM)
			defer stop()
			context.AfterFunc(ctx, stop) // a second signal ends the program at once
			err = Run(ctx, *c, cmd.OutOrStdout(), cmd.ErrOrStderr())
			cmd.SetErr(&hasty{to: cmd.ErrOrStderr()}) // which the error goes to
			return err
		}),
	}
	flags = config.Register(cmd)
	cmd.Flags().BoolVar(&printed, "print-config", false, "print every setting as a file for --config, and do nothing else")
	return cmd
}

// explained adds where settings are explained.
func explained(err error, cmd *cobra.Command) error {
	return cli.WithHint(err, `see "`+cmd.CommandPath()+` --help"`)
}
