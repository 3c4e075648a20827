package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lictor-dev/lictor/bundles"
	"github.com/lictor-dev/lictor/bundles/tables"
	"github.com/lictor-dev/lictor/cmd/internal/cli"
	"github.com/lictor-dev/lictor/runtime/golden"
)

func newInspect() *cobra.Command {
	var keys []string
	var conditions, asJSON bool
	cmd := &cobra.Command{
		Use:   "inspect FILE",
		Short: "Show what is in a bundle",
		Long: `Inspect shows what a bundle says of itself, the size of its members, how much it holds, and where each
condition is evaluated: "tables" by the edge itself, "policy.wasm" by the policy as WebAssembly, "both" by the
edge, which asks policy.wasm for parts.

With --conditions it shows only the conditions, and what each costs: how many policies have it, how many
operations of its own an edge evaluates at most, how often it calls policy.wasm at most, and how many instructions
its rule has in policy.wasm, with those of the rules and functions that it calls, each counted once. What they call of
OPA's own functions, to compare or to look up, has no part in it. A rule r1 is a part that only policy.wasm evaluates.

Without --verify-key the signature is not looked at, and what inspect shows is only what the file says.`,
		Example: "  lictor inspect springfield.tar.gz\n  lictor inspect springfield.tar.gz --conditions",
		Args:    cli.Arguments("FILE"),
		RunE: cli.Run(func(cmd *cobra.Command, args []string) error {
			trust := cli.Trust{Keys: keys, AllowUnsigned: len(keys) == 0}
			options, err := trust.Options()
			if err != nil {
				return err
			}
			b, err := cli.OpenBundle(args[0], options)
			if err != nil {
				return err
			}
			i, err := newInspected(b)
			switch out := cmd.OutOrStdout(); {
			case err != nil:
				return err
			case asJSON:
				return cli.PrintJSON(out, i)
			case conditions:
				return i.writeConditions(out)
			default:
				i.write(out)
				return nil
			}
		}),
	}
	cmd.Flags().StringArrayVar(&keys, "verify-key", nil, "PEM `file` of a public key that must have signed the bundle")
	cmd.Flags().BoolVar(&conditions, "conditions", false, "show only the conditions, and what each costs")
	cli.JSONFlag(cmd, &asJSON)
	return cmd
}

// inspected is the result of inspect.
type inspected struct {
	Revision    string               `json:"revision"`
	Epoch       uint64               `json:"epoch"`
	Format      int                  `json:"format"`
	ID          string               `json:"id"`
	Source      string               `json:"source"`
	Compiler    string               `json:"compiler"`
	Signed      bool                 `json:"signed"`
	Verified    bool                 `json:"verified"`
	Subset      *inspectedSubset     `json:"subset,omitempty"` // of a bundle that holds only a part of a policy
	Agreement   *agreement           `json:"agreement"`
	Entrypoints []string             `json:"entrypoints"`
	Members     []inspectedMember    `json:"members"`
	Counts      counts               `json:"counts"`
	Wasm        *inspectedWasm       `json:"wasm"` // null in a bundle without policy.wasm
	Conditions  []inspectedCondition `json:"conditions"`
}

type inspectedSubset struct {
	For        string   `json:"for"`
	Namespaces []string `json:"namespaces"`
	Types      []string `json:"subject_types"`
	Subjects   int64    `json:"subjects"`
}

func (s *inspectedSubset) String() string {
	who := "everybody"
	if s.Subjects > 0 {
		who = plural(int(s.Subjects), "subject")
	}
	return fmt.Sprintf("for a %s: %s of type %s, in namespace %s", s.For, who, strings.Join(s.Types, ", "), strings.Join(s.Namespaces, ", "))
}

type inspectedMember struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// agreement is the result of the check that tables and Rego decide alike.
type agreement struct {
	Requests int64  `json:"requests"`
	Full     bool   `json:"full"`
	Seed     uint64 `json:"seed,string"` // as in the manifest, since it is too large for a JSON number
}

func newAgreement(m *bundles.Manifest) *agreement {
	return &agreement{m.Agreement.Requests, m.Agreement.Full, m.Agreement.Seed}
}

func (a *agreement) String() string {
	if a.Full {
		return fmt.Sprintf("%d requests about every policy", a.Requests)
	}
	return fmt.Sprintf("%d requests", a.Requests)
}

type counts struct {
	Policies     int `json:"policies"`
	Roles        int `json:"roles"`
	Entitlements int `json:"entitlements"`
	Subjects     int `json:"subjects"`
	Scopes       int `json:"scopes"`
	Tests        int `json:"tests"` // golden decisions
}

func count(t *tables.Tables) counts {
	c := counts{Policies: t.Policies(), Subjects: t.Subjects(), Scopes: len(t.Scopes())}
	for h := range t.Holders() {
		switch row := t.Holder(uint32(h)); {
		case row.Entitlement:
			c.Entitlements++
		case !row.Birthright: // birthrights are counted as the roles they are made of
			c.Roles++
		}
	}
	return c
}

func newInspected(b *bundles.Bundle) (*inspected, error) {
	t, err := cli.OpenTables(b)
	if err != nil {
		return nil, err
	}
	tests, err := golden.Read(b, t.Grammar())
	if err != nil {
		return nil, err
	}
	m := &b.Manifest
	_, signed := b.Member(bundles.SignaturesName)
	i := &inspected{
		Revision: m.Revision, Epoch: m.Epoch, Format: m.Format, ID: b.ID.String(), Source: m.Source.String(), Compiler: m.Compiler,
		Signed: signed, Verified: b.Signature != nil, Agreement: newAgreement(m), Entrypoints: slices.Clone(m.Entrypoints),
		Subset: (*inspectedSubset)(m.Subset), Counts: count(t), Wasm: newInspectedWasm(b),
	}
	i.Counts.Tests = len(tests)
	for _, member := range b.Members() {
		i.Members = append(i.Members, inspectedMember{member.Name, member.Size, member.Digest.String()})
	}
	i.Conditions = inspectConditions(t, i.Wasm)
	return i, nil
}

func (i *inspected) write(out io.Writer) {
	fmt.Fprintf(out, "revision     %s\nepoch        %d\nformat       %d\n", i.Revision, i.Epoch, i.Format)
	fmt.Fprintf(out, "id           %s\nsource       %s\ncompiler     %s\n", i.ID, i.Source, i.Compiler)
	fmt.Fprintf(out, "signature    %s\n", i.signature())
	fmt.Fprintf(out, "agreement    tables and Rego compared on %s\n", i.Agreement)
	fmt.Fprintf(out, "holds        policies %d, roles %d, entitlements %d, subjects %d, scopes %d, tests %d\n",
		i.Counts.Policies, i.Counts.Roles, i.Counts.Entitlements, i.Counts.Subjects, i.Counts.Scopes, i.Counts.Tests)
	fmt.Fprintf(out, "policy.wasm  %s\n", i.Wasm)
	if i.Subset != nil {
		fmt.Fprintf(out, "subset       %s\n", i.Subset)
	}
	fmt.Fprintln(out, "members")
	for _, m := range i.Members {
		fmt.Fprintf(out, "  %10d  %s\n", m.Size, m.Name)
	}
	fmt.Fprintln(out, "entrypoints")
	for _, e := range i.Entrypoints {
		fmt.Fprintf(out, "  %s\n", e)
	}
	if len(i.Conditions) > 0 {
		fmt.Fprintln(out, "conditions")
	}
	for _, c := range i.Conditions {
		fmt.Fprintf(out, "  %-11s  %s\n", c.Runs, oneLine(c.Text))
	}
}

func (i *inspected) signature() string {
	switch {
	case i.Verified:
		return "verified"
	case i.Signed:
		return "present, not checked"
	default:
		return "none"
	}
}
