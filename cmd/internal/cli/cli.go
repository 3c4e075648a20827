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
	root.SetArgs(args)
	cmd, err := root.ExecuteC()
	if err == nil {
		return OK
	}
	f, ok := errors.AsType[*Failure](err)
	if !ok { // cobra's own: the command line was not understood
		f = &Failure{Status: Usage, Err: err, Hint: fmt.Sprintf("see %q", cmd.CommandPath()+" --help")}
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
