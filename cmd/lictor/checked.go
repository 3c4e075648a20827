package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/lictor-dev/lictor/bundles/policy"
	"github.com/lictor-dev/lictor/runtime/decision"
	"github.com/lictor-dev/lictor/runtime/table"
)

// checked is the result of check.
type checked struct {
	Decision     string   `json:"decision"` // "ALLOW" or "DENY"
	Code         string   `json:"code"`
	Text         string   `json:"text"`
	SubjectType  string   `json:"subject_type"`
	Subject      string   `json:"subject"`
	Permission   string   `json:"permission"`
	Organisation string   `json:"organisation,omitempty"`
	Policies     []reason `json:"policies"`
	Missing      []string `json:"missing,omitempty"`
	Nearest      []reason `json:"nearest,omitempty"`
	Notes        []string `json:"notes,omitempty"` // what the one who asks may have got wrong
	Revision     string   `json:"revision"`
}

// reason is one policy in a result.
type reason struct {
	ID          policy.ID `json:"id"`
	Decision    string    `json:"decision"`
	Permission  string    `json:"permission"`
	Owner       string    `json:"owner"`
	HeldThrough string    `json:"held_through,omitempty"`
	Source      string    `json:"source,omitempty"` // none in a bundle for clients
	Condition   string    `json:"condition,omitempty"`
}

func newChecked(c *check, r *decision.Request, d decision.Decision, why *decision.Explanation) *checked {
	result := &checked{
		Decision: policy.Deny.String(), Code: d.Code.String(), Text: why.Text,
		SubjectType: r.Subject.Type, Subject: r.Subject.ID, Permission: c.permission, Organisation: r.Organisation,
		Policies: reasons(why.Policies), Missing: why.Missing, Nearest: reasons(why.Nearest),
	}
	if d.Allowed {
		result.Decision = policy.Allow.String()
	}
	return result
}

// notesOn tells of names that the bundle does not know, and of an organisation that was probably forgotten.
func notesOn(engine *table.Engine, r *decision.Request, c *checked) (notes []string) {
	if _, known := engine.SubjectType(c.Subject); !known {
		notes = append(notes, fmt.Sprintf("%q is not a subject of this bundle", c.Subject))
	}
	if r.Organisation == "" {
		if c.Code == decision.NoGrant.String() && len(c.Nearest) > 0 && strings.HasPrefix(c.Nearest[0].Owner, "entitlement ") {
			notes = append(notes, "no organisation was given (--org)")
		}
		return notes
	}
	if _, known := engine.Tables().Organisation(r.Organisation); !known {
		notes = append(notes, fmt.Sprintf("%q is not an organisation of this bundle", r.Organisation))
	}
	return notes
}

func reasons(from []decision.Reason) []reason {
	to := make([]reason, len(from))
	for i, r := range from {
		to[i] = reason{r.ID, r.Effect.String(), r.Permission, r.Owner, r.HeldThrough, r.Source, r.Condition}
	}
	return to
}

func (c *checked) write(out io.Writer) {
	fmt.Fprintf(out, "%s %s: %s\n", c.Decision, c.Permission, c.Code)
	fmt.Fprintf(out, "  who      %s %s", c.SubjectType, c.Subject)
	if c.Organisation != "" {
		fmt.Fprintf(out, " in %s", c.Organisation)
	}
	fmt.Fprintf(out, "\n  why      %s\n", c.Text)
	for _, note := range c.Notes {
		fmt.Fprintf(out, "  note     %s\n", note)
	}
	printReasons(out, "policy", c.Policies)
	for _, m := range c.Missing {
		fmt.Fprintf(out, "  missing  %s\n", m)
	}
	if len(c.Policies) == 0 { // else the deciding ones are the nearest
		printReasons(out, "nearest", c.Nearest)
	}
}

func printReasons(out io.Writer, title string, list []reason) {
	for _, r := range list {
		fmt.Fprintf(out, "  %-7s  %s %s", title, r.Decision, r.Permission)
		if r.Condition != "" {
			fmt.Fprintf(out, " when %s", r.Condition)
		}
		through := "of " + r.Owner
		if r.HeldThrough != "" {
			through = "held through " + r.HeldThrough
		}
		if r.Source != "" {
			through = r.Source + ", " + through
		}
		fmt.Fprintf(out, "\n           %s\n", through)
	}
}
