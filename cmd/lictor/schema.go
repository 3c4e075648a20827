package main

import (
	"github.com/spf13/cobra"

	"github.com/lictor-dev/lictor/cmd/internal/cli"
	"github.com/lictor-dev/lictor/compiler/source"
)

func newSchema() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of definition files",
		Long: `Schema prints the JSON Schema (draft 2020-12) of a definition file, for editors and other tools. A file
that breaks the shape is invalid for the schema too; what names refer to is checked by compile only.`,
		Example: "  lictor schema > lictor.schema.json",
		Args:    cobra.NoArgs,

		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: cli.Run(func(cmd *cobra.Command, _ []string) error {
			_, err := cmd.OutOrStdout().Write(source.Schema())
			return err
		}),
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "the schema is JSON with and without this flag")
	return cmd
}
