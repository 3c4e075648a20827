package serve

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/lictor-dev/lictor/cmd/internal/cli"
	"github.com/lictor-dev/lictor/cmd/internal/serve/callers"
)

// KeyCommand returns the verb key of a program.
func KeyCommand(program string) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "key NAME",
		Short: "Make an API key for a caller of an edge",
		Long: `Key makes an API key at random and prints it once, with the line that lets its holder ask: put that into the file
that --callers-file names. The file holds a digest only, from which nobody can get the key.

A caller may have several keys, as a list, while one takes over from another. It sends its key as
"Authorization: Bearer KEY".`,
		Example: "  " + program + " key gateway",
		Args:    cli.Arguments("NAME"),

		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: cli.Run(func(cmd *cobra.Command, args []string) error {
			name := args[0]
			if strings.TrimSpace(name) != name || name == "" || strings.ContainsFunc(name, unicode.IsControl) {
				return cli.Misuse("%q is no name for a caller", name)
			}
			key := callers.NewKey()
			digest := callers.DigestOf(key)
			if asJSON {
				return cli.PrintJSON(cmd.OutOrStdout(), map[string]string{"name": name, "key": key, "sha256": digest})
			}
			quoted, err := json.Marshal(name)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "key, to be kept by the caller and shown only now:\n  %s\nbelow \"callers:\" in the file of callers:\n  %s: {sha256: %s}\n", key, quoted, digest)
			return err
		}),
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print an object with name, key and sha256")
	return cmd
}
