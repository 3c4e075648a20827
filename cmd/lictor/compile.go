package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/lictor-dev/lictor/bundles"
	"github.com/lictor-dev/lictor/bundles/sign"
	"github.com/lictor-dev/lictor/cmd/internal/cli"
	"github.com/lictor-dev/lictor/compiler"
	"github.com/lictor-dev/lictor/compiler/diag"
)

// compile is the verb as its flags say.
type compile struct {
	output     string
	epoch      string
	options    compiler.Options
	client     client
	key, keyID string
	agree      string
	strict     bool
	asJSON     bool
}

func newCompile() *cobra.Command {
	var c compile
	cmd := &cobra.Command{
		Use:   "compile DIR -o FILE",
		Short: "Turn a folder of definitions into a bundle",
		Long: `Compile reads every definition file below a folder and writes one bundle, which stock OPA loads and an edge
serves. It reports every mistake at once, and writes nothing when there is one. Warnings do not stop it, unless
--strict is given.

The same definitions give the same bytes, on any machine and at any time.

With --for client the bundle holds only what concerns the named namespaces and subject types, and of stored subjects
only those that are named: what a browser may see. It decides about them as the whole bundle does and denies
everything else. What was left out is reported. No edge serves such a bundle.

Exit status: 0 written, 1 diagnostics.`,
		Example: `  lictor compile examples/springfield -o springfield.tar.gz
  lictor compile policy -o policy.tar.gz --revision 2026-11-22 --epoch 42 --sign-key release.pem --key-id release
  lictor compile policy -o homer.tar.gz --for client --subject-type user --namespace shop --subject homer`,
		Args: cli.Arguments("DIR"),
		RunE: cli.Run(func(cmd *cobra.Command, args []string) error {
			return c.run(cmd, args[0])
		}),
	}
	flags := cmd.Flags()
	flags.StringVarP(&c.output, "output", "o", "", "bundle `file` to write")
	flags.StringVar(&c.options.Revision, "revision", "", "the bundle's `revision` (default: the digest of the definitions)")
	flags.StringVar(&c.epoch, "epoch", "0", "the bundle's `number`, which only rises: an edge takes no bundle with a lower one")
	flags.StringVar(&c.key, "sign-key", "", "PEM `file` of the private key that signs: ECDSA P-256, Ed25519 or RSA")
	flags.StringVar(&c.keyID, "key-id", "", "`id` of that key, written into the signature")
	flags.BoolVar(&c.strict, "strict", false, "treat warnings as errors")
	flags.StringVar(&c.agree, "agree", "sample", "compare tables and Rego on a `sample` of requests, or on requests about every policy: sample or full")
	c.client.register(cmd)
	cli.JSONFlag(cmd, &c.asJSON)
	cli.Require(cmd, "output")
	cli.Choices(cmd, "agree", "sample", "full")
	return cmd
}

// compiled is the result of compile.
type compiled struct {
	File        string            `json:"file,omitempty"` // empty when nothing was written
	Revision    string            `json:"revision,omitempty"`
	Epoch       uint64            `json:"epoch"`
	Signed      bool              `json:"signed"`
	Agreement   *agreement        `json:"agreement,omitempty"`
	Diagnostics diag.List         `json:"diagnostics"`
	Warnings    []bundles.Warning `json:"warnings,omitempty"` // about the bundle, not about definitions
	LeftOut     *compiler.LeftOut `json:"left_out,omitempty"` // of a bundle for a client
}

var errStrict = errors.New("there are warnings, and --strict makes them errors")

func (c *compile) run(cmd *cobra.Command, dir string) error {
	if err := c.complete(); err != nil {
		return err
	}
	p, err := buildProject(cmd.Context(), dir, c.options)
	if err != nil {
		return notSelectable(err)
	}
	result := &compiled{Diagnostics: p.Diagnostics, Warnings: p.Warnings, LeftOut: p.LeftOut}
	strict := c.strict && len(p.Diagnostics)+len(p.Warnings) > 0
	if m := p.Manifest; m != nil && !strict {
		if err := cli.WriteFile(c.output, func(w io.Writer) error { _, err := w.Write(p.Bundle); return err }); err != nil {
			return err
		}
		result.File, result.Revision, result.Epoch = c.output, m.Revision, m.Epoch
		result.Signed, result.Agreement = c.options.Key != nil, newAgreement(m)
	}
	if err := c.report(cmd, p, result); err != nil {
		return err
	}
	switch {
	case p.Manifest == nil:
		return cli.No()
	case strict:
		return &cli.Failure{Status: cli.Negative, Err: errStrict}
	default:
		return nil
	}
}

// complete checks the flags and reads the key.
func (c *compile) complete() error {
	epoch, err := strconv.ParseUint(c.epoch, 10, 64)
	c.options.Epoch = epoch
	switch o := &c.options; {
	case o.Revision != "" && !bundles.CheckRevision(o.Revision):
		return cli.Misuse("--revision %q is not one of [A-Za-z0-9._:+-]{1,128}", o.Revision)
	case err != nil || o.Epoch > bundles.MaxEpoch:
		return cli.Misuse("--epoch %q is not a whole number from 0 to 2^53", c.epoch)
	case c.keyID != "" && c.key == "":
		return cli.Misuse("--key-id without --sign-key")
	case c.agree != "sample" && c.agree != "full":
		return cli.Misuse("--agree %q is neither sample nor full", c.agree)
	}
	c.options.Full = c.agree == "full"
	if c.options.Client, err = c.client.selection(); err != nil {
		return err
	}
	if c.key == "" {
		return nil
	}
	text, err := os.ReadFile(c.key)
	if err != nil {
		return cli.Unreadable(err)
	}
	if c.options.Key, err = sign.ParsePrivateKey(text, c.keyID); err != nil {
		return fmt.Errorf("key %q: %w", c.key, err)
	}
	return nil
}

// report tells what came of it: problems on standard error, what was written on standard output.
func (c *compile) report(cmd *cobra.Command, p *project, result *compiled) error {
	if c.asJSON {
		return cli.PrintJSON(cmd.OutOrStdout(), result)
	}
	if err := printDiagnostics(cmd.ErrOrStderr(), p.files, p.Diagnostics); err != nil {
		return err
	}
	for _, w := range result.Warnings {
		fmt.Fprintf(cmd.ErrOrStderr(), "lictor: warning: %s\n", w)
	}
	if err := printLeftOut(cmd.ErrOrStderr(), result.LeftOut); err != nil || result.File == "" {
		return err
	}
	signed := "unsigned"
	if result.Signed {
		signed = "signed" + named(" with key ", c.keyID)
	}
	_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s: revision %s, epoch %d, %s; tables and Rego agree on %s\n",
		c.output, result.Revision, result.Epoch, signed, result.Agreement)
	return err
}
