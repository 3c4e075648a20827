package main

import (
	"github.com/spf13/cobra"

	"github.com/lictor-dev/lictor/cmd/internal/cli"
	"github.com/lictor-dev/lictor/cmd/internal/serve/callers"
	"github.com/lictor-dev/lictor/cmd/internal/serve/config"
	"github.com/lictor-dev/lictor/compiler/source"
)

// schemas are the files that have one.
var schemas = []struct {
	name string
	text func() []byte
}{
	{"definitions", source.Schema},
	{"edge", config.Schema},
	{"callers", callers.Schema},
}

func newSchema() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "schema [definitions|edge|callers]",
		Short: "Print the JSON Schema of definition files, or of those of an edge",
		Long: `Schema prints the JSON Schema (draft 2020-12) of a definition file, of the settings of an edge (serve --config), or of
its callers (serve --callers-file), for editors and other tools. A file that breaks the shape is invalid for the
schema too; what names refer to is checked by those who read the file only.`,
		Example: "  lictor schema > lictor.schema.json\n  lictor schema edge > edge.schema.json",
		Args:    cobra.MaximumNArgs(1),

		ValidArgsFunction: cobra.FixedCompletions([]string{"definitions", "edge", "callers"}, cobra.ShellCompDirectiveNoFileComp),
		RunE: cli.Run(func(cmd *cobra.Command, args []string) error {
			name := schemas[0].name
			if len(args) > 0 {
				name = args[0]
			}
			for _, s := range schemas {
				if s.name == name {
					_, err := cmd.OutOrStdout().Write(s.text())
					return err
				}
			}
			return cli.Misuse("there is no schema %q: there are definitions, edge and callers", name)
		}),
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "the schema is JSON with and without this flag")
	return cmd
}
