package main

import (
	"fmt"
	"io"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/lictor-dev/lictor/cmd/internal/cli"
	"github.com/lictor-dev/lictor/compiler"
	"github.com/lictor-dev/lictor/runtime/decision"
	"github.com/lictor-dev/lictor/runtime/golden"
	"github.com/lictor-dev/lictor/runtime/table"
)

func newTest() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "test DIR",
		Short: "Run the tests in definitions",
		Long: `Test compiles definitions and runs the expectations under their key "tests" on the engine that an edge
uses, as the edge does before it takes a bundle up. A test whose outcome depends on the time must give "now".

Exit status: 0 all hold, 1 failures or diagnostics.`,
		Example: "  lictor test examples/springfield",
		Args:    cli.Arguments("DIR"),
		RunE: cli.Run(func(cmd *cobra.Command, args []string) error {
			return runTests(cmd, args[0], asJSON)
		}),
	}
	cli.JSONFlag(cmd, &asJSON)
	return cmd
}

// tested is the result of test.
type tested struct {
	Passed   int       `json:"passed"`
	Failed   int       `json:"failed"`
	Failures []failure `json:"failures"`
}

// failure is one expectation that does not hold.
type failure struct {
	Place    string   `json:"place"` // file:line
	Name     string   `json:"name"`
	Expected string   `json:"expected"`
	Got      string   `json:"got"`
	Text     string   `json:"text,omitempty"`
	Decided  []reason `json:"policies,omitempty"`
}

func runTests(cmd *cobra.Command, dir string, asJSON bool) error {
	p, err := buildProject(cmd.Context(), dir, compiler.Options{})
	if err != nil {
		return err
	}
	if p.Diagnostics.HasErrors() {
		return p.refuse(cmd, asJSON)
	}
	result, err := p.test()
	if err != nil {
		return err
	}
	if asJSON {
		err = cli.PrintJSON(cmd.OutOrStdout(), result)
	} else {
		result.write(cmd.OutOrStdout())
	}
	if err != nil || result.Failed == 0 {
		return err
	}
	return cli.No()
}

// test runs the expectations of a project that was compiled.
func (p *project) test() (*tested, error) {
	b, err := p.open()
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
	result := &tested{Failures: []failure{}}
	for i := range tests {
		if m := tests[i].Run(engine); m != nil {
			f := failure{Name: m.Name, Expected: m.Expected, Got: m.Got}
			at := p.Definitions.Tests[i].Name.Pos // tells the column, which the bundle does not
			at.File = filepath.Join(p.dir, at.File)
			f.Place = at.String()
			f.explain(engine, &tests[i].Request)
			result.Failures = append(result.Failures, f)
		}
	}
	result.Failed = len(result.Failures)
	result.Passed = len(tests) - result.Failed
	return result, nil
}

// explain says why the engine decided so. An engine that cannot decide has nothing to explain.
func (f *failure) explain(engine *table.Engine, r *decision.Request) {
	if _, why, err := decision.Explain(engine, engine, r); err == nil {
		f.Text, f.Decided = why.Text, reasons(why.Policies)
	}
}

func (t *tested) write(out io.Writer) {
	for _, f := range t.Failures {
		fmt.Fprintf(out, "%s: %s\n  expected %s\n  got      %s\n", f.Place, f.Name, f.Expected, f.Got)
		if f.Text != "" {
			fmt.Fprintf(out, "  %s\n", f.Text)
		}
	}
	if t.Failed > 0 {
		fmt.Fprintf(out, "%s, %s\n", plural(t.Failed, "failure"), plural(t.Passed, "test")+" passed")
		return
	}
	if t.Passed == 0 {
		fmt.Fprintln(out, "no tests found")
		return
	}
	fmt.Fprintf(out, "%s passed\n", plural(t.Passed, "test"))
}
