package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/lictor-dev/lictor/bundles/permission"
	"github.com/lictor-dev/lictor/cmd/internal/serve"
	"github.com/lictor-dev/lictor/compiler/source"
)

// welcome prints where the edge listens and three requests to paste.
func (d *dev) welcome(l *serve.Listeners, s *saved) {
	if d.asJSON {
		return
	}
	fmt.Fprintf(d.out, "listening on http://%s, admin on http://%s; these can be pasted into another terminal:\n\n", l.Data.Addr(), l.Admin.Addr())
	q := question{subject: "somebody", permission: "newsletter:read:1"}
	if s.project != nil {
		q = firstQuestion(s.project.Definitions)
	}
	fmt.Fprintf(d.out, "curl -s http://%s/v1/check -d %s\n\n", l.Data.Addr(), quoteShell(q.check()))
	fmt.Fprintf(d.out, "curl -s http://%s/access/v1/evaluation -H 'Content-Type: application/json' -d %s\n\n", l.Data.Addr(), quoteShell(q.evaluation()))
	fmt.Fprintf(d.out, "curl -s http://%s/v1/generation\n\n", l.Admin.Addr())
}

// question is one that the definitions have an answer to.
type question struct{ kind, subject, organisation, permission string }

// firstQuestion returns the question of the first test, else what the first subject may do.
func firstQuestion(d *source.Definitions) question {
	if len(d.Tests) > 0 {
		t := &d.Tests[0]
		q := question{t.SubjectType.Value, t.SubjectID.Value, t.Organisation.Value, t.Permission.Value}
		if q.kind == "" {
			q.kind = storedType(d, q.subject)
		}
		return q
	}
	q := question{kind: "user", subject: "somebody", permission: "newsletter:read:1"}
	if len(d.Subjects) > 0 {
		q.subject, q.kind = d.Subjects[0].ID.Value, d.Subjects[0].Type.Value
	}
	for i := range d.Roles {
		if list := d.Roles[i].Permissions; len(list) > 0 {
			q.permission = list[0].Value
			break
		}
	}
	return q
}

func storedType(d *source.Definitions, id string) string {
	for i := range d.Subjects {
		if d.Subjects[i].ID.Value == id {
			return d.Subjects[i].Type.Value
		}
	}
	return "user"
}

func (q question) check() string {
	return encode(struct {
		Subject      string `json:"subject"`
		Organisation string `json:"organisation,omitempty"`
		Permission   string `json:"permission"`
		Explain      bool   `json:"explain"`
	}{q.subject, q.organisation, q.permission, true})
}

type entity struct {
	Type string `json:"type,omitempty"`
	ID   string `json:"id,omitempty"`
	Name string `json:"name,omitempty"`
}

// evaluation returns the question as AuthZEN puts it: of each part of the permission the first value.
func (q question) evaluation() string {
	parts := [3]string{"newsletter", "read", "1"}
	if p, err := (permission.Grammar{Namespace: "default"}).Parse(q.permission); err == nil {
		for i := range parts {
			if values := p.Values(i); len(values) > 0 {
				parts[i] = values[0]
			}
		}
	}
	return encode(struct {
		Subject      entity `json:"subject"`
		Action       entity `json:"action"`
		Resource     entity `json:"resource"`
		Organisation string `json:"organisation,omitempty"`
	}{entity{Type: q.kind, ID: q.subject}, entity{Name: parts[1]}, entity{Type: parts[0], ID: parts[2]}, q.organisation})
}

func encode(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic("BUG: a request that is not JSON: " + err.Error())
	}
	return string(text)
}

// quoteShell quotes text for a POSIX shell.
func quoteShell(text string) string {
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
