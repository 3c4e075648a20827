package cli

import (
	"fmt"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// Version is what a program knows about its own build.
type Version struct {
	Version  string `json:"version"`            // of the module; "(devel)" for a build from a work tree
	Go       string `json:"go"`                 // of the toolchain
	Revision string `json:"revision,omitempty"` // of the source
	Modified bool   `json:"modified,omitempty"` // the source was changed after that revision
}

// ReadVersion returns the version of the running program.
func ReadVersion() Version {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return Version{Version: "unknown"}
	}
	v := Version{Version: info.Main.Version, Go: info.GoVersion}
	for _, setting := range info.Settings {
		switch setting.Key {
		case "vcs.revision":
			v.Revision = setting.Value
		case "vcs.modified":
			v.Modified = setting.Value == "true"
		}
	}
	return v
}

// VersionCommand returns the verb version of a program.
func VersionCommand(program string) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "version",
		Short:   "Print which build this is",
		Example: "  " + program + " version --json",
		Args:    cobra.NoArgs,

		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: Run(func(cmd *cobra.Command, _ []string) error {
			v := ReadVersion()
			if asJSON {
				return PrintJSON(cmd.OutOrStdout(), v)
			}
			_, err := fmt.Fprintln(cmd.OutOrStdout(), v.line(program))
			return err
		}),
	}
	JSONFlag(cmd, &asJSON)
	return cmd
}

func (v Version) line(program string) string {
	return fmt.Sprintf("%s %s (%s)", program, v.Version, v.Go)
}

// VersionFlag gives a program the flag --version, which prints what the verb version does.
func VersionFlag(root *cobra.Command, program string) {
	root.Version = ReadVersion().line(program)
	root.SetVersionTemplate("{{.Version}}\n")
}

// JSONFlag adds the flag --json.
func JSONFlag(cmd *cobra.Command, asJSON *bool) {
	cmd.Flags().BoolVar(asJSON, "json", false, "write the result as JSON")
}
