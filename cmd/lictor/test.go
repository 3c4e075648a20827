package main

import (
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/cmd/internal/cli"
	"github.com/lictor-dev/lictor/compiler"
	"github.com/lictor-dev/lictor/compiler/source"
	"github.com/lictor-dev/lictor/runtime/decision"
	"github.com/lictor-dev/lictor/runtime/table"
)

func newTest() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "test DIR",
		Short: "Run the tests in definitions",
		Long: `Test compiles definitions and runs the expectations under their key "tests" on the engine that an edge
uses. A test without "now" is run with the time of the day.

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
	result := &tested{Failures: []failure{}}
	for i := range p.Definitions.Tests {
		t := &p.Definitions.Tests[i]
		if f := runTest(engine, p.Definitions, t); f != nil {
			at := t.Name.Pos
			at.File = filepath.Join(p.dir, at.File)
			f.Place, f.Name = at.String(), t.Name.Value
			result.Failures = append(result.Failures, *f)
		}
	}
	result.Failed = len(result.Failures)
	result.Passed = len(p.Definitions.Tests) - result.Failed
	return result, nil
}

// runTest returns how an expectation fails, nil when it holds.
func runTest(engine *table.Engine, defs *source.Definitions, t *source.Test) *failure {
	expected := describe(t.Expect.Value, t.ExpectReason.Value)
	r, err := testRequest(engine, defs, t)
	if err != nil {
		return &failure{Expected: expected, Got: err.Error()}
	}
	d, why, err := decision.Explain(engine, engine, r)
	if err != nil {
		return &failure{Expected: expected, Got: err.Error()}
	}
	effect := policy.Deny
	if d.Allowed {
		effect = policy.Allow
	}
	if effect.String() == t.Expect.Value && (!t.ExpectReason.Set() || d.Code.String() == t.ExpectReason.Value) {
		return nil
	}
	return &failure{Expected: expected, Got: describe(effect.String(), d.Code.String()), Text: why.Text, Decided: reasons(why.Policies)}
}

func describe(effect, code string) string {
	if code == "" {
		return effect
	}
	return effect + " " + code
}

func testRequest(engine *table.Engine, defs *source.Definitions, t *source.Test) (*decision.Request, error) {
	p, err := defs.Options.Grammar(t.Namespace).Parse(t.Permission.Value)
	if err != nil {
		return nil, err
	}
	r := &decision.Request{
		Subject:            decision.Subject{Type: t.SubjectType.Value, ID: t.SubjectID.Value, Properties: t.SubjectProperties},
		Permissions:        []permission.Permission{p},
		ActionProperties:   t.ActionProperties,
		ResourceProperties: t.ResourceProperties,
		Context:            t.Context,
		Organisation:       t.Organisation.Value,
		Now:                time.Now().Unix(),
	}
	if !t.SubjectType.Set() {
		r.Subject.Type = "user"
		if stored, ok := engine.SubjectType(r.Subject.ID); ok {
			r.Subject.Type = stored
		}
	}
	if inner := t.Context.Get("organisation").Text(); r.Organisation == "" {
		r.Organisation = inner
	}
	if t.Now != nil {
		r.Now = *t.Now
	}
	return r, nil
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
