package main

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/lictor-dev/lictor/bundles"
	"github.com/lictor-dev/lictor/cmd/internal/cli"
	"github.com/lictor-dev/lictor/compiler"
	"github.com/lictor-dev/lictor/compiler/subset"
)

// client is what the flags of compile say about a bundle of only a part.
type client struct {
	whom     string
	selected subset.Selection
}

func (c *client) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&c.whom, "for", "", "`whom` the bundle is for: client leaves out what a client, such as a browser, must not see")
	flags.StringArrayVar(&c.selected.Types, "subject-type", nil, "with --for: subject `type` that the client may know; may be repeated")
	flags.StringArrayVar(&c.selected.Namespaces, "namespace", nil, "with --for: `namespace` that the client may know; may be repeated")
	flags.StringArrayVar(&c.selected.Subjects, "subject", nil, "with --for: `id` of a subject that the client may know; may be repeated (default: what everybody holds by birthright)")
	cli.Choices(cmd, "for", bundles.ForClient)
}

// selection returns what is selected, nil for everything.
func (c *client) selection() (*subset.Selection, error) {
	s := &c.selected
	switch {
	case c.whom == "" && len(s.Types)+len(s.Namespaces)+len(s.Subjects) > 0:
		return nil, cli.Misuse("--subject-type, --namespace and --subject need --for %s", bundles.ForClient)
	case c.whom == "":
		return nil, nil
	case c.whom != bundles.ForClient:
		return nil, cli.Misuse("--for %q is not %s", c.whom, bundles.ForClient)
	case len(s.Types) == 0 || len(s.Namespaces) == 0:
		return nil, cli.Misuse("--for %s needs --subject-type and --namespace", bundles.ForClient)
	case slices.Contains(slices.Concat(s.Types, s.Namespaces, s.Subjects), ""):
		return nil, cli.Misuse("--subject-type, --namespace and --subject take no empty name")
	}
	return s, nil
}

// notSelectable makes misuse of a selection of what is not there.
func notSelectable(err error) error {
	unknown, ok := errors.AsType[*subset.UnknownError](err)
	if ok {
		f := &cli.Failure{Status: cli.Usage, Err: err}
		if unknown.Nearest != "" {
			f.Hint = fmt.Sprintf("did you mean %q?", unknown.Nearest)
		}
		return f
	}
	if other, ok := errors.AsType[*subset.TypeError](err); ok {
		return &cli.Failure{Status: cli.Usage, Err: err, Hint: fmt.Sprintf("add --subject-type %s", other.Type)}
	}
	return err
}

// printLeftOut tells people what is not in a bundle for a client.
func printLeftOut(out io.Writer, l *compiler.LeftOut) error {
	if l == nil {
		return nil
	}
	if _, err := fmt.Fprintf(out, "lictor: left out: %s\n", l); err != nil || l.Touched == 0 {
		return err
	}
	_, err := fmt.Fprintf(out, "lictor: note: %s for everybody left out, because a DENY or a condition in Rego may take it from some\n", plural(l.Touched, "ALLOW"))
	return err
}
