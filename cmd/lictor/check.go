package main

import (
	"fmt"
	"io"
	"strconv"
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
	kind, organisation, now     string
	given                       properties
	strict, asJSON              bool
}

// properties are the flags that hold JSON objects.
type properties struct{ subject, action, resource, context, token string }

func newCheck() *cobra.Command {
	var c check
	cmd := &cobra.Command{
		Use:   "check --bundle FILE SUBJECT PERMISSION",
		Short: "Decide once, and say why",
		Long: `Check decides whether a subject may do something, and says why: which policies decided, where they are
written and how the subject holds them, and for a deny what was missing and which grants come nearest.

What conditions read comes from --context, from the properties of the subject, of the action and of the resource, and
from --now. Properties of the subject and of the resource win over those that the bundle has stored. --token stands for
claims that an edge has verified; its member "scope" narrows what is allowed.

Without --verify-key the bundle's signature is not looked at: the file is yours to choose. An edge never does that
unless it is told to.

Exit status: 0 allowed, 1 denied.`,
		Example: `  lictor check --bundle springfield.tar.gz --org SNPP homer.simpson@springfield.com organisation:update:SNPP
  lictor check --bundle springfield.tar.gz --org SNPP homer.simpson@springfield.com organisation:update:MOES --json
  lictor check --bundle newsletter.tar.gz ada newsletter:delete:weekly --resource '{"archived": false}' --now 2027-01-01T09:00:00Z`,
		Args: cli.Arguments("SUBJECT", "PERMISSION"),
		RunE: cli.Run(func(cmd *cobra.Command, args []string) error {
			c.subject, c.permission = args[0], args[1]
			return c.run(cmd.OutOrStdout(), cmd.ErrOrStderr())
		}),
	}
	c.flags(cmd)
	return cmd
}

func (c *check) flags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&c.bundle, "bundle", "", "bundle `file` to decide from")
	flags.StringArrayVar(&c.keys, "verify-key", nil, "PEM `file` of a public key that must have signed the bundle")
	flags.StringVar(&c.kind, "type", "", "the subject's `type` (default: its stored type, or user)")
	flags.StringVar(&c.organisation, "org", "", "`code` of the organisation asked for")
	flags.StringVar(&c.given.subject, "subject-properties", "", "properties of the subject, a `JSON` object")
	flags.StringVar(&c.given.action, "action", "", "properties of the action, a `JSON` object")
	flags.StringVar(&c.given.resource, "resource", "", "properties of the resource, a `JSON` object")
	flags.StringVar(&c.given.context, "context", "", "context of the request, a `JSON` object")
	flags.StringVar(&c.given.token, "token", "", "claims of a token, a `JSON` object")
	flags.StringVar(&c.now, "now", "", "`time` of the request, RFC 3339 or seconds since 1970 (default: now)")
	flags.BoolVar(&c.strict, "strict", false, "one policy must cover the whole permission")
	cli.JSONFlag(cmd, &c.asJSON)
	cli.Require(cmd, "bundle")
	for _, flag := range []string{"org", "type", "subject-properties", "action", "resource", "context", "token", "now"} {
		cli.Choices(cmd, flag) // none that a shell could know, files least of all
	}
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
		Organisation: c.organisation, Strict: c.strict,
	}
	var err error
	if r.Now, err = moment(c.now); err != nil {
		return nil, err
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
	if err := c.given.read(r); err != nil {
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

// read reads the objects into a request.
func (g *properties) read(r *decision.Request) error {
	for _, o := range []struct {
		flag, text string
		to         *value.Value
	}{
		{"--subject-properties", g.subject, &r.Subject.Properties},
		{"--action", g.action, &r.ActionProperties},
		{"--resource", g.resource, &r.ResourceProperties},
		{"--context", g.context, &r.Context},
		{"--token", g.token, &r.Token},
	} {
		v, err := object(o.flag, o.text)
		if err != nil {
			return err
		}
		*o.to = v
	}
	return nil
}

// moment reads the flag --now in seconds since 1970. Without it the clock counts.
func moment(text string) (int64, error) {
	if text == "" {
		return time.Now().Unix(), nil
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t.Unix(), nil
	}
	const most = 1 << 53 // as in requests
	seconds, err := strconv.ParseInt(text, 10, 64)
	if err != nil || seconds > most || seconds < -most {
		return 0, cli.Misuse("--now %.40q is neither a time in RFC 3339 nor seconds since 1970", text)
	}
	return seconds, nil
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
