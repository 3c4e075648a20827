package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/lictor-dev/lictor/bundles"
	"github.com/lictor-dev/lictor/cmd/internal/cli"
	"github.com/lictor-dev/lictor/runtime/golden"
)

func newVerify() *cobra.Command {
	var trust cli.Trust
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "verify FILE --verify-key PEM",
		Short: "Check that a bundle is whole and signed, member by member",
		Long: `Verify does every check that an edge does before it takes up a bundle, and reports on each member instead
of stopping at the first fault: the signature over the raw bytes, the digests and sizes in the manifest, members
that are missing or too many, that the decision tables are sound, and that the tests in the bundle hold.

With --allow-unsigned it checks everything but the signature.`,
		Example: "  lictor verify springfield.tar.gz --verify-key release.pub.pem",
		Args:    cli.Arguments("FILE"),
		RunE: cli.Run(func(cmd *cobra.Command, args []string) error {
			options, err := trust.Options()
			if err != nil {
				return err
			}
			return verify(cmd.OutOrStdout(), args[0], options, asJSON)
		}),
	}
	trust.Register(cmd.Flags())
	cli.JSONFlag(cmd, &asJSON)
	return cmd
}

// verified is the result of verify.
type verified struct {
	OK        bool             `json:"ok"`
	Revision  string           `json:"revision,omitempty"`
	Epoch     uint64           `json:"epoch"`
	KeyID     string           `json:"key_id,omitempty"`
	Algorithm string           `json:"algorithm,omitempty"`
	Agreement *agreement       `json:"agreement,omitempty"`
	Tests     *int             `json:"tests,omitempty"` // how many hold; absent when one does not, or nobody could ask
	Errors    []string         `json:"errors,omitempty"`
	Members   []verifiedMember `json:"members"`
}

type verifiedMember struct {
	Name   string          `json:"name"`
	Size   int64           `json:"size"`
	Status bundles.Status  `json:"status"`
	Faults []bundles.Fault `json:"faults,omitempty"`
}

func verify(out io.Writer, path string, options bundles.Options, asJSON bool) error {
	result, err := examine(path, options)
	if err != nil {
		return err
	}
	if asJSON {
		err = cli.PrintJSON(out, result)
	} else {
		result.write(out)
	}
	if err != nil || result.OK {
		return err
	}
	return cli.No()
}

// examine checks a bundle and its tables. An archive that cannot be read member by member is a result
// without members; a file that cannot be read is an error.
func examine(path string, options bundles.Options) (*verified, error) {
	file, err := cli.OpenFile(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if _, err := file.Seek(0, io.SeekCurrent); err != nil {
		return nil, cli.WithHint(fmt.Errorf("%q cannot be read twice", path), "verify takes a file, not a pipe")
	}
	report, err := bundles.Verify(file, options)
	if err != nil {
		return &verified{Errors: []string{err.Error()}, Members: []verifiedMember{}}, nil
	}
	v := summary(report)
	if report.OK() {
		if v.Tests, err = prove(file, options); err != nil {
			v.Errors = append(v.Errors, err.Error())
		}
	}
	v.OK = report.OK() && len(v.Errors) == 0
	return v, nil
}

func summary(report *bundles.Report) *verified {
	v := &verified{Members: []verifiedMember{}}
	for _, err := range []error{report.SignatureErr, report.ManifestErr} {
		if err != nil {
			v.Errors = append(v.Errors, err.Error())
		}
	}
	if s := report.Signature; s != nil {
		v.KeyID, v.Algorithm = s.KeyID, string(s.Algorithm)
	}
	if m := report.Manifest; m != nil {
		v.Revision, v.Epoch, v.Agreement = m.Revision, m.Epoch, newAgreement(m)
	}
	for _, m := range report.Members {
		v.Members = append(v.Members, verifiedMember{m.Name, m.Size, m.Status, m.Faults})
	}
	return v
}

// prove opens the tables as an edge does and puts the golden decisions to them, and returns how many there are. It
// reads the file again from its beginning, whatever stands at its path by now.
func prove(file io.ReadSeeker, options bundles.Options) (*int, error) {
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	b, err := bundles.Open(file, options)
	if err != nil {
		return nil, err
	}
	engine, err := cli.OpenEngine(b)
	if err != nil {
		return nil, err
	}
	tests, err := golden.Read(b, engine.Grammar())
	if err != nil {
		return nil, err
	}
	if err := golden.Check(engine, tests); err != nil {
		return nil, err
	}
	n := len(tests)
	return &n, nil
}

func (v *verified) write(out io.Writer) {
	for _, m := range v.Members {
		fmt.Fprintf(out, "%-8s %10d  %s\n", m.Status, m.Size, m.Name)
		for _, fault := range m.Faults {
			fmt.Fprintf(out, "         %s\n", fault)
		}
	}
	for _, text := range v.Errors {
		fmt.Fprintf(out, "error: %s\n", text)
	}
	if !v.OK {
		fmt.Fprintln(out, "not verified")
		return
	}
	fmt.Fprintf(out, "revision %s, epoch %d, tables and Rego compared on %s\n", v.Revision, v.Epoch, v.Agreement)
	if *v.Tests > 0 {
		fmt.Fprintf(out, "%s in the bundle passed\n", plural(*v.Tests, "test"))
	} else {
		fmt.Fprintln(out, "no tests in the bundle")
	}
	if v.Algorithm == "" {
		fmt.Fprintln(out, "whole; the signature was not looked at")
		return
	}
	fmt.Fprintf(out, "verified: %s signature%s\n", v.Algorithm, named(" by key ", v.KeyID))
}

// named returns the prefix and the quoted name, nothing for no name.
func named(prefix, name string) string {
	if name == "" {
		return ""
	}
	return fmt.Sprintf("%s%q", prefix, name)
}
