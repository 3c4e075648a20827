package main

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/lictor-dev/lictor/bundles"
	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/value"
	"github.com/lictor-dev/lictor/cmd/internal/cli"
	"github.com/lictor-dev/lictor/runtime/decision"
	"github.com/lictor-dev/lictor/runtime/table"
)

// check is one question as the command line puts it.
type check struct {
	bundle, subject, permission string
	keys                        []string
	kind, organisation          string
	context, resource           string
	strict, asJSON              bool
}

func newCheck() *cobra.Command {
	var c check
	cmd := &cobra.Command{
		Use:   "check --bundle FILE SUBJECT PERMISSION",
		Short: "Decide once, and say why",
		Long: `Check decides whether a subject may do something, and says why: which policies decided, where they are
written and how the subject holds them, and for a deny what was missing and which grants come nearest.

Without --verify-key the bundle's signature is not looked at: the file is yours to choose. An edge never does that
unless it is told to.

Exit status: 0 allowed, 1 denied.`,
		Example: `  lictor check --bundle springfield.tar.gz --org SNPP homer.simpson@springfield.com organisation:update:SNPP
  lictor check --bundle springfield.tar.gz --org SNPP homer.simpson@springfield.com organisation:update:MOES --json`,
		Args: cli.Arguments("SUBJECT", "PERMISSION"),
		RunE: cli.Run(func(cmd *cobra.Command, args []string) error {
			c.subject, c.permission = args[0], args[1]
			return c.run(cmd.OutOrStdout(), cmd.ErrOrStderr())
		}),
	}
	flags := cmd.Flags()
	flags.StringVar(&c.bundle, "bundle", "", "bundle `file` to decide from")
	flags.StringArrayVar(&c.keys, "verify-key", nil, "PEM `file` of a public key that must have signed the bundle")
	flags.StringVar(&c.kind, "type", "", "the subject's `type` (default: its stored type, or user)")
	flags.StringVar(&c.organisation, "org", "", "`code` of the organisation asked for")
	flags.StringVar(&c.context, "context", "", "context of the request, a `JSON` object")
	flags.StringVar(&c.resource, "resource", "", "properties of the resource, a `JSON` object")
	flags.BoolVar(&c.strict, "strict", false, "one policy must cover the whole permission")
	cli.JSONFlag(cmd, &c.asJSON)
	cli.Require(cmd, "bundle")
	return cmd
}

func (c *check) run(out, notes io.Writer) error {
	trust := cli.Trust{Keys: c.keys, AllowUnsigned: len(c.keys) == 0}
	options, err := trust.Options()
	if err != nil {
		return err
	}
	b, err := cli.OpenBundle(c.bundle, options)
	if err != nil {
		return err
	}
	if _, signed := b.Member(bundles.SignaturesName); signed && b.Signature == nil {
		fmt.Fprintln(notes, "lictor: hint: the bundle is signed and the signature was not checked, see --verify-key")
	}
	engine, err := cli.OpenEngine(b)
	if err != nil {
		return err
	}
	r, err := c.request(engine)
	if err != nil {
		return err
	}
	d, why, err := decision.Explain(engine, engine, r)
	if err != nil {
		return err
	}
	result := newChecked(c, r, d, &why)
	result.Revision, result.Notes = b.Manifest.Revision, notesOn(engine, r, result)
	if c.asJSON {
		err = cli.PrintJSON(out, result)
	} else {
		result.write(out)
	}
	if err != nil || d.Allowed {
		return err
	}
	return cli.No()
}

func (c *check) request(engine *table.Engine) (*decision.Request, error) {
	if c.subject == "" {
		return nil, cli.Misuse("the subject is empty")
	}
	r := &decision.Request{
		Subject:      decision.Subject{Type: c.kind, ID: c.subject},
		Organisation: c.organisation, Now: time.Now().Unix(), Strict: c.strict,
	}
	if r.Subject.Type == "" {
		r.Subject.Type = "user"
		if stored, ok := engine.SubjectType(c.subject); ok {
			r.Subject.Type = stored
		}
	}
	p, err := engine.Grammar().Parse(c.permission)
	if err != nil {
		return nil, cli.Misuse("permission %w", err)
	}
	r.Permissions = []permission.Permission{p}
	if r.Context, err = object("--context", c.context); err != nil {
		return nil, err
	}
	if r.ResourceProperties, err = object("--resource", c.resource); err != nil {
		return nil, err
	}
	if code := r.Context.Get("organisation"); code.Kind() != value.Missing {
		if code.Text() == "" || c.organisation != "" && code.Text() != c.organisation {
			return nil, cli.Misuse("the organisation in --context is not that of --org")
		}
		r.Organisation = code.Text()
	}
	return r, nil
}

// object reads a flag that holds a JSON object, Missing when it is not given.
func object(flag, text string) (value.Value, error) {
	if text == "" {
		return nil, nil
	}
	_, v, err := value.Parse(nil, []byte(text))
	if err != nil {
		return nil, cli.Misuse("%s is not JSON: %w", flag, err)
	}
	if v.Kind() != value.Object {
		return nil, cli.Misuse("%s is not a JSON object", flag)
	}
	return v, nil
}
