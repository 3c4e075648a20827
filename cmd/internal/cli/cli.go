// Package cli is what the commands share: how they end, how they say what went wrong, and how they
// write JSON.
package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Status is the exit status of a command.
type Status int

// The exit statuses.
const (
	OK       Status = 0
	Negative Status = 1 // the command did its work and the answer is no: diagnostics, failures, a deny
	Usage    Status = 2 // the command line makes no sense
	Broken   Status = 3 // the command could not do its work
)

// Failure ends a command with a status. A Failure without an error ends it in silence: the command has
// already said what there is to say.
type Failure struct {
	Status Status
	Err    error
	Hint   string // what to do about it; may be empty
}

func (f *Failure) Error() string {
	if f.Err == nil {
		return ""
	}
	return f.Err.Error()
}

// Unwrap returns the cause.
func (f *Failure) Unwrap() error { return f.Err }

// No ends a command whose answer is no and which has said so.
func No() error { return &Failure{Status: Negative} }

// Misuse ends a command whose arguments make no sense.
func Misuse(format string, args ...any) error {
	return &Failure{Status: Usage, Err: fmt.Errorf(format, args...)}
}

// WithHint adds a hint to an error; nil stays nil.
func WithHint(err error, hint string) error {
	if err == nil {
		return nil
	}
	f := &Failure{Status: Broken, Err: err, Hint: hint}
	if inner, ok := errors.AsType[*Failure](err); ok {
		f.Status = inner.Status
	}
	return f
}

// Run adapts a command's work: an error that is no [Failure] means that it could not be done.
func Run(work func(cmd *cobra.Command, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		err := work(cmd, args)
		if _, ok := errors.AsType[*Failure](err); err == nil || ok {
			return err
		}
		return &Failure{Status: Broken, Err: err}
	}
}

// Execute runs a command line and returns its exit status. Errors go to the command's standard error as
// "lictor: error: …" and "lictor: hint: …".
func Execute(root *cobra.Command, args []string) Status {
	root.SilenceErrors, root.SilenceUsage = true, true
	refuseUnknown(root)
	if len(args) > 0 && strings.HasPrefix(args[0], cobra.ShellCompRequestCmd) {
		plainUsage(root)
	}
	root.SetArgs(args)
	cmd, err := root.ExecuteC()
	if err == nil {
		return OK
	}
	f, ok := errors.AsType[*Failure](err)
	if !ok { // cobra's own: the command line was not understood
		f = &Failure{Status: Usage, Err: missing(cmd, err), Hint: fmt.Sprintf("see %q", cmd.CommandPath()+" --help")}
	}
	report(cmd.ErrOrStderr(), f)
	return f.Status
}

// refuseUnknown makes misuse of what cobra's own commands would answer with help and success: an unknown topic of
// help, an unknown shell of completion.
func refuseUnknown(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, cmd := range root.Commands() {
		switch cmd.Name() {
		case "help":
			cmd.Args = func(_ *cobra.Command, args []string) error {
				if _, rest, err := root.Find(args); err != nil || len(rest) > 0 {
					return fmt.Errorf("unknown command %q", strings.Join(args, " "))
				}
				return nil
			}
		case "completion":
			cmd.Args = cobra.NoArgs
			cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
		}
	}
}

// plainUsage takes the backticks, which mark the names of values for help, out of what completion shows of flags.
func plainUsage(cmd *cobra.Command) {
	cmd.Flags().VisitAll(func(f *pflag.Flag) { f.Usage = strings.ReplaceAll(f.Usage, "`", "") })
	for _, c := range cmd.Commands() {
		plainUsage(c)
	}
}

// Arguments wants exactly the arguments with these names.
func Arguments(names ...string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) < len(names) {
			return fmt.Errorf("%s is missing", names[len(args)])
		}
		if len(args) > len(names) {
			return fmt.Errorf("argument %q is one too many", args[len(names)])
		}
		return nil
	}
}

// missing names the required flag that is missing as help spells it, where that is what err is about.
func missing(cmd *cobra.Command, err error) error {
	if !strings.HasPrefix(err.Error(), "required flag(s) ") {
		return err
	}
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if _, required := f.Annotations[cobra.BashCompOneRequiredFlag]; required && !f.Changed {
			value, _ := pflag.UnquoteUsage(f)
			err = fmt.Errorf("--%s %s is missing", f.Name, strings.ToUpper(value))
		}
	})
	return err
}

// Require marks a flag as one that must be given.
func Require(cmd *cobra.Command, flag string) {
	if err := cmd.MarkFlagRequired(flag); err != nil {
		panic("BUG: " + err.Error())
	}
}

// Choices lets the shell complete the values of a flag.
func Choices(cmd *cobra.Command, flag string, values ...string) {
	if err := cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)); err != nil {
		panic("BUG: " + err.Error())
	}
}

func report(w io.Writer, f *Failure) {
	if f.Err == nil {
		return
	}
	for line := range strings.Lines(f.Err.Error()) {
		if line = strings.TrimSpace(line); line != "" {
			fmt.Fprintf(w, "lictor: error: %s\n", line)
		}
	}
	if f.Hint != "" {
		fmt.Fprintf(w, "lictor: hint: %s\n", f.Hint)
	}
}

// PrintJSON writes v as indented JSON.
func PrintJSON(w io.Writer, v any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(v)
}
