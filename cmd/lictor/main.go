// Command lictor compiles role, permission and entitlement definitions into bundles, says what is in
// them, and answers from them.
package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/lictor-dev/lictor/cmd/internal/cli"
	"github.com/lictor-dev/lictor/cmd/internal/serve"
	"github.com/lictor-dev/lictor/cmd/internal/state"
)

func main() { os.Exit(int(cli.Execute(newRoot(), os.Args[1:]))) }

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "lictor",
		Short: "May this subject do this? Compile definitions into bundles and answer from them",
		Long: `Lictor compiles role, permission and entitlement definitions into one signed, versioned bundle, and
answers "may this subject do this?" from it.

Exit status: 0 done or allowed, 1 diagnostics, failures or denied, 2 usage, 3 could not run.`,
		Example: `  lictor dev examples/springfield
  lictor compile examples/springfield -o springfield.tar.gz
  lictor check --bundle springfield.tar.gz --org SNPP homer.simpson@springfield.com organisation:update:SNPP`,
		Args: known,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SuggestionsMinimumDistance = 2
	cli.VersionFlag(root, "lictor")
	root.AddCommand(state.Commands("lictor")...)
	root.AddCommand(
		newCompile(), newDev(), newCheck(), newTest(), newInspect(), newVerify(), newSchema(), serve.Command("lictor"), serve.KeyCommand("lictor"), cli.VersionCommand("lictor"),
	)
	return root
}

// known refuses what is no command, and names the nearest.
func known(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	err := cli.Misuse("unknown command %q", args[0])
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		return cli.WithHint(err, fmt.Sprintf("did you mean %q?", near[0]))
	}
	return cli.WithHint(err, `see "lictor --help"`)
}
