// Package portable reads the items of conditions that are not in the native subset, as Rego that OPA and its
// wasm evaluate alike, and writes them as Rego that tells false from what cannot be evaluated.
//
// Rego by itself does not: what is undefined makes a body fail, as what is false does, and makes "not" hold. So an
// item is taken apart into steps ([step]). Operators become guarded functions, which are undefined exactly where an
// operation cannot be evaluated. What is made of constants and the request alone is always evaluated, wherever it
// stands; what depends on a variable is evaluated for the values that what stands before leaves. One step without a
// value makes the whole item one that cannot be evaluated.
//
// Start reading at [Read] for how an item becomes steps, and at [Item.Write] for what is written from them.
package portable

import (
	"errors"
	"regexp"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/compiler/diag"
	"github.com/lictor-dev/lictor/compiler/source"
)

// Codes of the diagnostics about conditions.
const (
	CodeSyntax      = "E0601" // not a Rego expression
	CodeUnsupported = "E0602" // a construct that is not portable
	CodeUnknownName = "E0603" // a name that is not in scope
	CodeBuiltin     = "E0604" // a function that is not portable
	CodeArguments   = "E0605" // the wrong number of arguments
	CodeLiteral     = "E0606" // a constant that cannot be used where it stands
	CodeNotBoolean  = "E0607" // an expression that can be neither true nor false
)

// Item is one item of a condition, taken apart.
type Item struct {
	Text  string         // as it is written, without comments and without space around it
	Reads policy.RootSet // where it may read from
	Calls []Call         // the project's own rules that it refers to, in order

	ground []step // what depends on no variable
	body   *scope
}

// Call is a reference to a rule of the project's own, or a call of a function.
type Call struct {
	Path     []string // constant steps below data, such as custom, limits, high
	Args     int      // of a function; -1 for a rule
	Position diag.Pos
	Width    int // of the reference, in characters
}

// Rego returns the item as a leaf of a condition.
func (i *Item) Rego() policy.Rego { return policy.Rego{Text: i.Text, Reads: i.Reads} }

// Parse reads the text of an item as a body of Rego expressions. It returns nil after adding diagnostics.
func Parse(text source.Text, list *diag.List) ast.Body {
	r := reporter{text: text, list: list}
	body, err := ast.ParseBodyWithOpts(text.Value, ast.ParserOptions{SkipRules: true, RegoVersion: ast.RegoV1})
	if err != nil {
		r.syntax(err)
		return nil
	}
	if len(body) == 0 {
		r.errorAt(CodeSyntax, 0, "condition is empty").Hint = "leave it out where it is always true"
		return nil
	}
	for i, e := range body[1:] {
		if !separated(text.Value, body[i], e) {
			r.errorf(CodeSyntax, e.Location, "expression follows another without a separator").Hint = "separate expressions with ';' or a line break"
			return nil
		}
	}
	return body
}

// Read takes an item apart that [Parse] has read from the same text. It returns nil after adding diagnostics about
// what is not portable.
func Read(text source.Text, body ast.Body, list *diag.List) *Item {
	r := &reader{
		reporter: reporter{text: text, list: list}, item: &Item{Text: bare(text.Value)},
		levels: map[string]int{}, named: map[string]string{},
	}
	r.item.body = r.open(nil)
	faults := len(*list)
	r.statements(r.item.body, body)
	if len(*list) > faults {
		return nil
	}
	return r.item
}

// Reread takes apart an item whose text [Read] has accepted before.
func Reread(leaf policy.Rego) *Item {
	var list diag.List
	text := source.Text{Value: leaf.Text, Pos: diag.Pos{File: "condition", Line: 1, Col: 1}}
	if body := Parse(text, &list); body != nil {
		if item := Read(text, body, &list); item != nil {
			return item
		}
	}
	panic("BUG: a leaf of a condition that is no portable Rego")
}

var betweenExpressions = regexp.MustCompile(`[;\n][\s(]*$`)

// separated reports whether a separator stands before e: the parser does without one.
func separated(text string, before, e *ast.Expr) bool {
	return betweenExpressions.MatchString(text[before.Location.Offset:e.Location.Offset])
}

// bare returns the text of an item without comments and without space around it.
func bare(text string) string {
	if strings.Contains(text, "#") {
		_, comments, err := ast.ParseStatementsWithOpts("", text, ast.ParserOptions{SkipRules: true, RegoVersion: ast.RegoV1})
		if err != nil {
			panic("BUG: an item that parses only once")
		}
		var b strings.Builder
		from := 0
		for _, c := range comments {
			start := c.Location.Offset
			b.WriteString(strings.TrimRight(text[from:start], " \t"))
			from = start + len("#") + len(c.Text)
		}
		text = b.String() + text[from:]
	}
	return strings.TrimSpace(text)
}

func (r *reporter) syntax(err error) {
	var errs ast.Errors
	if !errors.As(err, &errs) || len(errs) == 0 || errs[0].Location == nil {
		r.errorAt(CodeSyntax, 0, "condition is not a Rego expression")
		return
	}
	first := errs[0]
	message, _, _ := strings.Cut(first.Message, "\n")
	r.errorAt(CodeSyntax, offsetOf(r.text.Value, first.Location.Row, first.Location.Col),
		"condition is not a Rego expression: %s", message)
}
