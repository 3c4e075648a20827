package config

import (
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/lictor-dev/lictor/cmd/internal/cli"
)

// Flags are the flags of all settings, and what was said with them.
type Flags struct {
	File  string // of the flag --config
	given [][]string
}

// Register adds the flags to a command.
func Register(cmd *cobra.Command) *Flags {
	f := &Flags{given: make([][]string, len(settings))}
	flags := cmd.Flags()
	flags.StringVar(&f.File, "config", "", "`file` of settings (YAML); the environment and flags win over it")
	for i := range settings {
		s := &settings[i]
		added := flags.VarPF(&flag{setting: s, texts: &f.given[i]}, s.flag, "", s.about)
		if s.word == "bool" {
			added.NoOptDefVal = "true"
		}
		if s.words != nil {
			cli.Choices(cmd, s.flag, s.words...)
		}
	}
	return f
}

// flag keeps what was said, to be looked at with everything else.
type flag struct {
	*setting
	texts *[]string
}

// Set implements [pflag.Value].
func (f *flag) Set(text string) error {
	*f.texts = append(*f.texts, text)
	return nil
}

// String implements [pflag.Value]: what counts when nothing is said.
func (f *flag) String() string {
	if f.setting == nil {
		return ""
	}
	standard := Default()
	return strings.Join(f.get(&standard), ",")
}

// Type implements [pflag.Value]: the name of the value in help.
func (f *flag) Type() string { return f.word }

var _ pflag.Value = (*flag)(nil)
