package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/lictor-dev/lictor/bundles"
	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/bundles/tables"
	"github.com/lictor-dev/lictor/runtime/wasm/binary"
)

// inspectedWasm is the size of policy.wasm.
type inspectedWasm struct {
	Size         int64  `json:"size"`
	Functions    int    `json:"functions"`
	Instructions int    `json:"instructions"`
	Fault        string `json:"fault,omitempty"` // why there is no telling how many

	module *binary.Module // empty when there is a fault
}

// newInspectedWasm returns nil for a bundle without policy.wasm.
func newInspectedWasm(b *bundles.Bundle) *inspectedWasm {
	member, found := b.Member(bundles.WasmName)
	if !found {
		return nil
	}
	w := &inspectedWasm{Size: member.Size, module: &binary.Module{}}
	if m, err := binary.Decode(member.Bytes); err != nil {
		w.Fault = err.Error()
	} else {
		w.module = m
	}
	w.Functions, w.Instructions = len(w.module.Functions), w.module.Instructions()
	return w
}

func (w *inspectedWasm) String() string {
	switch {
	case w == nil:
		return "none"
	case w.Fault != "":
		return fmt.Sprintf("%d bytes, %s", w.Size, w.Fault)
	default:
		return fmt.Sprintf("%d bytes, %d instructions in %d functions", w.Size, w.Instructions, w.Functions)
	}
}

// rule returns the instructions of a rule of package lictor.conditions (FORMAT.md rule W3) and of all rules and
// functions that it calls, nil when they cannot be known. OPA's own functions, which are not of the policy, are left out.
func (w *inspectedWasm) rule(name string) *int {
	if w == nil {
		return nil
	}
	f, found := w.module.Function("g0.data.lictor.conditions." + name)
	if !found {
		return nil
	}
	total := 0
	for _, called := range w.module.Called(f, ofPolicy) {
		total += called.Instructions
	}
	return &total
}

// ofPolicy reports whether a function was compiled from Rego: OPA names these g0.data.package.rule, with another number
// for evaluation under "with".
func ofPolicy(f binary.Function) bool {
	group, _, found := strings.Cut(f.Name, ".data.")
	digits, isGroup := strings.CutPrefix(group, "g")
	return found && isGroup && strings.Trim(digits, "0123456789") == ""
}

// Where a condition is evaluated when an edge decides.
const (
	inTables = "tables"
	inWasm   = "policy.wasm"
	inBoth   = "both" // in the tables, which ask policy.wasm for parts
)

// inspectedCondition is a condition with what it costs.
type inspectedCondition struct {
	Rule         string          `json:"rule"` // in package lictor.conditions of the bundle's Rego, and so in policy.wasm
	Text         string          `json:"text"`
	Runs         string          `json:"runs"`
	Policies     int             `json:"policies"`               // with this condition
	Operations   int             `json:"operations"`             // that the tables evaluate at most
	Calls        []inspectedCall `json:"calls"`                  // of policy.wasm, those that are made at most
	Instructions *int            `json:"instructions,omitempty"` // of the rule with what it calls, for who evaluates all in policy.wasm
}

// inspectedCall is an expression that only policy.wasm evaluates.
type inspectedCall struct {
	Rule         string `json:"rule"`
	Text         string `json:"text"`
	Instructions *int   `json:"instructions,omitempty"` // of the rule with what it calls
}

func inspectConditions(t *tables.Tables, w *inspectedWasm) []inspectedCondition {
	all := []inspectedCondition{}
	numbers := map[string]int{}
	for i, r := range t.Rego() {
		numbers[r.Text] = i + 1
	}
	for i, c := range t.Conditions() {
		rule := "c" + strconv.Itoa(i+1)
		inspected := inspectedCondition{Rule: rule, Text: c.Text, Calls: []inspectedCall{}, Instructions: w.rule(rule)}
		inspected.add(c.Expr, numbers, w)
		inspected.Runs = inspected.place()
		all = append(all, inspected)
	}
	for id := 1; id <= t.Policies(); id++ {
		if c := t.Policy(policy.ID(id)).Condition; c != 0 {
			all[c-1].Policies++
		}
	}
	return all
}

// add counts the operations of an expression, and lists what it asks policy.wasm for.
func (c *inspectedCondition) add(e policy.Expr, numbers map[string]int, w *inspectedWasm) {
	switch e := e.(type) {
	case policy.Rego:
		rule := policy.RegoName(numbers[e.Text])
		c.Calls = append(c.Calls, inspectedCall{rule, e.Text, w.rule(rule)})
	case policy.Call:
		c.Operations++
		for _, a := range e.Args {
			c.add(a, numbers, w)
		}
	case policy.Literal, policy.Ref:
	}
}

func (c *inspectedCondition) place() string {
	switch {
	case len(c.Calls) == 0:
		return inTables
	case c.Operations == 0:
		return inWasm
	default:
		return inBoth
	}
}

// writeConditions writes what each condition costs, and each expression that only policy.wasm evaluates once.
func (i *inspected) writeConditions(out io.Writer) error {
	fmt.Fprintf(out, "policy.wasm  %s\n", i.Wasm)
	if len(i.Conditions) == 0 {
		return nil
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "RULE\tRUNS IN\tPOLICIES\tOPERATIONS\tCALLS\tINSTRUCTIONS\tCONDITION")
	seen := map[string]bool{}
	var calls []inspectedCall
	for _, c := range i.Conditions {
		fmt.Fprintf(table, "%s\t%s\t%d\t%d\t%d\t%s\t%s\n", c.Rule, c.Runs, c.Policies, c.Operations, len(c.Calls), orDash(c.Instructions), oneLine(c.Text))
		for _, call := range c.Calls {
			if !seen[call.Rule] {
				seen[call.Rule] = true
				calls = append(calls, call)
			}
		}
	}
	slices.SortFunc(calls, func(a, b inspectedCall) int { return cmp.Or(len(a.Rule)-len(b.Rule), strings.Compare(a.Rule, b.Rule)) })
	for _, call := range calls {
		fmt.Fprintf(table, "%s\t%s\t-\t-\t-\t%s\t%s\n", call.Rule, inWasm, orDash(call.Instructions), oneLine(call.Text))
	}
	return table.Flush()
}

// oneLine returns a text that keeps to its line and its column.
func oneLine(text string) string { return strings.NewReplacer("\n", " ", "\t", " ").Replace(text) }

func orDash(n *int) string {
	if n == nil {
		return "-"
	}
	return strconv.Itoa(*n)
}
